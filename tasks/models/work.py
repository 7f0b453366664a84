"""Task → module → sub-task: once, or again and again by the clock."""

import uuid
from datetime import datetime

from django.db import models
from django.db.models import Case, Exists, F, OuterRef, Q, Subquery, When
from django.utils import timezone

from agents.models import Agent, AgentStatus
from openmoss.access import Role
from openmoss.pages.addresses import address_of
from tasks.recurrence import LONGEST_CRON, LONGEST_ZONE, CatchUp, Overlap, Schedule
from tasks.workflow import FINISHED, HELD, OPEN, TASK_OPEN, Status, TaskStatus


class Kind(models.TextChoices):
    ONCE = "once"
    RECURRING = "recurring"


class Priority(models.TextChoices):
    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"


class TaskQuerySet(models.QuerySet):
    def open(self) -> "TaskQuerySet":
        return self.filter(status__in=TASK_OPEN)

    def without_open_work(self) -> "TaskQuerySet":
        """Tasks in which nothing is left to do: without sub-tasks, or with finished ones only."""
        return self.filter(~Exists(SubTask.objects.filter(task=OuterRef("pk")).unfinished()))

    def without_recurrence(self) -> "TaskQuerySet":
        """Tasks in which the clock makes no more work, unless somebody asks it to."""
        return self.filter(~Exists(Recurrence.objects.living().filter(task=OuterRef("pk"))))


class Task(models.Model):
    """A goal, split by a planner into modules and sub-tasks."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField(max_length=200)
    description = models.TextField(blank=True)
    type = models.CharField(max_length=20, choices=Kind.choices, default=Kind.ONCE)
    status = models.CharField(max_length=20, choices=TaskStatus.choices, default=TaskStatus.PLANNING)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    updated_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = TaskQuerySet.as_manager()

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

    def get_absolute_url(self) -> str:
        return address_of("task", self.pk)

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


TEMPLATE = ("module", "name", "description", "deliverable", "acceptance", "priority", "assignee")


class RecurrenceQuerySet(models.QuerySet):
    def living(self) -> "RecurrenceQuerySet":
        """Everything that has not ended; what is paused still lives."""
        return self.filter(ended_at=None)

    def running(self) -> "RecurrenceQuerySet":
        return self.living().filter(paused_at=None)

    def due(self, now: datetime) -> "RecurrenceQuerySet":
        """What is due in open tasks, and whose last occurrence is finished."""
        unfinished = SubTask.objects.filter(recurrence=OuterRef("pk")).unfinished()
        return self.running().filter(~Exists(unfinished), next_at__lte=now, task__status__in=TASK_OPEN)

    def with_last(self) -> "RecurrenceQuerySet":
        """Add `last_id`, the sub-task of its newest occurrence."""
        newest = SubTask.objects.filter(recurrence=OuterRef("pk")).order_by("-occurrence")
        return self.annotate(last_id=Subquery(newest.values("pk")[:1]))


class Recurrence(models.Model):
    """Work that comes again by the clock: a schedule, and the template of the sub-tasks that it makes."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    task = models.ForeignKey(Task, on_delete=models.CASCADE, related_name="recurrences")
    cron = models.CharField(max_length=LONGEST_CRON)
    overlap = models.CharField(max_length=10, choices=Overlap.choices, default=Overlap.SKIP)
    catch_up = models.CharField(max_length=10, choices=CatchUp.choices, default=CatchUp.ONE)

    module = models.ForeignKey(
        Module, on_delete=models.PROTECT, null=True, blank=True, related_name="recurrences"
    )
    name = models.CharField(max_length=200)
    description = models.TextField(blank=True)
    deliverable = models.TextField(blank=True)
    acceptance = models.TextField(blank=True)
    priority = models.CharField(max_length=20, choices=Priority.choices, default=Priority.MEDIUM)
    assignee = models.ForeignKey(
        Agent, on_delete=models.PROTECT, null=True, blank=True, related_name="recurrences"
    )

    next_at = models.DateTimeField(help_text="The first time that the clock has not dealt with.")
    paused_at = models.DateTimeField(null=True, editable=False)
    ended_at = models.DateTimeField(null=True, editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    updated_at = models.DateTimeField(default=timezone.now, editable=False)
    # The last one, as its name hides the module.
    timezone = models.CharField(max_length=LONGEST_ZONE, default="UTC")

    objects = RecurrenceQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "-pk"]
        indexes = [
            models.Index(fields=["-created_at", "-id"], name="recurrence_newest"),
            models.Index(
                fields=["next_at"], condition=Q(paused_at=None, ended_at=None), name="recurrence_running"
            ),
        ]
        constraints = [
            models.CheckConstraint(condition=~Q(name=""), name="recurrence_has_name"),
            models.CheckConstraint(condition=Q(overlap__in=Overlap.values), name="recurrence_overlap_known"),
            models.CheckConstraint(
                condition=Q(catch_up__in=CatchUp.values), name="recurrence_catch_up_known"
            ),
            models.CheckConstraint(
                condition=Q(priority__in=Priority.values), name="recurrence_priority_known"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def schedule(self) -> Schedule:
        return Schedule(self.cron, self.timezone)

    @property
    def config(self) -> dict:
        """Return the schedule as a sub-task tells it."""
        return {name: getattr(self, name) for name in ("cron", "timezone", "overlap", "catch_up")}

    @property
    def template(self) -> dict:
        """Return what its sub-tasks begin with."""
        return {name: getattr(self, name) for name in TEMPLATE}

    @property
    def state(self) -> str:
        return "ended" if self.ended_at else "paused" if self.paused_at else "active"


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
        return self.filter(~waits_for_others())

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
    recurrence = models.ForeignKey(
        Recurrence, on_delete=models.RESTRICT, null=True, blank=True, related_name="sub_tasks", db_index=False
    )
    occurrence = models.DateTimeField(
        null=True, blank=True, help_text="The time of its recurrence that this one stands for."
    )
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
            models.CheckConstraint(
                condition=Q(recurrence=None, occurrence=None)
                | Q(recurrence__isnull=False, occurrence__isnull=False),
                name="sub_task_of_recurrence_has_occurrence",
            ),
            models.UniqueConstraint(fields=["recurrence", "occurrence"], name="sub_task_once_per_occurrence"),
            models.UniqueConstraint(
                fields=["recurrence"],
                condition=Q(recurrence__isnull=False, status__in=sorted(OPEN)),
                name="sub_task_one_open_occurrence",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return address_of("sub-task", self.pk)


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


def waits_for_others() -> Exists:
    """Ask of a sub-task whether something that it depends on is not done."""
    return Exists(Dependency.objects.filter(sub_task=OuterRef("pk")).exclude(needs__status=Status.DONE))


def eligible_executors():
    """Agents that may be given work."""
    return Agent.objects.filter(role=Role.EXECUTOR, status=AgentStatus.ACTIVE)
