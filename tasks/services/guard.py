"""The one UPDATE behind every move: it changes a row only if it still is what the caller saw."""

from datetime import datetime
from functools import cache
from uuid import UUID

from django.db.models import Exists, QuerySet

from openmoss.prepared import PreparedUpdate
from tasks.models import SubTask, eligible_executors
from tasks.workflow import MOVES

# What a move may change, and of what type it is.
TYPES = {
    "status": str,
    "status_since": datetime,
    "updated_at": datetime,
    "completed_at": datetime,
    "assignee": UUID,
    "assigned_at": datetime,
    "attempt": int,
    "rework_count": int,
    "current_session_id": str,
    "blocked_reason": str,
}
SEEN = {"pk": UUID, "seen_status": str, "seen_attempt": int, "seen_rework_count": int}


def move_row(sub_task: SubTask, name: str, changes: dict) -> bool:
    """Make the changes of the move `name`, and say whether the row was still as `sub_task` shows it.

    Everything around it that the move needs is asked in the same statement: that the task is open, that
    dependencies are done, that a new assignee may work.
    """
    waits = sub_task.status in MOVES[name].needs_dependencies
    given = {field: getattr(value, "pk", value) for field, value in changes.items() if value is not None}
    seen = {
        "pk": sub_task.pk,
        "seen_status": sub_task.status,
        "seen_attempt": sub_task.attempt,
        "seen_rework_count": sub_task.rework_count,
    }
    if name == "submit" and sub_task.current_session_id is not None:
        seen["seen_session"] = sub_task.current_session_id
    update = _update(name, waits, "seen_session" in seen, tuple(given), tuple(changes.keys() - given.keys()))
    return bool(update(**seen, **given))


@cache
def _update(name: str, waits: bool, in_session: bool, given: tuple, emptied: tuple) -> PreparedUpdate:
    """Return the UPDATE for moves of this kind; there are a few dozen kinds."""

    def build(**places) -> tuple[QuerySet, dict]:
        rows = as_seen(places)
        if name == "claim":
            rows = rows.in_open_tasks()
        if name == "submit":
            rows = rows.filter(current_session_id=places.get("seen_session"))
        if waits:
            rows = rows.with_dependencies_done()
        if "assignee" in given:
            rows = rows.filter(Exists(eligible_executors().filter(pk=places["assignee"])))
        return rows, {field: places[field] for field in given} | dict.fromkeys(emptied)

    session = {"seen_session": str} if in_session else {}
    return PreparedUpdate(build, **SEEN, **session, **{field: TYPES[field] for field in given})


def as_seen(places: dict) -> QuerySet:
    """Return the row as long as nobody moved it."""
    return SubTask.objects.filter(
        pk=places["pk"],
        status=places["seen_status"],
        attempt=places["seen_attempt"],
        rework_count=places["seen_rework_count"],
    )
