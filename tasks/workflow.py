"""The states of the work and the moves between them: the one table that everything reads."""

from dataclasses import dataclass

from django.db import models

from openmoss.access import ADMIN, ANY_AGENT, CLOCK, Role


class Status(models.TextChoices):
    PENDING = "pending"
    ASSIGNED = "assigned"
    IN_PROGRESS = "in_progress"
    REVIEW = "review"
    REWORK = "rework"
    BLOCKED = "blocked"
    DONE = "done"
    CANCELLED = "cancelled"


FINISHED = frozenset({Status.DONE, Status.CANCELLED})
OPEN = frozenset(Status) - FINISHED
# Somebody is at work on these, or should be.
HELD = frozenset({Status.ASSIGNED, Status.IN_PROGRESS, Status.REWORK})
EDITABLE = frozenset({Status.PENDING, Status.ASSIGNED})


@dataclass(frozen=True)
class Move:
    """Who may take a sub-task from where to where."""

    sources: frozenset[Status]
    target: Status
    roles: frozenset[str]
    # Of the agents, only the one that holds the sub-task may.
    by_holder: bool = False
    # Anybody with the role may, except the agent whose work it is.
    not_by_holder: bool = False
    # Work that others build on comes first: all dependencies must be done.
    needs_dependencies: frozenset[Status] = frozenset()


def _from(*sources: Status) -> frozenset[Status]:
    return frozenset(sources)


def _by(*roles: str) -> frozenset[str]:
    return frozenset(str(role) for role in roles)


S = Status
MOVES: dict[str, Move] = {
    "claim": Move(_from(S.PENDING), S.ASSIGNED, _by(Role.EXECUTOR), needs_dependencies=_from(S.PENDING)),
    "start": Move(
        _from(S.ASSIGNED, S.REWORK),
        S.IN_PROGRESS,
        _by(Role.EXECUTOR),
        by_holder=True,
        needs_dependencies=_from(S.ASSIGNED),
    ),
    "submit": Move(_from(S.IN_PROGRESS), S.REVIEW, _by(Role.EXECUTOR), by_holder=True),
    "release": Move(HELD, S.PENDING, _by(Role.EXECUTOR, ADMIN, CLOCK), by_holder=True),
    "approve": Move(_from(S.REVIEW), S.DONE, _by(Role.REVIEWER, ADMIN), not_by_holder=True),
    "reject": Move(_from(S.REVIEW), S.REWORK, _by(Role.REVIEWER, ADMIN), not_by_holder=True),
    "block": Move(HELD, S.BLOCKED, _by(Role.PATROL, ADMIN, CLOCK)),
    "reassign": Move(
        HELD | {S.PENDING, S.BLOCKED}, S.ASSIGNED, _by(Role.PLANNER, ADMIN)
    ),
    "unblock": Move(_from(S.BLOCKED), S.PENDING, _by(Role.PLANNER, ADMIN)),
    "cancel": Move(OPEN, S.CANCELLED, _by(Role.PLANNER, ADMIN)),
}  # fmt: skip


def moves_open_to(*, status: str, role: str, holder: bool, ready: bool = True) -> list[str]:
    """List the moves that somebody of this role may make now; `ready` says that dependencies are done."""
    return [
        name
        for name, move in MOVES.items()
        if status in move.sources
        and role in move.roles
        and (holder or not move.by_holder or role not in ANY_AGENT)
        and not (holder and move.not_by_holder)
        and (ready or status not in move.needs_dependencies)
    ]


class TaskStatus(models.TextChoices):
    PLANNING = "planning"
    ACTIVE = "active"
    IN_PROGRESS = "in_progress"
    COMPLETED = "completed"
    ARCHIVED = "archived"
    CANCELLED = "cancelled"


TASK_OPEN = frozenset({TaskStatus.PLANNING, TaskStatus.ACTIVE, TaskStatus.IN_PROGRESS})
TASK_EDITABLE = frozenset({TaskStatus.PLANNING, TaskStatus.ACTIVE})
# These close the task, so nothing in it may still be open.
TASK_CLOSING = frozenset({TaskStatus.COMPLETED, TaskStatus.ARCHIVED})

T = TaskStatus
TASK_MOVES: dict[TaskStatus, frozenset[TaskStatus]] = {
    T.PLANNING: TASK_OPEN | TASK_CLOSING | {T.CANCELLED},
    T.ACTIVE: TASK_OPEN | TASK_CLOSING | {T.CANCELLED},
    T.IN_PROGRESS: TASK_OPEN | TASK_CLOSING | {T.CANCELLED},
    T.COMPLETED: frozenset({T.ACTIVE, T.IN_PROGRESS, T.ARCHIVED}),
    T.ARCHIVED: frozenset(),
    T.CANCELLED: frozenset(),
}
