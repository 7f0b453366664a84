"""Who works here and who may join, what they are told, and what they asked of the API."""

import hashlib
import uuid
from datetime import timedelta
from itertools import accumulate

from django.db import models
from django.db.models import Q
from django.utils import timezone

from openmoss.access import Role
from openmoss.pages.addresses import address_of


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
    # Since when it has been at work without a longer pause, and how far apart such beginnings usually are.
    awake_since = models.DateTimeField(null=True, editable=False)
    usual_interval = models.PositiveIntegerField(null=True, editable=False, help_text="Seconds.")
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

    def get_absolute_url(self) -> str:
        return address_of("agent", self.pk)

    # DRF asks its user objects for this.
    is_authenticated = True


class RequestTally(models.Model):
    """How many calls there ever were and how long they took: the request log is pruned, this is not."""

    # A call is counted in the first column that is long enough for it; the slowest only in `calls`.
    STEPS = (10, 50, 100, 250, 1000)  # milliseconds

    role = models.CharField(max_length=20)
    status_class = models.PositiveSmallIntegerField(help_text="The first digit of the status.")
    calls = models.PositiveBigIntegerField(default=0)
    milliseconds = models.PositiveBigIntegerField(default=0)
    to_10 = models.PositiveBigIntegerField(default=0)
    to_50 = models.PositiveBigIntegerField(default=0)
    to_100 = models.PositiveBigIntegerField(default=0)
    to_250 = models.PositiveBigIntegerField(default=0)
    to_1000 = models.PositiveBigIntegerField(default=0)

    class Meta:
        verbose_name_plural = "request tallies"
        ordering = ["role", "status_class"]
        constraints = [models.UniqueConstraint(fields=["role", "status_class"], name="request_tally_once")]

    def __str__(self) -> str:
        return f"{self.role} {self.status_class}xx"

    @property
    def buckets(self) -> list[tuple[str, int]]:
        """How many calls took at most so many seconds, for each step, as a histogram has it."""
        counts = accumulate(getattr(self, f"to_{step}") for step in self.STEPS)
        return [(str(step / 1000), count) for step, count in zip(self.STEPS, counts, strict=True)]


class RequestHour(models.Model):
    """How many calls began within an hour; not pruned either, as a year has fewer than nine thousand rows."""

    hour = models.DateTimeField(unique=True, help_text="The beginning of the hour, in UTC.")
    calls = models.PositiveBigIntegerField(default=0)

    class Meta:
        ordering = ["-hour"]

    def __str__(self) -> str:
        return f"{self.hour:%Y-%m-%d %H:00}"


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


class EnrolmentQuerySet(models.QuerySet):
    def unsettled(self) -> "EnrolmentQuerySet":
        """Neither used nor withdrawn; it may have expired."""
        return self.filter(used_at=None, withdrawn_at=None)

    def usable(self) -> "EnrolmentQuerySet":
        return self.unsettled().filter(expires_at__gt=timezone.now())


class Enrolment(models.Model):
    """A code with which one named agent may join once; only its hash is stored."""

    LASTS = timedelta(hours=24)

    code_hash = models.CharField(max_length=64, unique=True, editable=False)
    name = models.CharField(max_length=100)
    role = models.CharField(max_length=20, choices=Role.choices)
    description = models.TextField(blank=True)
    made_by = models.CharField(max_length=150, blank=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True, editable=False)
    # The hash of what its user called this one try, to know it again if the answer was lost.
    used_with = models.CharField(max_length=64, blank=True, editable=False)
    withdrawn_at = models.DateTimeField(null=True, editable=False)
    agent = models.OneToOneField(Agent, null=True, editable=False, on_delete=models.PROTECT)

    objects = EnrolmentQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["name"], condition=Q(used_at=None, withdrawn_at=None), name="enrolment_one_for_a_name"
            ),
            models.CheckConstraint(condition=~Q(name=""), name="enrolment_has_name"),
            models.CheckConstraint(condition=Q(role__in=Role.values), name="enrolment_role_known"),
            models.CheckConstraint(
                condition=Q(used_at=None, agent=None) | Q(used_at__isnull=False, agent__isnull=False),
                name="enrolment_used_by_an_agent",
            ),
            models.CheckConstraint(
                condition=Q(used_at=None) | Q(withdrawn_at=None), name="enrolment_used_or_withdrawn"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def state(self) -> str:
        """Return `used`, `withdrawn`, `expired` or `open`."""
        if self.used_at:
            return "used"
        if self.withdrawn_at:
            return "withdrawn"
        return "expired" if self.expires_at <= timezone.now() else "open"


class PromptKind(models.TextChoices):
    TEMPLATE = "template", "Role template"
    AGENT = "agent", "Agent prompt"
    TOOL = "tool", "Tool text"


class Prompt(models.Model):
    """A prompt of our own, or one that overrides the shipped file of the same kind and slug."""

    kind = models.CharField(max_length=10, choices=PromptKind.choices)
    slug = models.CharField(max_length=100)
    text = models.TextField()
    version = models.PositiveIntegerField(default=1)
    # The digest of the shipped file when the text was saved; empty for a prompt of our own.
    based_on = models.CharField(max_length=64, blank=True, editable=False)
    updated_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        ordering = ["kind", "slug"]
        constraints = [
            models.UniqueConstraint(fields=["kind", "slug"], name="prompt_once"),
            models.CheckConstraint(condition=Q(kind__in=PromptKind.values), name="prompt_kind_known"),
            models.CheckConstraint(condition=~Q(slug="") & ~Q(text=""), name="prompt_has_slug_and_text"),
        ]

    def __str__(self) -> str:
        return self.slug


class PromptVersion(models.Model):
    """What a prompt said, and who wrote it; kept when the prompt itself is reverted or deleted."""

    kind = models.CharField(max_length=10, choices=PromptKind.choices)
    slug = models.CharField(max_length=100)
    number = models.PositiveIntegerField()
    text = models.TextField()
    written_by = models.CharField(max_length=150)
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["kind", "slug", "-number"]
        constraints = [
            models.UniqueConstraint(fields=["kind", "slug", "number"], name="prompt_version_once"),
        ]

    def __str__(self) -> str:
        return f"{self.slug} {self.number}"
