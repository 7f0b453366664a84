"""What there is to know about the open tasks, each part read once, however many they are."""

from collections import defaultdict
from datetime import datetime, timedelta
from functools import cached_property
from uuid import UUID

from openmoss.access import Role
from openmoss.durations import in_words
from patrol.detectors.scene import Scene, ready_since
from tasks.models import ActivityLog, Dependency, Recurrence, SubTask, Task
from tasks.selectors import HELP_KEPT_FOR, unanswered_calls
from tasks.workflow import Status

# More open tasks than anybody can follow.
MOST_TASKS = 500


class Office:
    """The open tasks, or one of them, and what is around them."""

    def __init__(self, scene: Scene, task: Task | None) -> None:
        self.scene = scene
        self.now = scene.now
        self.limits = scene.limits
        self._only = {"pk": task.pk} if task else {}

    @cached_property
    def tasks(self) -> list[Task]:
        return list(Task.objects.open().filter(**self._only).order_by("created_at", "pk")[:MOST_TASKS])

    @cached_property
    def unfinished(self) -> dict[UUID, list[SubTask]]:
        """The unfinished sub-tasks of each task, with `could_since`: since when they could go on."""
        rows = SubTask.objects.unfinished().filter(task__in=[task.pk for task in self.tasks])
        rows = rows.annotate(could_since=ready_since("status_since")).select_related("assignee")
        by_task = defaultdict(list)
        for row in rows.order_by("status_since"):
            by_task[row.task_id].append(row)
        return by_task

    @cached_property
    def at_rest(self) -> dict[UUID, Task]:
        """The tasks in which nothing is left to do and nothing will come by itself."""
        return {task.pk: task for task in self.scene.at_rest}

    @cached_property
    def recurrences(self) -> dict[UUID, Recurrence]:
        """What will come next in each task by itself: of what runs, the soonest; of what is paused, any."""
        rows = Recurrence.objects.living().filter(task__in=[task.pk for task in self.tasks])
        by_task: dict[UUID, Recurrence] = {}
        for row in sorted(rows, key=lambda row: (row.paused_at is not None, row.next_at)):
            by_task.setdefault(row.task_id, row)
        return by_task

    @cached_property
    def calls(self) -> dict[UUID, ActivityLog]:
        """The oldest unanswered call for help about each sub-task."""
        calls = unanswered_calls(since=self.now - HELP_KEPT_FOR).select_related("agent")
        return {call.sub_task_id: call for call in calls.order_by("-created_at")}

    @cached_property
    def somebody_is_idle(self) -> bool:
        """Say whether an active executor has nothing to do."""
        return any(agent.held_since is None for agent in self.scene.active(Role.EXECUTOR))

    @cached_property
    def _needs(self) -> dict[UUID, list[SubTask]]:
        edges = Dependency.objects.filter(sub_task__task__in=[task.pk for task in self.tasks])
        by_sub_task = defaultdict(list)
        for edge in edges.exclude(needs__status=Status.DONE).select_related("needs"):
            by_sub_task[edge.sub_task_id].append(edge.needs)
        return by_sub_task

    def cancelled_need(self, row: SubTask) -> SubTask | None:
        """Return what a sub-task waits for although it was cancelled."""
        return next((need for need in self._needs[row.pk] if need.status == Status.CANCELLED), None)

    def waits(self, row: SubTask) -> bool:
        """Say whether a sub-task waits for others that are still open: those have a fact of their own."""
        if row.status not in (Status.PENDING, Status.ASSIGNED):
            return False
        return bool(self._needs[row.pk]) and self.cancelled_need(row) is None

    def behind(self, row: SubTask) -> int:
        """Count the sub-tasks of its task that wait for this one, directly or not."""
        behind = {row.pk}
        # Each pass goes one step further; a plan is seldom more than a few steps deep.
        while more := {
            other.pk
            for other in self.unfinished[row.task_id]
            if other.pk not in behind and any(need.pk in behind for need in self._needs[other.pk])
        }:
            behind |= more
        return len(behind) - 1

    def lasted(self, since: datetime) -> str:
        """Return how long something has lasted, in words."""
        return in_words(self.now - since)

    def longer(self, since: datetime, minutes: int) -> bool:
        """Say whether something has lasted for so many minutes."""
        return self.now - since >= timedelta(minutes=minutes)
