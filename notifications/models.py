"""What happened, in the order in which it happened."""

from django.db import models
from django.utils import timezone


class EventQuerySet(models.QuerySet):
    def about(self, subject) -> "EventQuerySet":
        return self.filter(subject_id=str(subject.pk))

    def in_task(self, task) -> "EventQuerySet":
        return self.filter(task_id=task.pk)

    def by(self, actor) -> "EventQuerySet":
        return self.filter(actor_id=str(actor.pk))


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
