"""Verdicts on submitted work."""

import uuid

from django.db import models
from django.db.models import Q
from django.utils import timezone

from agents.models import Agent
from openmoss.pages.addresses import address_of
from tasks.models import SubTask


class Result(models.TextChoices):
    APPROVED = "approved"
    REJECTED = "rejected"


class Review(models.Model):
    """One round of review of a sub-task."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    sub_task = models.ForeignKey(SubTask, on_delete=models.PROTECT, related_name="reviews", db_index=False)
    round = models.PositiveIntegerField()
    reviewer = models.ForeignKey(
        Agent, on_delete=models.PROTECT, null=True, blank=True, related_name="reviews_given", db_index=False
    )
    reviewer_name = models.CharField(max_length=150, help_text="Also names a person, who is no agent.")
    assignee = models.ForeignKey(
        Agent,
        on_delete=models.PROTECT,
        related_name="reviews_received",
        help_text="Whose work it was, and whose score it moved.",
    )
    result = models.CharField(max_length=20, choices=Result.choices)
    score = models.PositiveSmallIntegerField()
    issues = models.TextField(blank=True)
    comment = models.TextField(blank=True)
    rework_agent = models.ForeignKey(
        Agent, on_delete=models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        ordering = ["-created_at", "-pk"]
        indexes = [
            models.Index(fields=["-created_at", "-id"], name="review_newest"),
            models.Index(fields=["reviewer", "-created_at"], name="review_by_reviewer"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["sub_task", "round"], name="review_round_once"),
            models.CheckConstraint(
                condition=Q(result=Result.APPROVED, score__gte=3, score__lte=5)
                | (Q(result=Result.REJECTED, score__gte=1, score__lte=3) & ~Q(issues="")),
                name="review_score_fits_result",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.sub_task} round {self.round}: {self.result}"

    def get_absolute_url(self) -> str:
        return address_of("review", self.pk)
