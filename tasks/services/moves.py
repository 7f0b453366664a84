"""The moves of a sub-task. Each checks the table, then changes the row only if it is still what was seen."""

from copy import copy

from django.db import transaction
from django.utils import timezone

from agents.models import Agent
from agents.services import hold
from notifications.services import record
from openmoss.access import ANY_AGENT, role_of
from openmoss.errors import Conflict, Forbidden, Invalid
from tasks.models import SubTask
from tasks.services import refusals
from tasks.services.guard import move_row
from tasks.services.tasks import begin_task
from tasks.workflow import MOVES, Status

# Agents lose answers and try again: the second time these answer with what the first one did.
RETRY_SAFE = frozenset({"claim", "start", "submit"})


def claim(sub_task: SubTask, *, by: Agent, session_id: str | None = None) -> SubTask:
    """Take a pending sub-task; exactly one of many callers gets it."""
    return _move(sub_task, "claim", by=by, **_handed_to(sub_task, by, session_id))


def claim_next(*, by: Agent, session_id: str | None = None, **where) -> SubTask | None:
    """Return the caller's next piece of work: own rework, own assigned work, else the most urgent free one, claimed.

    `where` narrows it, for example `task=…`. None when there is nothing.
    """
    rows = SubTask.objects.for_agents().filter(**where)
    own = rows.filter(assignee=by).with_dependencies_done()
    for status in (Status.REWORK, Status.ASSIGNED):
        if mine := own.filter(status=status).most_urgent_first().first():
            return mine
    with transaction.atomic():
        # Choosing and taking are one transaction: on SQLite the write lock is held already, and on
        # PostgreSQL others skip the row that is being taken.
        free = SubTask.objects.filter(**where).available().most_urgent_first()
        chosen = free.select_for_update(skip_locked=True, of=("self",)).first()
        if chosen is None:
            return None
        return claim(SubTask.objects.for_agents().get(pk=chosen.pk), by=by, session_id=session_id)


def start(sub_task: SubTask, *, by: Agent, session_id: str | None = None) -> SubTask:
    """Begin to work, in the conversation named by `session_id`; the first start moves the task on."""
    changes = {"current_session_id": session_id} if session_id else {}
    with transaction.atomic():
        if sub_task.status != Status.IN_PROGRESS:
            # The task before its sub-task, as everywhere: two who lock both must not wait for each other.
            begin_task(sub_task.task_id, by=by)
        sub_task = _move(sub_task, "start", by=by, **changes)
        # Only now, as another session of this agent may have been the one that started it.
        _session_must_match(sub_task, session_id)
    return sub_task


def submit(sub_task: SubTask, *, by: Agent, session_id: str | None = None) -> SubTask:
    """Hand finished work to review; `session_id`, when given, must be the one that works on it."""
    if sub_task.status == Status.IN_PROGRESS and by is not None and sub_task.assignee_id == by.pk:
        _session_must_match(sub_task, session_id)
    return _move(sub_task, "submit", by=by)


def release(sub_task: SubTask, *, by, why: str) -> SubTask:
    """Give work back so that another executor can take it; a person and the clock may do it for its holder."""
    if not why.strip():
        raise Invalid.field("reason", "Say why, for whoever takes it next.")
    return _move(sub_task, "release", by=by, why=why, **_nobody())


def approve(sub_task: SubTask, *, by) -> SubTask:
    """Finish reviewed work. Called by `reviews.services.review`, never alone."""
    return _move(sub_task, "approve", by=by, completed_at=timezone.now())


def reject(sub_task: SubTask, *, by, why: str, hand_to: Agent | None = None) -> SubTask:
    """Send reviewed work back, to `hand_to` when given. Called by `reviews.services.review`, never alone."""
    changes = {"rework_count": sub_task.rework_count + 1}
    if hand_to is not None and hand_to.pk != sub_task.assignee_id:
        changes |= _handed_to(sub_task, hand_to)
    return _move(sub_task, "reject", by=by, why=why, **changes)


def block(sub_task: SubTask, *, by, why: str = "") -> SubTask:
    """Take work out of the flow until a planner decides; its assignee is kept for the record."""
    return _move(sub_task, "block", by=by, why=why, blocked_reason=why, current_session_id=None)


def reassign(sub_task: SubTask, *, to: Agent, by, why: str = "") -> SubTask:
    """Give work to a certain executor, as a new attempt."""
    return _move(sub_task, "reassign", by=by, why=why, blocked_reason="", **_handed_to(sub_task, to))


