"""Every change of a score."""

from django.db import transaction
from django.db.models import F, Sum

from agents.models import Agent, AgentStatus
from notifications.services import record
from openmoss.errors import Conflict, Forbidden, Invalid
from scoring.models import ScoreEntry
from tasks.models import SubTask

LARGEST_DELTA = 10_000
DELTA_OF_SCORE = {5: 5, 4: 5, 3: 0, 2: -5, 1: -5}


def score_review(agent: Agent, *, sub_task: SubTask, score: int, by) -> ScoreEntry | None:
    """Book what a review with this score is worth to the agent whose work it was; 3 is worth nothing."""
    delta = DELTA_OF_SCORE[score]
    if not delta:
        return None
    return _book(agent, delta, reason=f"Review of '{sub_task}': {score} of 5", sub_task=sub_task, by=by)


def adjust(agent: Agent, *, score_delta: int, reason: str, sub_task: SubTask | None = None, by) -> ScoreEntry:
    """Change a score by hand, with a reason; nobody adjusts their own."""
    if score_delta == 0:
        raise Invalid.field("score_delta", "An adjustment of 0 changes nothing.")
    if abs(score_delta) > LARGEST_DELTA:
        raise Invalid.field("score_delta", f"Give {-LARGEST_DELTA} to {LARGEST_DELTA}.")
    if agent.pk == by.pk:
        raise Forbidden("Nobody adjusts their own score.", hint="Ask another reviewer or the planner.")
    if agent.status == AgentStatus.RETIRED:
        raise Conflict(f"{agent.name} has retired.")
    reason = f"Adjusted by {by}: {reason}" if reason else f"Adjusted by {by}"
    with transaction.atomic():
        return _book(agent, score_delta, reason=reason, sub_task=sub_task, by=by)


def recount(agent: Agent) -> int:
    """Make an agent's total the sum of its entries again and return by how much it was wrong."""
    with transaction.atomic():
        locked = Agent.objects.select_for_update().get(pk=agent.pk)
        total = ScoreEntry.objects.filter(agent=agent).aggregate(total=Sum("score_delta"))["total"] or 0
        Agent.objects.filter(pk=agent.pk).update(total_score=total)
    return total - locked.total_score


def _book(agent: Agent, delta: int, *, reason: str, sub_task: SubTask | None, by) -> ScoreEntry:
    with transaction.atomic():
        entry = ScoreEntry.objects.create(agent=agent, sub_task=sub_task, score_delta=delta, reason=reason)
        Agent.objects.filter(pk=agent.pk).update(total_score=F("total_score") + delta)
        record("agent.score", subject=agent, actor=by, why=reason, delta=delta)
    return entry
