"""When an agent should look again: the rhythm of its role, and patience with one that does not act."""

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from agents.models import Agent
from openmoss.access import Role

# Seconds between two looks while there is nothing to do.
IDLE = {Role.EXECUTOR: 300, Role.REVIEWER: 600, Role.PLANNER: 600, Role.PATROL: 1800}
JITTER = 0.2
# After being woken without acting: 5, 10, 20 minutes …, at most 4 hours.
FIRST_PAUSE = 300
LONGEST_PAUSE = 4 * 3600
# Seen again after more than this, an agent has begun a new wake-up.
APART = timedelta(minutes=5)
LONGEST_INTERVAL = timedelta(days=7)
WEIGHT = 0.3  # of the newest interval among all before


@dataclass(frozen=True)
class Wake:
    """That an agent was told to come now, for what, and for the how-manieth time in a row."""

    agent_id: UUID
    keys: frozenset[str]
    at: datetime
    count: int


def retry_after(agent: Agent) -> int:
    """Return in how many seconds an idle agent should look again; each agent has a rhythm of its own."""
    return _own_pace(agent, IDLE[Role(agent.role)])


def pause(agent: Agent) -> int:
    """Return how long an agent that was woken `wake_count` times without acting should be left alone."""
    if not agent.wake_count:
        return 0
    return _own_pace(agent, min(FIRST_PAUSE * 2 ** (agent.wake_count - 1), LONGEST_PAUSE))


def is_due(agent: Agent, now: datetime) -> bool:
    """Say whether the pause after the last wake is over."""
    return agent.woken_at is None or now >= agent.woken_at + timedelta(seconds=pause(agent))


def expected_at(agent: Agent) -> datetime | None:
    """Return when an agent should begin its next wake-up, if it has a rhythm by now."""
    if agent.usual_interval is None or agent.awake_since is None:
        return None
    return agent.awake_since + timedelta(seconds=agent.usual_interval)


def when_seen(agent: Agent, at: datetime) -> dict:
    """Return what being seen changes of an agent: when, and where a wake-up begins, its usual interval."""
    if agent.last_seen_at is not None and at - agent.last_seen_at <= APART:
        return {"last_seen_at": at}
    changes = {"last_seen_at": at, "awake_since": at}
    if agent.awake_since is not None:
        # Not below zero, which no column takes: the clock of a machine may be put back.
        interval = min(max(at - agent.awake_since, timedelta(0)), LONGEST_INTERVAL).total_seconds()
        usual = interval if agent.usual_interval is None else agent.usual_interval
        changes["usual_interval"] = round((1 - WEIGHT) * usual + WEIGHT * interval)
    return changes


def _own_pace(agent: Agent, seconds: int) -> int:
    # From the id and not at random: fifty agents that start together stay apart, and each one can be
    # predicted.
    share = int(hashlib.sha256(agent.pk.bytes).hexdigest()[:8], 16) / 0xFFFFFFFF
    return round(seconds * (1 - JITTER + 2 * JITTER * share))
