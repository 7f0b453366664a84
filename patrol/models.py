"""What is stuck."""

import uuid

from django.db import models
from django.db.models import Q
from django.utils import timezone

from agents.models import Agent
from openmoss.access import Role
from openmoss.pages.addresses import address_of
from tasks.models import SubTask, Task


class FindingKind(models.TextChoices):
    TIMEOUT = "timeout"
    STUCK = "stuck"
    ORPHAN = "orphan"
    REWORK_OVERFLOW = "rework_overflow"
    SCORE_DROP = "score_drop"
    REVIEW_OVERDUE = "review_overdue"
    PLAN_STALLED = "plan_stalled"
    AGENT_SILENT = "agent_silent"
    NOBODY_ELIGIBLE = "nobody_eligible"
    HELP_UNANSWERED = "help_unanswered"


class Severity(models.TextChoices):
    WARNING = "warning"
    CRITICAL = "critical"


class FindingStatus(models.TextChoices):
    OPEN = "open"
    RESOLVED = "resolved"
    IGNORED = "ignored"


def subject_of_role(role: str) -> uuid.UUID:
    """Return the id under which a finding is about a whole role."""
    return uuid.uuid5(uuid.NAMESPACE_URL, f"openmoss:role:{role}")


class FindingQuerySet(models.QuerySet):
    def open(self) -> "FindingQuerySet":
        return self.filter(status=FindingStatus.OPEN)

    def unsettled(self) -> "FindingQuerySet":
        """Findings whose cause still stands as far as a scan has seen: the open ones, and those closed by hand."""
        return self.filter(gone_at=None)


class Finding(models.Model):
    """Something that stands still and why; at most one open per kind and subject."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    kind = models.CharField(max_length=20, choices=FindingKind.choices)
    severity = models.CharField(max_length=20, choices=Severity.choices)
    status = models.CharField(max_length=20, choices=FindingStatus.choices, default=FindingStatus.OPEN)
    subject_id = models.UUIDField(help_text="The sub-task, task, agent or role that it is about.")
    task = models.ForeignKey(Task, on_delete=models.CASCADE, null=True, blank=True, related_name="findings")
    sub_task = models.ForeignKey(
        SubTask, on_delete=models.CASCADE, null=True, blank=True, related_name="findings"
    )
    agent = models.ForeignKey(Agent, on_delete=models.PROTECT, null=True, blank=True, related_name="findings")
    role = models.CharField(max_length=20, choices=Role.choices, blank=True)
    description = models.TextField()
    since = models.DateTimeField(default=timezone.now, help_text="Since when its cause has lasted.")
    rounds = models.PositiveIntegerField(
        default=0, help_text="What is counted instead of timed: rounds of rework, penalties in a row."
    )
    found_by = models.ForeignKey(
        Agent,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="findings_reported",
        help_text="Empty: the clock found it, and will see when it is over.",
    )
    action_taken = models.TextField(blank=True)
    awaits_decision = models.BooleanField(
        default=False,
        help_text="Its sub-task was blocked for it; open until that is unblocked or reassigned.",
    )
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    resolved_at = models.DateTimeField(null=True, blank=True)
    quiet_until = models.DateTimeField(
        null=True, blank=True, help_text="Closed by hand: until then the same cause is not found again."
    )
    gone_at = models.DateTimeField(null=True, blank=True, help_text="When the cause itself was gone.")

    objects = FindingQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "-pk"]
        indexes = [
            models.Index(fields=["-created_at", "-id"], name="finding_newest"),
            models.Index(fields=["kind"], condition=Q(gone_at=None), name="finding_unsettled"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "subject_id"],
                condition=Q(status=FindingStatus.OPEN),
                name="finding_open_once",
            ),
            models.CheckConstraint(
                condition=Q(status=FindingStatus.OPEN, resolved_at=None, gone_at=None)
                | (~Q(status=FindingStatus.OPEN) & Q(resolved_at__isnull=False)),
                name="finding_closed_has_date",
            ),
            models.CheckConstraint(condition=Q(kind__in=FindingKind.values), name="finding_kind_known"),
            models.CheckConstraint(condition=Q(severity__in=Severity.values), name="finding_severity_known"),
        ]

    def __str__(self) -> str:
        return f"{self.kind}: {self.description[:60]}"

    def get_absolute_url(self) -> str:
        return address_of("finding", self.pk)
