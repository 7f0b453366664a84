"""What the page of a sub-task shows beside its timeline."""

from dataclasses import dataclass
from functools import cached_property

from django.utils import timezone

from notifications.models import Event
from openmoss.selectors.acceptance import Criterion, criteria
from patrol.models import Finding
from reviews.models import Review
from tasks.models import ActivityLog, Rule, SubTask
from tasks.selectors import HELP_KEPT_FOR, unanswered_calls
from tasks.workflow import FINISHED, Status

MOST = 50  # of each list beside the brief


@dataclass(frozen=True)
class Surroundings:
    """What is around a sub-task, each part read when it is asked for."""

    sub_task: SubTask

    @cached_property
    def needs(self) -> list[SubTask]:
        """What it builds on, oldest first."""
        return list(
            SubTask.objects.filter(dependent_edges__sub_task=self.sub_task).order_by("created_at", "pk")
        )

    @cached_property
    def needed_by(self) -> list[SubTask]:
        rows = SubTask.objects.filter(dependencies__needs=self.sub_task).order_by("created_at", "pk")
        return list(rows[: MOST + 1])

    @property
    def finished(self) -> bool:
        return self.sub_task.status in FINISHED

    @property
    def waits_for(self) -> list[SubTask]:
        """What keeps it from being claimed or started."""
        if self.sub_task.status not in (Status.PENDING, Status.ASSIGNED):
            return []
        return [need for need in self.needs if need.status != Status.DONE]

    @property
    def stranded(self) -> bool:
        """Say whether it waits for something that was cancelled, and so will never be done."""
        return any(need.status == Status.CANCELLED for need in self.waits_for)

    @cached_property
    def last_review(self) -> Review | None:
        return Review.objects.filter(sub_task=self.sub_task).order_by("-round").first()

    @cached_property
    def criteria(self) -> list[Criterion]:
        return criteria(self.sub_task.acceptance, self.last_review)

    @cached_property
    def findings(self) -> list[Finding]:
        return list(Finding.objects.open().filter(sub_task=self.sub_task).order_by("created_at", "pk")[:MOST])

    @property
    def blocked_for_a_finding(self) -> bool:
        """Say whether the finding for which it was blocked tells why."""
        return any(finding.awaits_decision for finding in self.findings)

    @cached_property
    def rules(self) -> list[Rule]:
        return list(Rule.objects.filter(sub_task=self.sub_task)[:MOST])

    @cached_property
    def call(self) -> ActivityLog | None:
        """The newest call for help about it that nobody has answered."""
        calls = unanswered_calls(since=timezone.now() - HELP_KEPT_FOR).filter(sub_task=self.sub_task)
        return calls.select_related("agent").first()


def cursor_of(sub_task: SubTask) -> str:
    """Return what is another as soon as the page of a sub-task would show something else."""
    # What it waits for and what waits for it are in the same task.
    event = Event.objects.in_task(sub_task.task).order_by("-pk").values_list("pk", flat=True).first()
    said = ActivityLog.objects.filter(sub_task=sub_task).values_list("pk", flat=True).first()
    seen = sub_task.assignee and sub_task.assignee.last_seen_at
    return f"{event}-{said}-{seen:%H%M}" if seen else f"{event}-{said}"
