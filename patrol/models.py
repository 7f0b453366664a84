"""What is stuck."""

import uuid

from django.db import models
from django.db.models import Q
from django.utils import timezone


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


class Severity(models.TextChoices):
    WARNING = "warning"
    CRITICAL = "critical"


class FindingStatus(models.TextChoices):
    OPEN = "open"
    RESOLVED = "resolved"
    IGNORED = "ignored"


class Finding(models.Model):
    """Something that stands still and why; at most one open per kind and subject."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    kind = models.CharField(max_length=20, choices=FindingKind.choices)
    severity = models.CharField(max_length=20, choices=Severity.choices)
    status = models.CharField(max_length=20, choices=FindingStatus.choices, default=FindingStatus.OPEN)
    subject_id = models.UUIDField(help_text="The task, sub-task or agent that it is about.")
    task = models.ForeignKey(
        "tasks.Task", on_delete=models.CASCADE, null=True, blank=True, related_name="findings"
    )
    sub_task = models.ForeignKey(
        "tasks.SubTask", on_delete=models.CASCADE, null=True, blank=True, related_name="findings"
    )
    agent = models.ForeignKey(
        "agents.Agent", on_delete=models.PROTECT, null=True, blank=True, related_name="findings"
    )
    description = models.TextField()
    action_taken = models.TextField(blank=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    resolved_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-created_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "subject_id"],
                condition=Q(status=FindingStatus.OPEN),
                name="finding_open_once",
            ),
            models.CheckConstraint(
                condition=Q(status=FindingStatus.OPEN, resolved_at=None)
                | (~Q(status=FindingStatus.OPEN) & Q(resolved_at__isnull=False)),
                name="finding_closed_has_date",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind}: {self.description[:60]}"
