"""Who works here, and what they asked of the API."""

import hashlib
import uuid

from django.db import models
from django.db.models import Q
from django.utils import timezone

from openmoss.access import Role


class AgentStatus(models.TextChoices):
    ACTIVE = "active"
    DISABLED = "disabled"
    RETIRED = "retired"


def hash_key(key: str) -> str:
    """Return what is stored of an API key; a key has 160 random bits, so a fast hash is enough."""
    return hashlib.sha256(key.encode("utf-8", "surrogatepass")).hexdigest()


class AgentQuerySet(models.QuerySet):
    def active(self) -> "AgentQuerySet":
        return self.filter(status=AgentStatus.ACTIVE)

    def present(self) -> "AgentQuerySet":
        """Everybody who has not retired."""
        return self.exclude(status=AgentStatus.RETIRED)


class Agent(models.Model):
    """An autonomous worker with one role and one key."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField(max_length=100, unique=True)
    role = models.CharField(max_length=20, choices=Role.choices)
    description = models.TextField(blank=True)
    status = models.CharField(max_length=20, choices=AgentStatus.choices, default=AgentStatus.ACTIVE)
    key_hash = models.CharField(max_length=64, unique=True, null=True, editable=False)  # noqa: DJ001
    total_score = models.BigIntegerField(default=0, editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    last_seen_at = models.DateTimeField(null=True, editable=False)
    # What it was woken for and how often since it last did something: see `agents.waking`.
    woken_for = models.TextField(blank=True, editable=False)
    woken_at = models.DateTimeField(null=True, editable=False)
    wake_count = models.PositiveIntegerField(default=0, editable=False)

    objects = AgentQuerySet.as_manager()

    class Meta:
        ordering = ["created_at", "pk"]
        indexes = [models.Index(fields=["-total_score", "name"], name="agent_by_score")]
        constraints = [
            models.CheckConstraint(condition=~Q(name=""), name="agent_has_name"),
            models.CheckConstraint(condition=Q(role__in=Role.values), name="agent_role_known"),
            models.CheckConstraint(condition=Q(status__in=AgentStatus.values), name="agent_status_known"),
            models.CheckConstraint(
                condition=~Q(status=AgentStatus.RETIRED) | Q(key_hash=None), name="agent_retired_without_key"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    # DRF asks its user objects for this.
    is_authenticated = True


class RequestLog(models.Model):
    """One call of an agent; drives the live feed and is pruned by the clock."""

    at = models.DateTimeField()
    agent = models.ForeignKey(Agent, on_delete=models.DO_NOTHING, db_constraint=False, db_index=False)
    agent_name = models.CharField(max_length=100)
    agent_role = models.CharField(max_length=20)
    method = models.CharField(max_length=10)
    path = models.CharField(max_length=500)
    body = models.TextField(null=True)  # noqa: DJ001 - the feed tells "no body" from "an empty one"
    status = models.PositiveSmallIntegerField()
    milliseconds = models.PositiveIntegerField()

    class Meta:
        ordering = ["-at", "-pk"]
        indexes = [
            models.Index(fields=["-at", "-id"], name="request_log_by_time"),
            models.Index(fields=["agent", "-at"], name="request_log_by_agent"),
        ]

    def __str__(self) -> str:
        return f"{self.method} {self.path} {self.status}"
