"""Reads for the live feed."""

from datetime import datetime

from agents.models import Agent, RequestLog

MOST_AGENTS = 500


def feed(*, after: datetime | None = None, agent_id=None, limit: int = 50) -> list[RequestLog]:
    """Return the newest calls, newest first; only those after `after` when it is given."""
    rows = RequestLog.objects.all()
    if after is not None:
        rows = rows.filter(at__gt=after)
    if agent_id is not None:
        rows = rows.filter(agent_id=agent_id)
    return list(rows[:limit])


def agents_by_score() -> list[Agent]:
    """Return everybody who has not retired, best first."""
    return list(Agent.objects.present().order_by("-total_score", "name")[:MOST_AGENTS])
