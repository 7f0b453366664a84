"""Is there anything for me? The call that a gate makes every minute without waking a model."""

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils import timezone

from agents import waking
from agents.models import Agent
from agents.waking import Wake
from openmoss.selectors.work import Item, work_for

# The same answer once more for a caller that did not hear it, or a person who looks too.
GRACE = timedelta(seconds=20)


@dataclass(frozen=True)
class Look:
    """The answer to a peek, and the wake that it causes, if it does."""

    answer: dict
    wake: Wake | None = None


def peek(agent: Agent) -> Look:
    """Return whether there is work and when to look again: `{"wake", "reason", "cursor", "retry_after"}`.

    `retry_after` 0 means now. Woken again for the same things without having done any of them, an agent
    is told to wait longer and longer. Two queries with the one that knows the key.
    """
    return look([item for item in work_for(agent) if item.actionable], agent, timezone.now())


def look(items: list[Item], agent: Agent, now: datetime) -> Look:
    """Return the answer for these items."""
    if not items:
        return Look(_said(False, "idle", cursor(()), waking.retry_after(agent)))
    keys, known = frozenset(item.key for item in items), frozenset(agent.woken_for.split())
    reason = _in_words(items)
    if not keys <= known:
        return Look(_said(True, reason, cursor(keys), 0), Wake(agent.pk, keys, now, count=1))
    if now - agent.woken_at < GRACE:
        return Look(_said(True, reason, cursor(known), 0))
    if waking.is_due(agent, now):
        return Look(_said(True, reason, cursor(known), 0), Wake(agent.pk, known, now, agent.wake_count + 1))
    wait = (agent.woken_at - now).total_seconds() + waking.pause(agent)
    return Look(_said(True, reason, cursor(known), max(1, round(wait))))


def cursor(keys) -> str:
    """Return a short text that stays the same until there is something new."""
    return hashlib.sha256(" ".join(sorted(keys)).encode()).hexdigest()[:12]


def _in_words(items: list[Item]) -> str:
    counts: dict[str, int] = {}
    for item in items:
        counts[item.kind] = counts.get(item.kind, 0) + 1
    return ", ".join(f"{count} {kind}" for kind, count in counts.items())


def _said(wake: bool, reason: str, cursor: str, retry_after: int) -> dict:
    return {"wake": wake, "reason": reason, "cursor": cursor, "retry_after": retry_after}