def unblock(sub_task: SubTask, *, by, why: str = "") -> SubTask:
    """Let anybody claim blocked work again."""
    return _move(sub_task, "unblock", by=by, why=why, blocked_reason="", **_nobody())


def cancel(sub_task: SubTask, *, by, why: str = "") -> SubTask:
    """End work that is no longer wanted."""
    return _move(sub_task, "cancel", by=by, why=why, current_session_id=None)


def bind_session(sub_task: SubTask, *, session_id: str, by: Agent) -> SubTask:
    """Say in which conversation the work goes on; only its assignee may, while it is in progress."""
    refusals.role_must_fit("start", by)
    if sub_task.status != Status.IN_PROGRESS:
        raise Conflict(
            f"Sub-task '{sub_task}' is {refusals.words(sub_task.status)}.",
            hint="A session belongs to work in progress.",
        )
    refusals.must_hold(sub_task, by)
    now = timezone.now()
    with transaction.atomic():
        rows = SubTask.objects.filter(pk=sub_task.pk, status=sub_task.status, attempt=sub_task.attempt)
        if not rows.update(current_session_id=session_id, updated_at=now):
            raise Conflict(f"Somebody else changed sub-task '{sub_task}' first.", hint="Fetch it again.")
        record("sub_task.bind_session", subject=sub_task, actor=by, session=session_id)
    sub_task.current_session_id, sub_task.updated_at = session_id, now
    return sub_task


def _move(sub_task: SubTask, name: str, *, by, why: str = "", **changes) -> SubTask:
    """Make the move `name` or raise; the update and its event are one transaction."""
    if _already(sub_task, name, by=by):
        return sub_task
    _check(sub_task, name, by=by)
    new_assignee = changes.get("assignee")
    was, now = sub_task.status, timezone.now()
    changes |= {"status": MOVES[name].target, "status_since": now, "updated_at": now}
    with transaction.atomic():
        if new_assignee:
            hold(new_assignee)
        if not move_row(sub_task, name, changes):
            return _repeated_or_refused(sub_task, name, by=by, to=new_assignee)
        details = {"attempt": changes.get("attempt", sub_task.attempt)}
        if new_assignee:
            details |= {"assignee": str(new_assignee.pk), "assignee_name": new_assignee.name}
        record(
            f"sub_task.{name}", subject=sub_task, actor=by, was=was, now=changes["status"], why=why, **details
        )
    for field, value in changes.items():
        setattr(sub_task, field, value)
    return sub_task


def _check(sub_task: SubTask, name: str, *, by) -> None:
    """Raise when the table does not give this move to this caller in this status."""
    move = MOVES[name]
    refusals.role_must_fit(name, by)
    if sub_task.status not in move.sources:
        raise refusals.wrong_state(sub_task, name, by)
    if move.by_holder and role_of(by) in ANY_AGENT:
        refusals.must_hold(sub_task, by)
    if move.not_by_holder and by is not None and sub_task.assignee_id == by.pk:
        raise Forbidden("Nobody reviews work of their own.", hint="Leave it to another reviewer.")


def _already(sub_task: SubTask, name: str, *, by) -> bool:
    """Say whether this agent made this very move before and only lost the answer."""
    move = MOVES[name]
    return (
        name in RETRY_SAFE
        and sub_task.status == move.target
        and role_of(by) in move.roles
        and sub_task.assignee_id == by.pk
    )


def _repeated_or_refused(sub_task: SubTask, name: str, *, by, to: Agent | None) -> SubTask:
    """Return the row when the same agent's same call was faster; raise the reason otherwise."""
    seen = copy(sub_task)
    sub_task.refresh_from_db()
    if _already(sub_task, name, by=by):
        return sub_task
    raise refusals.lost(seen, sub_task, name, by=by, to=to)


def _handed_to(sub_task: SubTask, agent: Agent, session_id: str | None = None) -> dict:
    return {
        "assignee": agent,
        "assigned_at": timezone.now(),
        "attempt": sub_task.attempt + 1,
        "current_session_id": session_id or None,
    }


def _nobody() -> dict:
    return {"assignee": None, "assigned_at": None, "current_session_id": None}


def _session_must_match(sub_task: SubTask, session_id: str | None) -> None:
    current = sub_task.current_session_id
    if session_id and current and session_id != current:
        raise Conflict(
            f"Sub-task '{sub_task}' is being worked on in another session, '{current}'.",
            hint="That session goes on with it; stop here, or bind this one with `st session`.",
        )
