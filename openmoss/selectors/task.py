"""What the page of a task shows."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property
from uuid import UUID

from django.db.models import Count, F
from django.utils import timezone

from notifications.models import Event
from patrol.models import Finding
from patrol.selectors.standing import Standing
from patrol.selectors.why import why
from tasks.models import Module, Recurrence, Rule, SubTask, Task, waits_for_others
from tasks.selectors import with_next_times
from tasks.workflow import FINISHED, TASK_MOVES, Status, TaskStatus

MOST = 50  # of each list
MOST_MODULES = 200
# Seeing what holds a task up takes a look at everything that is unfinished.
MOST_LOOKED_AT = 500


@dataclass
class Part:
    """A module, or what is in none, with how far it is."""

    module: Module | None
    counts: Counter[str] = field(default_factory=Counter)
    sub_tasks: list[SubTask] = field(default_factory=list)

    @property
    def done(self) -> int:
        return self.counts[Status.DONE]

    @property
    def total(self) -> int:
        """How many there are to do; what was cancelled does not count."""
        return sum(self.counts.values()) - self.counts[Status.CANCELLED]

    @property
    def stuck(self) -> int:
        return self.counts[Status.BLOCKED]


@dataclass(frozen=True)
class Outline:
    """What is around a task, each part read when it is asked for."""

    task: Task

    @cached_property
    def parts(self) -> list[Part]:
        """Its modules with their counts, oldest first, and at the end what is in none."""
        parts = {module.pk: Part(module) for module in self.task.modules.all()[:MOST_MODULES]}
        parts[None] = Part(None)
        for module, status, count in self._counts:
            parts.get(module, parts[None]).counts[status] += count
        return [part for part in parts.values() if part.module or part.counts]

    def with_rows(self, rows: Iterable[SubTask]) -> list[Part]:
        """Put some of its sub-tasks into their parts and return those parts that got any."""
        parts = {part.module and part.module.pk: part for part in self.parts}
        rest = parts.setdefault(None, Part(None))
        for row in rows:
            parts.get(row.module_id, rest).sub_tasks.append(row)
        return [part for part in parts.values() if part.sub_tasks]

    @cached_property
    def whole(self) -> Part:
        """The task as one part."""
        whole = Part(None)
        for _, status, count in self._counts:
            whole.counts[status] += count
        return whole

    @cached_property
    def _counts(self) -> list[tuple[UUID | None, str, int]]:
        rows = SubTask.objects.filter(task=self.task).order_by().values_list("module_id", "status")
        return list(rows.annotate(count=Count("pk")))

    @property
    def size(self) -> int:
        return sum(self.whole.counts.values())

    @property
    def by_status(self) -> list[tuple[str, int]]:
        return [(status, self.whole.counts[status]) for status in Status.values if self.whole.counts[status]]

    @property
    def is_too_large_to_judge(self) -> bool:
        return self.task.is_open and self._unfinished > MOST_LOOKED_AT

    @property
    def _unfinished(self) -> int:
        return sum(count for status, count in self.whole.counts.items() if status not in FINISHED)

    @cached_property
    def standing(self) -> Standing | None:
        """The fact that holds it up, or by which it moves; None when it is closed or too large."""
        if not self.task.is_open or self.is_too_large_to_judge:
            return None
        return next(iter(why(task=self.task)), None)

    @cached_property
    def findings(self) -> list[Finding]:
        """What was found about it and its sub-tasks and is open, critical first."""
        rows = Finding.objects.open().filter(task=self.task).select_related("sub_task")
        # The words happen to sort as they weigh.
        return list(rows.order_by("severity", "created_at", "pk")[:MOST])

    @cached_property
    def recurrences(self) -> list[Recurrence]:
        rows = Recurrence.objects.filter(task=self.task).select_related("task", "assignee", "module")
        living_first = F("ended_at").desc(nulls_first=True)
        return with_next_times(rows.order_by(living_first, "created_at", "pk")[:MOST])

    @cached_property
    def rules(self) -> list[Rule]:
        return list(Rule.objects.filter(task=self.task)[:MOST])

    @property
    def next_statuses(self) -> frozenset[TaskStatus]:
        """Where a person can move it, other than by cancelling it."""
        return TASK_MOVES[TaskStatus(self.task.status)] - {TaskStatus.CANCELLED, self.task.status}

    @property
    def may_cancel(self) -> bool:
        return TaskStatus.CANCELLED in TASK_MOVES[TaskStatus(self.task.status)]


def sub_tasks_of(task: Task, *, module: str = "", status: str = ""):
    """Return the sub-tasks of a task for its page, of one module (`none`: of no module) and status when given."""
    rows = SubTask.objects.filter(task=task).select_related("assignee").annotate(waits=waits_for_others())
    if module:
        rows = rows.filter(module=None if module == "none" else module)
    return rows.filter(status=status) if status else rows


def cursor_of(task: Task) -> str:
    """Return what is another as soon as the page of a task would show something else."""
    event = Event.objects.in_task(task).order_by("-pk").values_list("pk", flat=True).first()
    # How it stands is told with how long that has lasted.
    return f"{event}-{timezone.now():%H%M}" if task.is_open else f"{event}"
