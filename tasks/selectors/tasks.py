"""Tasks as a person reads them in a list: how far they are, what moves, and what happened last."""

from collections import defaultdict
from collections.abc import Iterable

from django.db.models import Count, OuterRef, Q, QuerySet, Subquery

from agents.models import Agent
from notifications.models import Event
from tasks.models import Module, Recurrence, SubTask, Task, eligible_executors
from tasks.workflow import FINISHED, HELD, TASK_OPEN, Status

MOVING = HELD | {Status.REVIEW}
MOST_NEEDS = 200


def tasks_like(status: str, kind: str, words: str) -> QuerySet[Task]:
    """Return tasks of a status (or `open`, or `all`) and kind that have these words in name or description."""
    rows = Task.objects.all()
    if status != "all":
        rows = rows.filter(status__in=TASK_OPEN if status == "open" else [status])
    if kind:
        rows = rows.filter(type=kind)
    if words:
        rows = rows.filter(Q(name__icontains=words) | Q(description__icontains=words))
    return rows


def with_progress(tasks: Iterable[Task]) -> list[Task]:
    """Add to tasks `total`, `done`, `moving`, `blocked`, `module_count`, `repeats` and `last_at`; four queries."""
    tasks = list(tasks)
    counts = defaultdict(dict)
    by_status = SubTask.objects.filter(task__in=tasks).order_by().values_list("task_id", "status")
    for pk, status, count in by_status.annotate(Count("pk")):
        counts[pk][status] = count
    modules = dict(
        Module.objects.filter(task__in=tasks).order_by().values_list("task_id").annotate(Count("pk"))
    )
    repeats = set(Recurrence.objects.running().filter(task__in=tasks).values_list("task_id", flat=True))
    last = Event.objects.filter(task_id=OuterRef("pk")).order_by("-pk").values("at")[:1]
    ids = [task.pk for task in tasks]
    last_at = dict(Task.objects.filter(pk__in=ids).order_by().values_list("pk", Subquery(last)))
    for task in tasks:
        found = counts[task.pk]
        task.total = sum(found.values()) - found.get(Status.CANCELLED, 0)
        task.done = found.get(Status.DONE, 0)
        task.moving = sum(found.get(status, 0) for status in MOVING)
        task.blocked = found.get(Status.BLOCKED, 0)
        task.module_count = modules.get(task.pk, 0)
        task.repeats = task.pk in repeats
        task.last_at = last_at.get(task.pk) or task.updated_at
    return tasks


def at_stake(task: Task) -> tuple[int, int]:
    """Return how many open sub-tasks a task has, and how many agents work on them."""
    rows = SubTask.objects.filter(task=task).unfinished().order_by()
    held = Count("assignee", distinct=True, filter=Q(status__in=MOVING))
    return tuple(rows.aggregate(open=Count("pk"), agents=held).values())


def executors_by_load(*, also: Agent | None = None) -> QuerySet[Agent]:
    """Return who may be given work, with `load`, the sub-tasks that each has in hands; the freest first.

    `also` names one more, whatever its status.
    """
    load = Count("sub_tasks", filter=Q(sub_tasks__status__in=HELD))
    rows = eligible_executors() | Agent.objects.filter(pk=also.pk if also else None)
    return rows.annotate(load=load).order_by("load", "name")


def possible_needs(task: Task, *, of: SubTask | None = None) -> list[SubTask]:
    """Return the newest 200 sub-tasks that another one of their task could wait for, unfinished ones first.

    With `of`, whatever it waits for already is among them.
    """
    rows = SubTask.objects.filter(task=task).exclude(pk=of.pk if of else None).only("name", "status", "task")
    newest = rows.exclude(status=Status.CANCELLED)[:MOST_NEEDS]
    found = {row.pk: row for row in [*newest, *(rows.filter(dependent_edges__sub_task=of) if of else ())]}
    oldest_first = list(found.values())[::-1]
    return sorted(oldest_first, key=lambda row: row.status in FINISHED)
