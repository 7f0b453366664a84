"""The work: task → module → sub-task, its rules, and what agents say about it."""

import uuid

from django.db import models
from django.db.models import Case, Exists, F, OuterRef, Q, When
from django.utils import timezone

from agents.models import Agent, AgentStatus
from openmoss.access import Role
from tasks.workflow import FINISHED, HELD, TASK_OPEN, Status, TaskStatus


class Kind(models.TextChoices):
    ONCE = "once"
    RECURRING = "recurring"


class Priority(models.TextChoices):
    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"


class Task(models.Model):
    """A goal, split by a planner into modules and sub-tasks."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField(max_length=200)
    description = models.TextField(blank=True)
    type = models.CharField(max_length=20, choices=Kind.choices, default=Kind.ONCE)
    status = models.CharField(max_length=20, choices=TaskStatus.choices, default=TaskStatus.PLANNING)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    updated_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        ordering = ["-created_at", "-pk"]
        indexes = [
            models.Index(fields=["-created_at", "-id"], name="task_newest"),
            models.Index(fields=["status", "-created_at"], name="task_by_status"),
        ]
        constraints = [
            models.CheckConstraint(condition=~Q(name=""), name="task_has_name"),
            models.CheckConstraint(condition=Q(type__in=Kind.values), name="task_type_known"),
            models.CheckConstraint(condition=Q(status__in=TaskStatus.values), name="task_status_known"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_open(self) -> bool:
        return self.status in TASK_OPEN


class Module(models.Model):
    """A part of a task that belongs together."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    task = models.ForeignKey(Task, on_delete=models.CASCADE, related_name="modules")
    name = models.CharField(max_length=200)
    description = models.TextField(blank=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        ordering = ["created_at", "pk"]
        constraints = [models.CheckConstraint(condition=~Q(name=""), name="module_has_name")]

    def __str__(self) -> str:
        return self.name


def urgency() -> tuple:
    """Return the order in which work is taken: by priority, then by how long it has waited."""
    return (
        Case(*(When(priority=name, then=place) for place, name in enumerate(Priority.values))),
        "status_since",
        "pk",
    )


class SubTaskQuerySet(models.QuerySet):
    def in_open_tasks(self) -> "SubTaskQuerySet":
        # A subquery and not a join: the guard of an UPDATE must stand in the row's own WHERE clause, or
        # PostgreSQL would not look at it again after waiting for another writer.
        return self.filter(Exists(Task.objects.filter(pk=OuterRef("task_id"), status__in=TASK_OPEN)))

    def with_dependencies_done(self) -> "SubTaskQuerySet":
        return self.filter(~_waiting())

    def available(self) -> "SubTaskQuerySet":
        """Sub-tasks that an executor can claim right now."""
        return self.filter(status=Status.PENDING).in_open_tasks().with_dependencies_done()

    def most_urgent_first(self) -> "SubTaskQuerySet":
        """Order by priority, then by how long it has waited."""
        return self.order_by(*urgency())

    def unfinished(self) -> "SubTaskQuerySet":
        return self.exclude(status__in=FINISHED)

    def for_agents(self) -> "SubTaskQuerySet":
        """Read the task and the assignee along."""
        return self.select_related("task", "assignee")


class SubTask(models.Model):
    """One piece of work: claimed by an executor, submitted, and reviewed."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    task = models.ForeignKey(Task, on_delete=models.CASCADE, related_name="sub_tasks", db_index=False)
    module = models.ForeignKey(
        Module, on_delete=models.PROTECT, null=True, blank=True, related_name="sub_tasks"
    )
    name = models.CharField(max_length=200)
    description = models.TextField(blank=True)
    deliverable = models.TextField(blank=True)
    acceptance = models.TextField(blank=True)
    type = models.CharField(max_length=20, choices=Kind.choices, default=Kind.ONCE)
    recurring_config = models.JSONField(null=True, blank=True)
    priority = models.CharField(max_length=20, choices=Priority.choices, default=Priority.MEDIUM)
    depends_on = models.ManyToManyField(
        "self", through="Dependency", symmetrical=False, related_name="dependents", blank=True
    )

    status = models.CharField(max_length=20, choices=Status.choices, default=Status.PENDING)
    status_since = models.DateTimeField(default=timezone.now, editable=False)
    assignee = models.ForeignKey(
        Agent, on_delete=models.PROTECT, null=True, blank=True, related_name="sub_tasks", db_index=False
    )
    assigned_at = models.DateTimeField(null=True, editable=False)
    attempt = models.PositiveIntegerField(default=0, help_text="Grows with every claim and reassignment.")
    current_session_id = models.CharField(max_length=200, null=True, blank=True)  # noqa: DJ001 - null on the wire
    rework_count = models.PositiveIntegerField(default=0)
    blocked_reason = models.TextField(blank=True)

    created_at = models.DateTimeField(default=timezone.now, editable=False)
    updated_at = models.DateTimeField(default=timezone.now, editable=False)
    completed_at = models.DateTimeField(null=True, editable=False)

    objects = SubTaskQuerySet.as_manager()

    class Meta:
        verbose_name = "sub-task"
        ordering = ["-created_at", "-pk"]
        indexes = [
            models.Index(fields=["-created_at", "-id"], name="sub_task_newest"),
            models.Index(fields=["task", "-created_at"], name="sub_task_by_task"),
            models.Index(fields=["status", "-created_at"], name="sub_task_by_status"),
            models.Index(fields=["assignee", "status"], name="sub_task_by_assignee"),
        ]
        constraints = [
            models.CheckConstraint(condition=~Q(name=""), name="sub_task_has_name"),
            models.CheckConstraint(condition=Q(type__in=Kind.values), name="sub_task_type_known"),
            models.CheckConstraint(condition=Q(priority__in=Priority.values), name="sub_task_priority_known"),
            models.CheckConstraint(condition=Q(status__in=Status.values), name="sub_task_status_known"),
            models.CheckConstraint(
                condition=~Q(status__in=[*sorted(HELD), Status.REVIEW, Status.DONE])
                | Q(assignee__isnull=False),
                name="sub_task_in_hands_has_assignee",
            ),
            models.CheckConstraint(
                condition=~Q(status=Status.PENDING) | Q(assignee=None), name="sub_task_pending_is_nobodys"
            ),
            models.CheckConstraint(
                condition=Q(status=Status.DONE, completed_at__isnull=False)
                | (~Q(status=Status.DONE) & Q(completed_at=None)),
                name="sub_task_done_has_date",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Dependency(models.Model):
    """An edge: `sub_task` waits until `needs` is done."""

    sub_task = models.ForeignKey(SubTask, on_delete=models.CASCADE, related_name="dependencies")
    needs = models.ForeignKey(SubTask, on_delete=models.CASCADE, related_name="dependent_edges")

    class Meta:
        verbose_name_plural = "dependencies"
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["sub_task", "needs"], name="dependency_once"),
            models.CheckConstraint(condition=~Q(sub_task=F("needs")), name="dependency_not_on_itself"),
        ]

    def __str__(self) -> str:
        return f"{self.sub_task_id} needs {self.needs_id}"


def _waiting() -> Exists:
    return Exists(Dependency.objects.filter(sub_task=OuterRef("pk")).exclude(needs__status=Status.DONE))


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


class Action(models.TextChoices):
    CODING = "coding"
    DELIVERY = "delivery"
    BLOCKED = "blocked"
    REFLECTION = "reflection"
    PLAN = "plan"
    REVIEW = "review"
    PATROL = "patrol"


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


def eligible_executors():
    """Agents that may be given work."""
    return Agent.objects.filter(role=Role.EXECUTOR, status=AgentStatus.ACTIVE)
