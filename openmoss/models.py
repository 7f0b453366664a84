"""What belongs to the installation itself: its settings, its clock, and the answers it may have to repeat."""

import secrets
from datetime import datetime, timedelta

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils import timezone

from openmoss.access import Role
from openmoss.prepared import Prepared


def new_token() -> str:
    return secrets.token_hex(16)


def usual_events() -> list[str]:
    """Return what people are told of unless they choose otherwise."""
    return ["task_completed", "review_rejected", "all_done", "patrol_alert"]


def _minutes(default: int, help_text: str = "") -> models.PositiveIntegerField:
    return models.PositiveIntegerField(
        default=default,
        help_text=help_text,
        validators=[MinValueValidator(1), MaxValueValidator(60 * 24 * 90)],
    )


def _times(default: int, help_text: str = "") -> models.PositiveSmallIntegerField:
    return models.PositiveSmallIntegerField(
        default=default, help_text=help_text, validators=[MinValueValidator(1), MaxValueValidator(50)]
    )


def _days(default: int, help_text: str) -> models.PositiveSmallIntegerField:
    return models.PositiveSmallIntegerField(
        default=default, help_text=help_text, validators=[MaxValueValidator(3650)]
    )


class OnCritical(models.TextChoices):
    """What the clock does with running work when a finding about it becomes critical."""

    BLOCK = "block", "Block it until the planner decides"
    REQUEUE = "requeue", "Give it back, free for anybody"
    TELL = "tell", "Only tell"


class PatrolLimits(models.Model):
    """From when on something that stands still is a warning, and from when on critical; times in minutes."""

    on_critical = models.CharField(
        max_length=10,
        choices=OnCritical.choices,
        default=OnCritical.BLOCK,
        help_text="What happens to running work when a finding about it becomes critical.",
    )
    timeout_warning = _minutes(60, "Minutes in progress.")
    timeout_critical = _minutes(120, "Minutes in progress, if its holder is silent as well.")
    timeout_silent = _minutes(30, "Minutes without a sign of life after which a holder counts as silent.")
    timeout_limit = _minutes(720, "Minutes in progress after which it is critical whoever is heard of.")
    stuck_warning = _minutes(120, "Minutes without a change and without a word.")
    stuck_critical = _minutes(360)
    orphan_warning = _minutes(60, "Minutes not started, not taken, or with a silent holder.")
    orphan_critical = _minutes(240)
    rework_warning = _times(3, "Rounds of rework.")
    rework_critical = _times(5)
    score_drop_warning = _times(3, "Score entries in a row that are all negative.")
    score_drop_critical = _times(5)
    review_warning = _minutes(60, "Minutes in review.")
    review_critical = _minutes(240)
    plan_warning = _minutes(60, "Minutes that a task is open with nothing left to do in it.")
    plan_critical = _minutes(360)
    silent_intervals = _times(3, "How many of its usual intervals an agent with work may miss.")
    silent_warning = _minutes(60, "Minutes, at the least, before an agent with work counts as silent.")
    silent_critical = _minutes(360)
    help_warning = _minutes(60, "Minutes that a call for help waits for the planner.")
    help_critical = _minutes(240)

    class Meta:
        abstract = True

    def clean(self) -> None:
        super().clean()
        pairs = [name for name in vars(self) if name.endswith("_warning")]
        wrong = {
            name: f"A warning must come before it is critical ({critical})."
            for name in pairs
            if getattr(self, name) > (critical := getattr(self, name.replace("_warning", "_critical")))
        }
        if self.timeout_critical > self.timeout_limit:
            wrong["timeout_limit"] = f"This cannot be less than timeout critical ({self.timeout_critical})."
        if wrong:
            raise ValidationError(wrong)


_ANCIENT = datetime.fromisoformat("1970-01-01T00:00:00+00:00")


