"""Why a move was refused, in words that tell the caller how to go on."""

from django.utils import timezone
from django.utils.timesince import timesince

from agents.models import Agent
from notifications.models import Event
from openmoss.access import ADMIN, ANY_AGENT, role_of
from openmoss.errors import Conflict, Forbidden, Refusal
from tasks.models import Dependency, SubTask, Task, eligible_executors
from tasks.workflow import MOVES, TASK_OPEN, Status

PAST = {
    "claim": "claimed",
    "start": "started",
    "submit": "submitted",
    "release": "released",
    "approve": "approved",
    "reject": "rejected",
    "block": "blocked",
    "reassign": "reassigned",
    "unblock": "unblocked",
    "cancel": "cancelled",
}
OTHER_WORK = "Run `st available` for other work."
FETCH_AGAIN = "Fetch it again."


def words(status: str) -> str:
    """Return the status of a sub-task as a reader says it."""
    return Status(status).label.lower()


def role_must_fit(name: str, by) -> None:
    """Raise Forbidden when the table does not give this move to the caller's role."""
    role, roles = role_of(by), MOVES[name].roles
    if role not in roles:
        raise Forbidden(
            f"The role {role} cannot {name} a sub-task.", hint=f"This is for: {', '.join(sorted(roles))}."
        )


def must_hold(sub_task: SubTask, by) -> None:
    """Raise when the caller is not the assignee: Conflict for one who was, Forbidden for a stranger."""
    if by is not None and sub_task.assignee_id == by.pk:
        return
    if _was_theirs(sub_task, by):
        raise _taken_away(sub_task)
    raise Forbidden(
        f"Sub-task '{sub_task}' is not yours: {_holder(sub_task)}.",
        hint="`st mine` shows what is yours, `st available` what is free.",
    )


def wrong_state(sub_task: SubTask, name: str, by) -> Refusal:
    """Explain that the move does not start from the present status."""
    stranger = role_of(by) in ANY_AGENT and sub_task.assignee_id != by.pk
    if MOVES[name].by_holder and stranger and _was_theirs(sub_task, by):
        return _taken_away(sub_task)
    return Conflict(
        f"Sub-task '{sub_task}' is {words(sub_task.status)}; it cannot be {PAST[name]} now.",
        hint=_what_now(sub_task, name, by),
    )


def lost(seen: SubTask, now: SubTask, name: str, *, by, to: Agent | None) -> Refusal:
    """Explain why the guarded update found no row: it changed since it was `seen`, or what is around it forbids."""
    if (now.status, now.attempt, now.rework_count) != (seen.status, seen.attempt, seen.rework_count):
        return Conflict(
            f"Somebody else was faster: sub-task '{now}' is {words(now.status)} now.",
            hint=_what_now(now, name, by),
        )
    task = Task.objects.get(pk=now.task_id)
    if name == "claim" and task.status not in TASK_OPEN:
        return Conflict(f"Its task '{task}' is {task.get_status_display().lower()}.", hint=OTHER_WORK)
    waits_for = (
        Dependency.objects.filter(sub_task=now).exclude(needs__status=Status.DONE).select_related("needs")
    )
    if seen.status not in MOVES[name].needs_dependencies:
        waits_for = waits_for.none()
    if names := ", ".join(f"'{edge.needs}' ({words(edge.needs.status)})" for edge in waits_for[:5]):
        return Conflict(
            f"Sub-task '{now}' waits for {names}.", hint="`st available` lists what can begin now."
        )
    if to is not None and not eligible_executors().filter(pk=to.pk).exists():
        to.refresh_from_db()
        return Conflict(
            f"{to.name} cannot be given work: {to.role}, {to.status}.",
            hint="Choose an active executor; `agents --role executor` lists them.",
        )
    return Conflict(f"Somebody else changed sub-task '{now}' first.", hint=FETCH_AGAIN)


def last_seen(agent: Agent) -> str:
    """Say when an agent was heard of last, for example `last seen 4 minutes ago`."""
    if agent.last_seen_at is None:
        return "not seen yet"
    if (timezone.now() - agent.last_seen_at).total_seconds() < 60:
        return "last seen just now"
    return f"last seen {timesince(agent.last_seen_at, depth=1)} ago".replace("\xa0", " ")


def _taken_away(sub_task: SubTask) -> Conflict:
    return Conflict(
        f"Sub-task '{sub_task}' is no longer yours: {_holder(sub_task)}.",
        hint="Stop working on it and leave its files where they are. `st mine` shows what is yours.",
    )


def _what_now(sub_task: SubTask, name: str, by) -> str:
    if role_of(by) == ADMIN:
        holder = _holder(sub_task)
        return f"{holder[0].upper()}{holder[1:]}. Load the page again to see what can be done now."
    if by is not None and sub_task.assignee_id == by.pk:
        return {
            Status.REWORK: "It came back from review: read the issues with `review list`, then start it again.",
            Status.ASSIGNED: "It is yours: start it.",
            Status.IN_PROGRESS: "It is yours and in progress: go on with it.",
            Status.REVIEW: "It is with the reviewers; there is nothing to do for you.",
        }.get(sub_task.status, "`st get` shows what can be done with it.")
    if name == "claim" and sub_task.assignee_id:
        return f"{_holder(sub_task)}. {OTHER_WORK}"
    return "`st get` shows what can be done with it."


def _holder(sub_task: SubTask) -> str:
    agent = sub_task.assignee
    if agent is None:
        return "nobody holds it"
    since = f" since {sub_task.assigned_at:%H:%M} UTC" if sub_task.assigned_at else ""
    return f"{agent.name} holds it{since}, {last_seen(agent)}"


def _was_theirs(sub_task: SubTask, by) -> bool:
    # Read only when a call is refused already; the events know every holder there was.
    return Event.objects.about(sub_task).filter(data__assignee=str(by.pk)).exists()
