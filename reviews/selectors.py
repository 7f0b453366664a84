"""Reads around verdicts: what waits for one, and what was said so far."""

from dataclasses import dataclass

from django.db.models import Count, Q, QuerySet

from agents.models import Agent
from reviews.models import Review
from tasks.models import Action, ActivityLog, SubTask
from tasks.workflow import Status

MOST_WAITING = 100
MOST_ROUNDS = 50
MOST_DELIVERIES = 20


def waiting() -> list[SubTask]:
    """Return what waits for a verdict, longest first, each with its `rounds` so far."""
    rows = SubTask.objects.filter(status=Status.REVIEW).in_open_tasks().select_related("task", "assignee")
    return list(rows.annotate(rounds=Count("reviews")).order_by("status_since", "pk")[:MOST_WAITING])


def verdicts(
    *, result: str = "", by: Agent | None = None, of: Agent | None = None, text: str = ""
) -> QuerySet:
    """Return reviews: with a result, by a reviewer, of somebody's work, or with a text in them."""
    rows = Review.objects.select_related("sub_task__task", "reviewer", "assignee")
    if result:
        rows = rows.filter(result=result)
    if by is not None:
        rows = rows.filter(reviewer=by)
    if of is not None:
        rows = rows.filter(assignee=of)
    if text:
        rows = rows.filter(
            Q(sub_task__name__icontains=text) | Q(issues__icontains=text) | Q(comment__icontains=text)
        )
    return rows


@dataclass(frozen=True)
class Dossier:
    """What somebody who judges a sub-task should have read: what was delivered, and the earlier rounds."""

    deliveries: list[ActivityLog]
    rounds: list[Review]

    @property
    def round(self) -> int:
        """The round that comes next."""
        return len(self.rounds) + 1


def dossier(sub_task: SubTask) -> Dossier:
    """Return what to read before judging, newest first."""
    said = ActivityLog.objects.filter(sub_task=sub_task, action__in=[Action.DELIVERY, Action.REFLECTION])
    return Dossier(
        deliveries=list(said.select_related("agent")[:MOST_DELIVERIES]),
        rounds=list(sub_task.reviews.select_related("reviewer", "assignee").order_by("-round")[:MOST_ROUNDS]),
    )


def reviewers() -> QuerySet[Agent]:
    """Return everybody who ever judged, by name."""
    return Agent.objects.filter(pk__in=Review.objects.order_by().values("reviewer")).order_by("name")[:200]
