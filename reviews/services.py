"""The verdict: review, move and score in one transaction."""

from django.db import transaction

from agents.models import Agent
from openmoss.errors import Conflict, Invalid
from reviews.models import Result, Review
from scoring.services import score_review
from tasks import services as work
from tasks.models import SubTask


def review(
    sub_task: SubTask,
    *,
    result: str,
    score: int,
    issues: str = "",
    comment: str = "",
    rework_agent: Agent | None = None,
    round: int | None = None,
    by,
) -> Review:
    """Approve work or send it back; the score goes to whoever did it.

    `round` names the round that the reviewer looked at: a verdict on work that was changed meanwhile is
    refused instead of landing on something nobody has read.
    """
    _check(result, score, issues)
    rounds = Review.objects.filter(sub_task=sub_task).count()
    if round is not None and round != rounds + 1:
        raise Conflict(
            f"Sub-task '{sub_task}' is in review round {rounds + 1}, not {round}.",
            hint="Read the sub-task, its delivery log and the earlier reviews again.",
        )
    assignee = sub_task.assignee
    with transaction.atomic():
        if result == Result.APPROVED:
            work.approve(sub_task, by=by)
        else:
            work.reject(sub_task, by=by, why=issues, hand_to=rework_agent)
        verdict = Review.objects.create(
            sub_task=sub_task,
            round=rounds + 1,
            reviewer=by if isinstance(by, Agent) else None,
            reviewer_name=str(by),
            assignee=assignee,
            result=result,
            score=score,
            issues=issues,
            comment=comment,
            rework_agent=rework_agent,
        )
        score_review(assignee, sub_task=sub_task, score=score, by=by)
    return verdict


def _check(result: str, score: int, issues: str) -> None:
    if not 1 <= score <= 5:
        raise Invalid.field("score", "Give 1 to 5.")
    if result == Result.APPROVED and score < 3:
        raise Invalid.field("score", "Approved work has 3 or more; reject it or give more.")
    if result == Result.REJECTED and score > 3:
        raise Invalid.field("score", "Rejected work has 3 or less; approve it or give less.")
    if result == Result.REJECTED and not issues.strip():
        raise Invalid.field("issues", "Say what is wrong, point by point; the executor sees nothing else.")
