"""The whole wake-up in one answer: who you are, the rules, what you learnt, and what to do, complete enough to begin."""

import hashlib

from django.utils import timezone

from agents.models import Agent
from openmoss.access import Role
from openmoss.selectors import details, peek
from openmoss.selectors.work import Item, work_for
from scoring.selectors import score_of
from tasks.models import Action
from tasks.selectors import activity, rules_text

REFLECTIONS = 3
REFLECTION_DAYS = 14
# Room for this much of one long text; the rest is read with `st get`.
REFLECTION_LENGTH = 400


def brief(agent: Agent, *, known_rules: str = "") -> dict:
    """Return everything that the agent needs to begin, most urgent first, in a fixed number of queries.

    `known_rules` is the digest of the rules that the agent has read; the same rules are not sent again.
    """
    items = work_for(agent)
    rules = rules_text()
    rules_digest = digest(rules)
    told = peek.look([item for item in items if item.actionable], agent, timezone.now()).answer
    return {
        "wake": told["wake"],
        "cursor": told["cursor"],
        "retry_after": told["retry_after"],
        "agent": _agent(agent),
        "rules": {"digest": rules_digest, "content": "" if known_rules == rules_digest else rules},
        "reflections": _reflections(agent),
        "items": _described(items, agent),
        "left_out": 0,
    }


def digest(text: str) -> str:
    """Return a short name of a text."""
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def _agent(agent: Agent) -> dict:
    score = score_of(agent)
    return {
        "id": str(agent.pk),
        "name": agent.name,
        "role": agent.role,
        "score": score["total_score"],
        "rank": score["rank"],
        "of": score["total_agents"],
    }


def _reflections(agent: Agent) -> list[dict]:
    said = activity(agent=agent, action=Action.REFLECTION, days=REFLECTION_DAYS, limit=REFLECTIONS)
    return [
        {"at": details.moment(entry.created_at), "summary": details.cut(entry.summary, REFLECTION_LENGTH)}
        for entry in said
    ]


_DESCRIBE = {
    Role.EXECUTOR: details.of_executor_items,
    Role.REVIEWER: details.of_reviewer_items,
    Role.PLANNER: details.of_planner_items,
    Role.PATROL: details.of_patrol_items,
}


def _described(items: list[Item], agent: Agent) -> list[dict]:
    described = _DESCRIBE[Role(agent.role)](items)
    return [
        {"kind": item.kind, "actionable": item.actionable, **described[item.id]}
        for item in items
        if item.id in described
    ]
