"""What there is to know about the open tasks, each part read once, however many they are."""

from collections import defaultdict
from datetime import datetime, timedelta
from functools import cached_property
from uuid import UUID

from openmoss.access import Role
from openmoss.durations import in_words
from patrol.detectors.scene import Scene
from patrol.selectors.pressing import pressing
from tasks.models import ActivityLog, Dependency, Recurrence, SubTask, Task
from tasks.selectors import HELP_KEPT_FOR, unanswered_calls
from tasks.workflow import FINISHED, OPEN, Status

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
    def _ids(self) -> list[UUID]:
        return [task.pk for task in self.tasks]

    @cached_property
    def pressing(self) -> dict[UUID, list[SubTask]]:
        """Of the unfinished sub-tasks of each task those that could hold it up, as `pressing` reads them.

        A task that has none has no unfinished sub-task.
        """
        rows = SubTask.objects.filter(status__in=OPEN, task__in=self._ids)
        by_task = defaultdict(list)
        for row in pressing(rows, self.scene, also=self.calls).order_by("status_since"):
            by_task[row.task_id].append(row)
        return by_task

    @cached_property
    def at_rest(self) -> dict[UUID, Task]:
        """The tasks in which nothing is left to do and nothing will come by itself."""
        return {task.pk: task for task in self.scene.at_rest}

    @cached_property
    def recurrences(self) -> dict[UUID, Recurrence]:
        """What will come next in each task by itself: of what runs, the soonest; of what is paused, any."""
        rows = Recurrence.objects.living().filter(task__in=self._ids)
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

    @property
    def has_overdue_review(self) -> bool:
        """Say whether anything has waited for its review longer than it should."""
        limit = self.now - timedelta(minutes=self.limits.review_warning)
        rows = SubTask.objects.filter(status=Status.REVIEW, task__in=self._ids)
        return rows.filter(status_since__lte=limit).exists()

    @cached_property
    def _dependents(self) -> dict[UUID, list[UUID]]:
        edges = Dependency.objects.filter(sub_task__task__in=self._ids).exclude(sub_task__status__in=FINISHED)
        edges = edges.exclude(needs__status=Status.DONE).order_by()
        by_need = defaultdict(list)
        for need, pk in edges.values_list("needs_id", "sub_task_id"):
            by_need[need].append(pk)
        return by_need

    @cached_property
    def _cancelled_needs(self) -> dict[UUID, SubTask]:
        ids = {row.cancelled_need_id for rows in self.pressing.values() for row in rows} - {None}
        return SubTask.objects.in_bulk(ids) if ids else {}

    def cancelled_need(self, row: SubTask) -> SubTask | None:
        """Return what a sub-task waits for although it was cancelled."""
        return self._cancelled_needs.get(row.cancelled_need_id)

    def waits(self, row: SubTask) -> bool:
        """Say whether a sub-task waits for others that are still open: those have a fact of their own."""
        if row.status not in (Status.PENDING, Status.ASSIGNED):
            return False
        return row.waits_for_others and self.cancelled_need(row) is None

    def behind(self, row: SubTask) -> int:
        """Count the sub-tasks of its task that wait for this one, directly or not."""
        behind, next_ones = {row.pk}, [row.pk]
        while next_ones:
            next_ones = [pk for one in next_ones for pk in self._dependents.get(one, ()) if pk not in behind]
            behind.update(next_ones)
        return len(behind) - 1

    def lasted(self, since: datetime) -> str:
        """Return how long something has lasted, in words."""
        return in_words(self.now - since)

    def longer(self, since: datetime, minutes: int) -> bool:
        """Say whether something has lasted for so many minutes."""
        return self.now - since >= timedelta(minutes=minutes)
