"""What agents are told before they work, and what they say about it."""

import uuid

from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from agents.models import Agent
from tasks.models.work import Dependency, SubTask, Task
from tasks.workflow import FINISHED


class RuleScope(models.TextChoices):
    GLOBAL = "global"
    TASK = "task"
    SUB_TASK = "sub_task"


class RuleQuerySet(models.QuerySet):
    def of_scope(self, scope: str) -> "RuleQuerySet":
        return self.filter(scope=scope)


class Rule(models.Model):
    """Text that every agent reads before it works: on everything, one task or one sub-task."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    scope = models.CharField(max_length=20, choices=RuleScope.choices)
    task = models.ForeignKey(Task, on_delete=models.CASCADE, null=True, blank=True, related_name="rules")
    sub_task = models.ForeignKey(
        SubTask, on_delete=models.CASCADE, null=True, blank=True, related_name="rules"
    )
    content = models.TextField()
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = RuleQuerySet.as_manager()

    class Meta:
        ordering = ["created_at", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(scope=RuleScope.GLOBAL, task=None, sub_task=None)
                | Q(scope=RuleScope.TASK, task__isnull=False, sub_task=None)
                | Q(scope=RuleScope.SUB_TASK, task=None, sub_task__isnull=False),
                name="rule_scope_fits",
            )
        ]

    def __str__(self) -> str:
        return self.content[:60]

    @property
    def subject(self) -> Task | SubTask | None:
        """Return what it is about; None when it is for everything."""
        return self.task or self.sub_task


class Action(models.TextChoices):
    CODING = "coding"
    DELIVERY = "delivery"
    BLOCKED = "blocked"
    REFLECTION = "reflection"
    PLAN = "plan"
    REVIEW = "review"
    PATROL = "patrol"


class ActivityLogQuerySet(models.QuerySet):
    def spent(self) -> "ActivityLogQuerySet":
        """What is neither about unfinished work nor about what unfinished work builds on."""
        unfinished = SubTask.objects.unfinished().filter(pk=OuterRef("sub_task_id"))
        builds_on_it = Dependency.objects.filter(needs=OuterRef("sub_task_id"))
        return self.filter(~Exists(unfinished), ~Exists(builds_on_it.exclude(sub_task__status__in=FINISHED)))


class ActivityLog(models.Model):
    """What an agent says: plans, deliveries, calls for help, reflections."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    agent = models.ForeignKey(Agent, on_delete=models.PROTECT, related_name="activity", db_index=False)
    sub_task = models.ForeignKey(
        SubTask, on_delete=models.CASCADE, null=True, blank=True, related_name="activity", db_index=False
    )
    action = models.CharField(max_length=50, choices=Action.choices)
    summary = models.TextField(blank=True)
    session_id = models.CharField(max_length=200, null=True, blank=True)  # noqa: DJ001 - null on the wire
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = ActivityLogQuerySet.as_manager()

    class Meta:
        verbose_name = "activity log"
        ordering = ["-created_at", "-pk"]
        indexes = [
            models.Index(fields=["-created_at", "-id"], name="activity_newest"),
            models.Index(fields=["agent", "-created_at"], name="activity_by_agent"),
            models.Index(fields=["sub_task", "-created_at"], name="activity_by_sub_task"),
            models.Index(fields=["action", "-created_at"], name="activity_by_action"),
        ]
        constraints = [
            models.CheckConstraint(condition=Q(action__in=Action.values), name="activity_action_known")
        ]

    def __str__(self) -> str:
        return f"{self.action}: {self.summary[:60]}"
