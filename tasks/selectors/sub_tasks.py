"""Sub-tasks as agents are told of them."""

from collections import defaultdict
from collections.abc import Iterable
from uuid import UUID

from openmoss.access import role_of
from openmoss.api.lookup import find
from openmoss.prepared import Prepared
from tasks.models import Dependency, Recurrence, SubTask
from tasks.workflow import Status, moves_open_to


def find_sub_task(id: str, *, field: str = "") -> SubTask:
    """Return the sub-task with this id, its task and its assignee read along; raise as `find` does."""
    return find(SubTask.objects.for_agents(), id, field=field, by_pk=_SUB_TASK)


_SUB_TASK = Prepared(lambda pk: SubTask.objects.for_agents().order_by().filter(pk=pk), pk=UUID)


def as_told_to(by, sub_tasks: Iterable[SubTask]) -> list[SubTask]:
    """Add to sub-tasks what `by` is told of them: `needs`, what they wait for, `can`, the moves open to it,
    and the `recurring_config` of those that the clock repeats.

    The rows come from `SubTask.objects.for_agents()`; this costs one more query, or two.
    """
    sub_tasks = list(sub_tasks)
    needs, waiting = defaultdict(list), set()
    for pk, need, status in _edges_of([sub_task.pk for sub_task in sub_tasks]):
        needs[pk].append(need)
        if status != Status.DONE:
            waiting.add(pk)
    role = role_of(by)
    configs = _configs_of(sub_tasks)
    for sub_task in sub_tasks:
        sub_task.recurring_config = configs.get(sub_task.recurrence_id)
        sub_task.needs = needs[sub_task.pk]
        sub_task.can = _moves(sub_task, by, role, ready=sub_task.pk not in waiting)
    return sub_tasks


_EDGE = ("sub_task_id", "needs_id", "needs__status")
_EDGES_OF_ONE = Prepared(
    lambda pk: Dependency.objects.filter(sub_task_id=pk).order_by("pk").values_list(*_EDGE), pk=UUID
)


def _edges_of(ids: list[UUID]) -> list[tuple]:
    if len(ids) == 1:
        return _EDGES_OF_ONE(pk=ids[0])
    return list(Dependency.objects.filter(sub_task__in=ids).order_by("pk").values_list(*_EDGE))


def _configs_of(sub_tasks: list[SubTask]) -> dict[UUID, dict]:
    # A read of its own and not a join: most sub-tasks are no occurrence, and each of them would pay for it.
    ids = {sub_task.recurrence_id for sub_task in sub_tasks} - {None}
    return {row.pk: row.config for row in Recurrence.objects.filter(pk__in=ids)} if ids else {}


def _moves(sub_task: SubTask, by, role: str, *, ready: bool) -> list[str]:
    holder = by is not None and sub_task.assignee_id == by.pk
    moves = moves_open_to(status=sub_task.status, role=role, holder=holder, ready=ready)
    return moves if sub_task.task.is_open else [move for move in moves if move != "claim"]
