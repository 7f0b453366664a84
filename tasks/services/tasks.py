"""Tasks and modules."""

from django.db import transaction
from django.utils import timezone

from notifications.services import record, record_each
from openmoss.errors import Conflict, Invalid
from tasks.models import Kind, Module, Recurrence, SubTask, Task
from tasks.workflow import TASK_CLOSING, TASK_EDITABLE, TASK_MOVES, TASK_OPEN, Status, TaskStatus


def create_task(*, name: str, description: str = "", type: str = Kind.ONCE, by) -> Task:
    """Open a task in planning."""
    with transaction.atomic():
        task = Task.objects.create(name=name, description=description, type=type)
        record("task.create", subject=task, actor=by, now=task.status)
    return task


def edit_task(task: Task, *, by, **changes) -> Task:
    """Change name or description while the task is in planning or active."""
    if task.status not in TASK_EDITABLE:
        raise Conflict(
            f"Task '{task}' is {words(task)}; only a task in planning or active can be edited.",
            hint="Write a task rule instead: agents read it before they work.",
        )
    changes = {field: value for field, value in changes.items() if value != getattr(task, field)}
    if changes:
        with transaction.atomic():
            _update(task, **changes)
            record("task.edit", subject=task, actor=by, fields=sorted(changes))
    return task


def set_task_status(task: Task, status: str, *, by) -> Task:
    """Move a task to another status; a task closes only when nothing in it is open any more."""
    status = TaskStatus(status)
    if status == task.status:
        return task
    if status == TaskStatus.CANCELLED:
        raise Invalid.field("status", "A task is cancelled with its sub-tasks: POST /api/tasks/{id}/cancel.")
    _check_move(task, status)
    with transaction.atomic():
        was = task.status
        _update(task, status=status)
        if status in TASK_CLOSING:
            _nothing_open(task)
        if status in TASK_OPEN and was not in TASK_OPEN:
            _go_on(task)
        record("task.set_status", subject=task, actor=by, was=was, now=status)
    return task


def begin_task(task_id, *, by) -> None:
    """Move a task to in progress when the first of its sub-tasks starts; otherwise do nothing."""
    # Locked, so that of two first starts at the same moment the second finds nothing left to do.
    task = Task.objects.select_for_update().filter(pk=task_id, status__in=TASK_EDITABLE).first()
    if task is not None:
        was = task.status
        _update(task, status=TaskStatus.IN_PROGRESS)
        record("task.set_status", subject=task, actor=by, was=was, now=task.status)


def cancel_task(task: Task, *, by, why: str = "") -> Task:
    """End a task and everything in it that is still open."""
    if task.status == TaskStatus.CANCELLED:
        return task
    _check_move(task, TaskStatus.CANCELLED)
    with transaction.atomic():
        was = task.status
        _update(task, status=TaskStatus.CANCELLED)
        record("task.cancel", subject=task, actor=by, was=was, now=task.status, why=why)
        sub_tasks = list(SubTask.objects.select_for_update().filter(task=task).unfinished())
        statuses = {sub_task.pk: sub_task.status for sub_task in sub_tasks}
        now = timezone.now()
        SubTask.objects.filter(pk__in=statuses).update(
            status=Status.CANCELLED, status_since=now, updated_at=now, current_session_id=None
        )
        record_each(
            "sub_task.cancel", subjects=sub_tasks, actor=by, was=statuses, now=Status.CANCELLED, why=why
        )
    return task


def create_module(task: Task, *, name: str, description: str = "", by) -> Module:
    """Add a module to an open task."""
    with transaction.atomic():
        lock_open(task)
        module = Module.objects.create(task=task, name=name, description=description)
        record("module.create", subject=module, actor=by)
    return module


def lock_open(task: Task) -> None:
    """Hold the task's row so that nobody closes it in between; raise Conflict when it is closed."""
    task.status = Task.objects.select_for_update().values_list("status", flat=True).get(pk=task.pk)
    if not task.is_open:
        raise Conflict(
            f"Task '{task}' is {words(task)}; nothing in it can be added or edited.",
            hint="Reopen it with `task status <id> active`."
            if task.status == TaskStatus.COMPLETED
            else "Create a new task.",
        )


def words(task: Task) -> str:
    """Return the status of a task as a reader says it."""
    return task.get_status_display().lower()


def _check_move(task: Task, status: TaskStatus) -> None:
    allowed = TASK_MOVES[TaskStatus(task.status)]
    if status not in allowed:
        raise Conflict(
            f"Task '{task}' is {words(task)}; it cannot become {status.label.lower()}.",
            hint=f"From here: {', '.join(sorted(allowed))}."
            if allowed
            else "This status is final; create a new task.",
        )


def _update(task: Task, **changes) -> None:
    changes["updated_at"] = timezone.now()
    if not Task.objects.filter(pk=task.pk, status=task.status).update(**changes):
        raise Conflict(f"Somebody else changed task '{task}' first.", hint="Fetch it again.")
    for field, value in changes.items():
        setattr(task, field, value)


def _go_on(task: Task) -> None:
    """Let the recurrences of a reopened task go on with their next time."""
    for recurrence in Recurrence.objects.running().filter(task=task):
        next_at = recurrence.schedule.after(timezone.now())
        Recurrence.objects.filter(pk=recurrence.pk).update(next_at=next_at)


def _nothing_open(task: Task) -> None:
    still_open = list(SubTask.objects.filter(task=task).unfinished()[:6])
    if still_open:
        names = ", ".join(
            f"'{sub_task}' ({sub_task.get_status_display().lower()})" for sub_task in still_open[:5]
        )
        more = " and others" if len(still_open) > 5 else ""
        raise Conflict(
            f"Task '{task}' still has open sub-tasks: {names}{more}.",
            hint="Wait until they are done, or cancel what is not wanted any more.",
        )
