"""Planning sub-tasks: creating, editing, and what waits for what."""

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction
from django.utils import timezone

from agents.models import Agent, AgentStatus
from agents.services import hold
from notifications.services import record
from openmoss.access import Role
from openmoss.errors import Conflict, Invalid
from tasks.models import Dependency, Kind, Module, Priority, Recurrence, SubTask, Task
from tasks.services.refusals import words
from tasks.services.tasks import lock_open
from tasks.workflow import EDITABLE, Status

MOST_DEPENDENCIES = 100


def create_sub_task(
    task: Task,
    *,
    name: str,
    description: str = "",
    deliverable: str = "",
    acceptance: str = "",
    priority: str = Priority.MEDIUM,
    type: str = Kind.ONCE,
    module: Module | None = None,
    assignee: Agent | None = None,
    recurrence: Recurrence | None = None,
    occurrence: datetime | None = None,
    depends_on: Iterable[SubTask] = (),
    by,
) -> SubTask:
    """Add a sub-task, given to an executor at once or left for anybody to claim."""
    must_belong(module, task)
    sub_task = SubTask(
        task=task,
        name=name,
        description=description,
        deliverable=deliverable,
        acceptance=acceptance,
        priority=priority,
        type=type,
        module=module,
        assignee=assignee,
        recurrence=recurrence,
        occurrence=occurrence,
        status=Status.ASSIGNED if assignee else Status.PENDING,
        attempt=1 if assignee else 0,
        assigned_at=timezone.now() if assignee else None,
    )
    needs = _checked(sub_task, depends_on)
    with transaction.atomic():
        lock_open(task)
        if assignee is not None:
            must_be_eligible(assignee)
        sub_task.save(force_insert=True)
        Dependency.objects.bulk_create([Dependency(sub_task=sub_task, needs=need) for need in needs])
        handed_to = {"assignee": str(assignee.pk), "assignee_name": assignee.name} if assignee else {}
        record("sub_task.create", subject=sub_task, actor=by, now=sub_task.status, **handed_to)
    return sub_task


def edit_sub_task(
    sub_task: SubTask, *, by, depends_on: Iterable[SubTask] | None = None, **changes
) -> SubTask:
    """Change the brief of a sub-task that nobody has started; `depends_on` replaces all its dependencies."""
    if sub_task.status not in EDITABLE:
        raise Conflict(
            f"Sub-task '{sub_task}' is {words(sub_task.status)}; only one that nobody has started can be edited.",
            hint="Write a sub-task rule instead, or cancel it and create another.",
        )
    changes = {field: value for field, value in changes.items() if value != getattr(sub_task, field)}
    if not changes and depends_on is None:
        return sub_task
    must_belong(changes.get("module"), sub_task.task)
    fields = sorted(changes) + (["depends_on"] if depends_on is not None else [])
    now = timezone.now()
    with transaction.atomic():
        # Two edits that together close a circle must not pass each other unseen.
        lock_open(sub_task.task)
        rows = SubTask.objects.filter(pk=sub_task.pk, status=sub_task.status, attempt=sub_task.attempt)
        if not rows.update(**changes, updated_at=now):
            raise Conflict(f"Somebody else changed sub-task '{sub_task}' first.", hint="Fetch it again.")
        if depends_on is not None:
            needs = _checked(sub_task, depends_on)
            _refuse_circle(sub_task, needs)
            sub_task.dependencies.all().delete()
            Dependency.objects.bulk_create([Dependency(sub_task=sub_task, needs=need) for need in needs])
        record("sub_task.edit", subject=sub_task, actor=by, fields=fields)
    for field, value in changes.items():
        setattr(sub_task, field, value)
    sub_task.updated_at = now
    return sub_task


def _checked(sub_task: SubTask, depends_on: Iterable[SubTask]) -> list[SubTask]:
    needs = list({need.pk: need for need in depends_on}.values())
    if len(needs) > MOST_DEPENDENCIES:
        raise Invalid.field("depends_on", f"Give at most {MOST_DEPENDENCIES} sub-tasks.")
    for need in needs:
        if need.pk == sub_task.pk:
            raise Invalid.field("depends_on", f"Sub-task '{sub_task}' cannot wait for itself.")
        if need.task_id != sub_task.task_id:
            raise Invalid.field("depends_on", f"Sub-task '{need}' belongs to another task.")
    return needs


def _refuse_circle(sub_task: SubTask, needs: list[SubTask]) -> None:
    """Raise Invalid naming the circle, when one of `needs` already waits for `sub_task`."""
    edges: dict = {}
    for waiting, need in Dependency.objects.filter(sub_task__task=sub_task.task_id).values_list(
        "sub_task_id", "needs_id"
    ):
        edges.setdefault(waiting, []).append(need)
    came_from: dict = {}
    to_visit = [need.pk for need in needs]
    while to_visit:
        visited = to_visit.pop()
        if visited == sub_task.pk:
            raise Invalid.field("depends_on", f"That would be a circle: {_circle(sub_task, came_from)}.")
        for need in edges.get(visited, ()):
            if need not in came_from:
                came_from[need] = visited
                to_visit.append(need)


def _circle(sub_task: SubTask, came_from: dict) -> str:
    way = [sub_task.pk]
    while (step := came_from.get(way[-1])) is not None and step not in way:
        way.append(step)
    names = {row.pk: row.name for row in SubTask.objects.filter(pk__in=way)}
    return " needs ".join(f"'{names[step]}'" for step in [sub_task.pk, *reversed(way)])


def must_belong(module: Module | None, task: Task) -> None:
    """Raise Invalid for a module of another task."""
    if module is not None and module.task_id != task.pk:
        raise Invalid.field("module_id", f"Module '{module}' belongs to another task.")


def must_be_eligible(agent: Agent) -> None:
    """Raise Invalid unless the agent may be given work, and keep it so until the transaction ends."""
    hold(agent)
    agent = Agent.objects.get(pk=agent.pk)
    if agent.role != Role.EXECUTOR or agent.status != AgentStatus.ACTIVE:
        raise Invalid.field(
            "assigned_agent",
            f"{agent.name} is a {agent.role}, {agent.status}; work goes to an active executor.",
            hint="`agents --role executor` lists them.",
        )
