"""What work was worth: an append-only ledger; an agent's total is the sum of its entries."""

import uuid

from django.db import models
from django.db.models import Q
from django.utils import timezone

from agents.models import Agent
from tasks.models import SubTask


class ScoreEntry(models.Model):
    """One change of an agent's score, never edited and never deleted."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    agent = models.ForeignKey(Agent, on_delete=models.PROTECT, related_name="score_entries", db_index=False)
    sub_task = models.ForeignKey(
        SubTask, on_delete=models.PROTECT, null=True, blank=True, related_name="score_entries"
    )
    score_delta = models.IntegerField()
    reason = models.TextField()
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        verbose_name_plural = "score entries"
        ordering = ["-created_at", "-pk"]
        indexes = [models.Index(fields=["agent", "-created_at"], name="score_by_agent")]
        constraints = [models.CheckConstraint(condition=~Q(score_delta=0), name="score_entry_counts")]

    def __str__(self) -> str:
        return f"{self.score_delta:+d} {self.reason}"
