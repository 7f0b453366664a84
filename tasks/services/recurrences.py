"""Recurrences: what the clock makes again and again, until somebody pauses or ends it."""

from collections.abc import Iterable

from django.db import transaction
from django.utils import timezone

from agents.models import Agent
from notifications.services import record
from openmoss.errors import Conflict
from tasks.models import Kind, Module, Recurrence, SubTask, Task
from tasks.recurrence import Schedule
from tasks.services.sub_tasks import create_sub_task, must_be_eligible, must_belong
from tasks.services.tasks import lock_open


def draft_recurrence(task: Task, **fields) -> Recurrence:
    """Return a recurrence that begins with its next time, not yet written; raise Invalid for a bad schedule."""
    recurrence = Recurrence(task=task, **fields)
    recurrence.next_at = recurrence.schedule.after(recurrence.created_at)
    return recurrence


def create_recurrence(
    task: Task, *, module: Module | None = None, assignee: Agent | None = None, by, **fields
) -> Recurrence:
    """Have the clock make a sub-task at every time of a schedule, beginning with the next one."""
    must_belong(module, task)
    recurrence = draft_recurrence(task, module=module, assignee=assignee, **fields)
    with transaction.atomic():
        lock_open(task)
        if assignee is not None:
            must_be_eligible(assignee)
        recurrence.save(force_insert=True)
        record("recurrence.create", subject=recurrence, actor=by, **recurrence.config)
    return recurrence


def begin_recurring(task: Task, *, depends_on: Iterable[SubTask] = (), by, **fields) -> SubTask:
    """Create a recurrence with the sub-task of the time that came last, to be done now; return that one."""
    with transaction.atomic():
        recurrence = create_recurrence(task, by=by, **fields)
        return create_sub_task(
            task,
            **recurrence.template,
            type=Kind.RECURRING,
            recurrence=recurrence,
            occurrence=recurrence.schedule.latest(recurrence.created_at),
            depends_on=depends_on,
            by=by,
        )


def edit_recurrence(recurrence: Recurrence, *, by, **changes) -> Recurrence:
    """Change what comes from now on; sub-tasks that are there stay as they are."""
    changes = {field: value for field, value in changes.items() if value != getattr(recurrence, field)}
    if not changes:
        return recurrence
    must_belong(changes.get("module"), recurrence.task)
    fields = sorted(changes)
    if {"cron", "timezone"} & changes.keys():
        schedule = Schedule(*(changes.get(name, getattr(recurrence, name)) for name in ("cron", "timezone")))
        changes["next_at"] = schedule.after(timezone.now())
    with transaction.atomic():
        lock_open(recurrence.task)
        if changes.get("assignee"):
            must_be_eligible(changes["assignee"])
        _update(recurrence, **changes)
        record("recurrence.edit", subject=recurrence, actor=by, fields=fields)
    return recurrence


def pause_recurrence(recurrence: Recurrence, *, by, why: str = "") -> Recurrence:
    """Keep the clock from making more until somebody resumes it."""
    if recurrence.state == "paused":
        return recurrence
    with transaction.atomic():
        _update(recurrence, paused_at=timezone.now())
        record("recurrence.pause", subject=recurrence, actor=by, now=recurrence.state, why=why)
    return recurrence


def resume_recurrence(recurrence: Recurrence, *, by, why: str = "") -> Recurrence:
    """Go on with the next time; what was due in the pause is not made up for."""
    if recurrence.state == "active":
        return recurrence
    with transaction.atomic():
        _update(recurrence, paused_at=None, next_at=recurrence.schedule.after(timezone.now()))
        record("recurrence.resume", subject=recurrence, actor=by, now=recurrence.state, why=why)
    return recurrence


def end_recurrence(recurrence: Recurrence, *, by, why: str = "") -> Recurrence:
    """Make no more, for good; the sub-tasks that are there stay."""
    if recurrence.state == "ended":
        return recurrence
    with transaction.atomic():
        _update(recurrence, ended_at=timezone.now())
        record("recurrence.end", subject=recurrence, actor=by, now=recurrence.state, why=why)
    return recurrence


def _update(recurrence: Recurrence, **changes) -> None:
    if recurrence.ended_at:
        raise Conflict(f"Recurrence '{recurrence}' has ended.", hint="Create a new one.")
    changes["updated_at"] = timezone.now()
    # Not its next time: that is the clock's, and moves on while people think.
    seen = {name: getattr(recurrence, name) for name in ("cron", "timezone", "paused_at")}
    if not Recurrence.objects.living().filter(pk=recurrence.pk, **seen).update(**changes):
        raise Conflict(f"Somebody else changed recurrence '{recurrence}' first.", hint="Fetch it again.")
    for field, value in changes.items():
        setattr(recurrence, field, value)
