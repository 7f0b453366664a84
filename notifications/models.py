"""What happened, in the order in which it happened, and who is told of it."""

from datetime import datetime

from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone
from django.utils.translation import gettext as _

from notifications.addresses import Way, shown, way_of

EVERYTHING = "*"


class EventQuerySet(models.QuerySet):
    def about(self, subject) -> "EventQuerySet":
        return self.filter(subject_id=str(subject.pk))

    def in_task(self, task) -> "EventQuerySet":
        return self.filter(task_id=task.pk)

    def by(self, actor) -> "EventQuerySet":
        return self.filter(actor_id=str(actor.pk))

    def before(self, moment: datetime) -> "EventQuerySet":
        """Everything that happened before a moment.

        Ids grow with time: the first event that is young enough ends the search, which spares a table that
        is written all day an index.
        """
        older = self.filter(at__lt=moment)
        younger = self.filter(at__gte=moment).order_by("pk").values_list("pk", flat=True).first()
        return older if younger is None else older.filter(pk__lt=younger)

    def told(self) -> "EventQuerySet":
        """Events of which nobody waits to be told any more."""
        return self.filter(~Exists(Delivery.objects.waiting().filter(event=OuterRef("pk"))))


class Event(models.Model):
    """One change, written in the transaction that made it and never changed afterwards.

    It names its actor and subject by value: an event outlives both.
    """

    kind = models.CharField(max_length=50, help_text="subject.verb, for example sub_task.claim")
    actor_role = models.CharField(max_length=20)
    actor_id = models.CharField(max_length=36, blank=True)
    actor_name = models.CharField(max_length=150)
    subject_id = models.CharField(max_length=36)
    subject_name = models.CharField(max_length=200)
    task_id = models.UUIDField(null=True)
    was = models.CharField(max_length=50, blank=True)
    now = models.CharField(max_length=50, blank=True)
    why = models.TextField(blank=True)
    data = models.JSONField(default=dict)
    at = models.DateTimeField(default=timezone.now)

    objects = EventQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]
        indexes = [
            models.Index(fields=["subject_id", "id"], name="event_by_subject"),
            models.Index(fields=["task_id", "id"], name="event_by_task"),
            models.Index(fields=["actor_id", "id"], name="event_by_actor"),
            models.Index(fields=["kind", "id"], name="event_by_kind"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.subject_name}"

    @property
    def name(self) -> str:
        """The name by which people know this event; its kind if it has no other."""
        match self.kind, self.now:
            case "sub_task.approve", _:
                return "task_completed"
            case "sub_task.reject", _:
                return "review_rejected"
            case "task.set_status", "completed":
                return "all_done"
            case (("finding.open" | "finding.escalate"), "critical"):
                return "patrol_alert"
        return self.kind

    def is_among(self, wanted: list[str]) -> bool:
        """Say whether somebody who asks for these names is told of this event."""
        return not {EVERYTHING, self.kind, self.name}.isdisjoint(wanted)


class ChannelQuerySet(models.QuerySet):
    def due(self, now: datetime) -> "ChannelQuerySet":
        """Channels through which something could be sent now: the reliable ones first."""
        return self.filter(
            Q(retry_at=None) | Q(retry_at__lte=now),
            Q(busy_until=None) | Q(busy_until__lte=now),
            Exists(Delivery.objects.due(now).filter(channel=OuterRef("pk"))),
            enabled=True,
        ).order_by("failures", "pk")


class Channel(models.Model):
    """Where people are told; its address says who serves it."""

    address = models.CharField(max_length=500, unique=True)
    name = models.CharField(max_length=100, blank=True)
    events = models.JSONField(default=list, blank=True)
    enabled = models.BooleanField(default=True)
    secret = models.CharField(max_length=100, blank=True, help_text="Signs what a webhook gets.")
    failures = models.PositiveIntegerField(default=0, help_text="Failures in a row.")
    error = models.CharField(max_length=300, blank=True, help_text="What went wrong last.")
    retry_at = models.DateTimeField(null=True, blank=True, help_text="Nothing is sent before then.")
    busy_until = models.DateTimeField(null=True, blank=True, help_text="A worker has it until then.")
    created_at = models.DateTimeField(default=timezone.now)

    objects = ChannelQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return self.name or self.shown_address

    @property
    def shown_address(self) -> str:
        """The address without what could be a password in it."""
        return shown(self.address)

    @property
    def way(self) -> Way:
        return way_of(self.address)

    @property
    def is_served(self) -> bool:
        """Whether this server sends to it by itself."""
        return self.way != Way.AGENTS

    @property
    def is_paused(self) -> bool:
        return self.retry_at is not None and self.retry_at > timezone.now()


class DeliveryQuerySet(models.QuerySet):
    def waiting(self) -> "DeliveryQuerySet":
        return self.filter(due_at__isnull=False)

    def due(self, now: datetime) -> "DeliveryQuerySet":
        return self.filter(due_at__lte=now)

    def sent(self) -> "DeliveryQuerySet":
        return self.filter(sent_at__isnull=False)

    def given_up(self) -> "DeliveryQuerySet":
        return self.filter(due_at=None, sent_at=None)


class Delivery(models.Model):
    """One event for one channel, written with the event, kept with what came of it."""

    event = models.ForeignKey(Event, on_delete=models.CASCADE, related_name="deliveries", db_index=False)
    # Nothing in the database ties it to the channel: who removes one must neither fail a change whose event
    # is written in the same moment, nor wait until all deliveries are gone. `prune_deliveries` sweeps them up.
    channel = models.ForeignKey(
        Channel, on_delete=models.DO_NOTHING, related_name="deliveries", db_constraint=False
    )
    queued_at = models.DateTimeField(default=timezone.now)
    due_at = models.DateTimeField(
        null=True, default=timezone.now, help_text="When to try next; empty when there is nothing left to do."
    )
    attempts = models.PositiveIntegerField(default=0)
    sent_at = models.DateTimeField(null=True)
    status = models.PositiveSmallIntegerField(null=True, help_text="The status with which it was answered.")
    error = models.CharField(max_length=300, blank=True)

    objects = DeliveryQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]
        verbose_name_plural = "deliveries"
        indexes = [
            models.Index(
                fields=["channel", "id"], name="delivery_waiting", condition=Q(due_at__isnull=False)
            ),
            models.Index(fields=["queued_at", "id"], name="delivery_finished", condition=Q(due_at=None)),
        ]
        constraints = [
            models.UniqueConstraint(fields=["event", "channel"], name="delivery_once_per_channel"),
            models.CheckConstraint(
                condition=Q(due_at=None) | Q(sent_at=None), name="delivery_sent_is_not_waiting"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.event} → {self.channel}"

    @property
    def state(self) -> str:
        if self.sent_at:
            return _("sent")
        return _("waiting") if self.due_at else _("given up")
