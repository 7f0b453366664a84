"""What belongs to the installation itself: its settings, its clock, and the answers it may have to repeat."""

import secrets

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils import timezone

from openmoss.prepared import Prepared


def new_token() -> str:
    return secrets.token_hex(16)


class SiteSettings(models.Model):
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
    public_feed = models.BooleanField(default=False, help_text="Show the live feed without a login.")
    request_log_days = models.PositiveSmallIntegerField(
        default=7, validators=[MinValueValidator(1), MaxValueValidator(365)]
    )
    notifications_enabled = models.BooleanField(default=False)
    notification_channels = models.JSONField(default=list, blank=True)
    notification_events = models.JSONField(default=list, blank=True)

    class Meta:
        verbose_name_plural = "site settings"
        constraints = [models.CheckConstraint(condition=models.Q(pk=1), name="site_settings_one_row")]

    def __str__(self) -> str:
        return self.project_name

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
    finished_at = models.DateTimeField(null=True)
    error = models.TextField(blank=True)

    def __str__(self) -> str:
        return self.name


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