class Retention(models.Model):
    """How many days rows of each log are kept; 0 keeps them for good."""

    request_log_days = models.PositiveSmallIntegerField(
        default=7, validators=[MinValueValidator(1), MaxValueValidator(365)]
    )
    activity_log_days = _days(0, "What agents said; 0 keeps it for good.")
    event_days = _days(0, "What happened; 0 keeps it for good.")
    delivery_days = _days(30, "Notifications that were sent or given up; 0 keeps them for good.")
    job_run_days = _days(7, "What the clock did; 0 keeps it for good.")

    class Meta:
        abstract = True

    def kept_since(self, log: str) -> datetime:
        """Return from when on a log is kept, for example `kept_since("event")`."""
        days = getattr(self, f"{log}_days")
        return timezone.now() - timedelta(days=days) if days else _ANCIENT


class SiteSettings(PatrolLimits, Retention):
    """How this company works: one row, edited in the console."""

    project_name = models.CharField(max_length=100, default="OpenMOSS")
    workspace_root = models.CharField(
        max_length=500, default="/workspace", help_text="The folder that the agents share on their machine."
    )
    external_url = models.URLField(
        max_length=500, blank=True, help_text="The address under which agents reach this server."
    )
    registration_token = models.CharField(max_length=200, default=new_token, blank=True)
    allow_registration = models.BooleanField(default=True)
    registration_roles = models.JSONField(
        default=list,
        blank=True,
        help_text='For which roles the registration token is good, such as ["executor"]; empty means all.',
    )
    public_feed = models.BooleanField(default=False, help_text="Show the live feed without a login.")
    notifications_enabled = models.BooleanField(default=False)
    notification_events = models.JSONField(default=usual_events, blank=True)
    metrics_token = models.CharField(
        max_length=200, blank=True, help_text="Opens /metrics as a bearer token; empty closes it."
    )

    class Meta:
        verbose_name_plural = "site settings"
        constraints = [models.CheckConstraint(condition=models.Q(pk=1), name="site_settings_one_row")]

    def __str__(self) -> str:
        return self.project_name

    def clean(self) -> None:
        super().clean()
        roles = self.registration_roles
        if not isinstance(roles, list) or not all(role in Role.values for role in roles):
            known = ", ".join(Role.values)
            raise ValidationError({"registration_roles": f"Give a list of roles, each one of: {known}."})

    def fill(self, text: str) -> str:
        """Return a text for agents with the names of this company in it."""
        return text.replace("{{workspace_root}}", self.workspace_root).replace(
            "{{project_name}}", self.project_name
        )

    @classmethod
    def load(cls) -> "SiteSettings":
        """Return the one row, made with its defaults when it is missing."""
        for site in _SITE():
            return site
        return cls.objects.get_or_create(pk=1)[0]


_SITE = Prepared(lambda: SiteSettings.objects.filter(pk=1))


class JobClock(models.Model):
    """When a job of the timetable is due and how it went last."""

    name = models.CharField(max_length=50, primary_key=True)
    due_at = models.DateTimeField(default=timezone.now)
    started_at = models.DateTimeField(null=True)
    # While it runs; whoever does not write the end of a job until then is taken for dead.
    running_until = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    error = models.TextField(blank=True)

    def __str__(self) -> str:
        return self.name

    @property
    def free_at(self) -> datetime:
        """From when on a worker may take the job; after its worker died, before it is due again."""
        return self.running_until or self.due_at


class JobRun(models.Model):
    """A run of a job that did something or failed."""

    job = models.CharField(max_length=50)
    started_at = models.DateTimeField()
    milliseconds = models.PositiveIntegerField()
    said = models.CharField(max_length=200, blank=True, help_text="What it did.")
    error = models.TextField(blank=True)

    class Meta:
        ordering = ["-started_at", "-pk"]
        indexes = [models.Index(fields=["-started_at", "-id"], name="job_run_by_time")]

    def __str__(self) -> str:
        return f"{self.job} {self.started_at:%Y-%m-%d %H:%M}"


class IdempotencyRecord(models.Model):
    """The first answer to a POST, kept for a caller that did not hear it."""

    caller = models.UUIDField()
    key = models.CharField(max_length=200)
    fingerprint = models.CharField(max_length=64)
    status = models.PositiveSmallIntegerField(null=True)
    body = models.TextField(blank=True)
    created_at = models.DateTimeField(default=timezone.now, db_index=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["caller", "key"], name="idempotency_key_once")]

    def __str__(self) -> str:
        return self.key
