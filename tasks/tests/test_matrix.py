"""Every move from every status by everybody, against the table of the design."""

from itertools import product

import pytest

from notifications.models import Event
from openmoss.access import Role
from openmoss.errors import Conflict, Forbidden
from tasks import services
from tasks.models import SubTask
from tasks.selectors import as_told_to
from tasks.workflow import MOVES, Status

# Holding binds agents only: a person and the clock hold nothing.
ALONE, OTHERS, ANYBODY = "only the holder", "anybody but the holder", "anybody"

# Section 1 of the design, written down once more; people do what the console offers them (section 8).
TABLE = {
    "claim": ({"pending"}, "assigned", {"executor"}, ANYBODY),
    "start": ({"assigned", "rework"}, "in_progress", {"executor"}, ALONE),
    "submit": ({"in_progress"}, "review", {"executor"}, ALONE),
    "release": ({"assigned", "in_progress", "rework"}, "pending", {"executor", "admin", "clock"}, ALONE),
    "approve": ({"review"}, "done", {"reviewer", "admin"}, OTHERS),
    "reject": ({"review"}, "rework", {"reviewer", "admin"}, OTHERS),
    "block": ({"assigned", "in_progress", "rework"}, "blocked", {"patrol", "admin", "clock"}, ANYBODY),
    "reassign": (
        {"pending", "assigned", "in_progress", "rework", "blocked"},
        "assigned",
        {"planner", "admin"},
        ANYBODY,
    ),
    "unblock": ({"blocked"}, "pending", {"planner", "admin"}, ANYBODY),
    "cancel": (
        {"pending", "assigned", "in_progress", "review", "rework", "blocked"},
        "cancelled",
        {"planner", "admin"},
        ANYBODY,
    ),
}
REPEATABLE = {"claim", "start", "submit"}
CAST = {"planner": "pia", "executor": "erin", "reviewer": "rita", "patrol": "pat"}
REFUSALS = {403: Forbidden, 409: Conflict}


def expected(move: str, status: str, role: str, holder: bool) -> tuple[int, bool]:
    """Say what the caller must hear, and whether the sub-task moves."""
    sources, target, roles, who = TABLE[move]
    if role not in roles:
        return 403, False
    if move in REPEATABLE and status == target and holder:
        return 200, False
    if status not in sources:
        return 409, False
    if (who == ALONE and not holder and role in CAST) or (who == OTHERS and holder):
        return 403, False
    return 200, True


def can(status: str, role: str, holder: bool) -> list[str]:
    return [move for move in TABLE if expected(move, status, role, holder) == (200, True)]


# A pending sub-task is nobody's.
STANDINGS = [
    (status, holder)
    for status, holder in product(Status.values, (False, True))
    if not (status == "pending" and holder)
]
AGENT_CASES = list(product(MOVES, STANDINGS, Role.values))
OTHER_CASES = list(product(MOVES, Status.values, ("admin", "clock")))


def agents_who(hear) -> list:
    """Return the cases of agents whose expected answer satisfies `hear`."""
    return [
        pytest.param(
            move, status, role, holder, id=f"{move}-{status}-{role}-{'holder' if holder else 'other'}"
        )
        for move, (status, holder), role in AGENT_CASES
        if hear(*expected(move, status, role, holder))
    ]


def others_who(hear) -> list:
    return [
        pytest.param(move, status, actor, id=f"{move}-{status}-{actor}")
        for move, status, actor in OTHER_CASES
        if hear(*expected(move, status, actor, holder=False))
    ]


def test_the_workflow_is_the_table_of_the_design():
    table = {
        name: (
            {str(status) for status in move.sources},
            str(move.target),
            {str(role) for role in move.roles},
            ALONE if move.by_holder else OTHERS if move.not_by_holder else ANYBODY,
        )
        for name, move in MOVES.items()
    }

    assert table == TABLE
    assert list(table) == list(TABLE)


def test_the_statuses_are_those_of_the_design():
    assert set(Status.values) == {
        "pending", "assigned", "in_progress", "review", "rework", "blocked", "done", "cancelled",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("move", "status", "role", "holder"), agents_who(lambda code, moves: code == 200 and moves)
)
def test_an_agent_makes_a_move_of_the_table(request, given, ed, move, status, role, holder):
    caller = request.getfixturevalue(CAST[role])
    sub_task = given(status, holder=None if status == "pending" else caller if holder else ed)

    answer = call(caller, move, sub_task, give_to=ed)

    assert answer.status_code == 200, answer.json()
    assert_moved(sub_task, move, was=status, actor_id=caller.id, actor_role=role)
    assert_answer_shows_the_row(answer, move, caller)


@pytest.mark.parametrize(
    ("move", "status", "role", "holder"), agents_who(lambda code, moves: code == 200 and not moves)
)
def test_a_repeated_move_is_answered_and_not_made_again(
    request, given, unchanged, move, status, role, holder
):
    caller = request.getfixturevalue(CAST[role])
    sub_task = given(status, holder=caller)

    with unchanged(sub_task):
        answer = call(caller, move, sub_task, give_to=caller)

    assert answer.status_code == 200, answer.json()
    assert_answer_shows_the_row(answer, move, caller)


@pytest.mark.parametrize(("move", "status", "role", "holder"), agents_who(lambda code, moves: code != 200))
def test_an_agent_is_refused_every_other_move(request, given, unchanged, ed, move, status, role, holder):
    caller = request.getfixturevalue(CAST[role])
    sub_task = given(status, holder=None if status == "pending" else caller if holder else ed)

    with unchanged(sub_task):
        answer = call(caller, move, sub_task, give_to=ed)

    assert answer.status_code == expected(move, status, role, holder)[0], answer.json()
    assert answer.json()["detail"]
    assert answer.json()["hint"]


@pytest.mark.parametrize(("move", "status", "actor"), others_who(lambda code, moves: moves))
def test_a_person_and_the_clock_make_a_move_of_the_table(given, ann, erin, ed, move, status, actor):
    by, actor_id = (ann, str(ann.pk)) if actor == "admin" else (None, "")
    sub_task = given(status, holder=None if status == "pending" else erin)

    serve(sub_task, move, by=by, give_to=ed)

    assert_moved(sub_task, move, was=status, actor_id=actor_id, actor_role=actor)


@pytest.mark.parametrize(("move", "status", "actor"), others_who(lambda code, moves: not moves))
def test_a_person_and_the_clock_are_refused_every_other_move(
    given, unchanged, ann, erin, ed, move, status, actor
):
    sub_task = given(status, holder=None if status == "pending" else erin)
    refusal = REFUSALS[expected(move, status, actor, holder=False)[0]]

    with unchanged(sub_task), pytest.raises(refusal):
        serve(sub_task, move, by=ann if actor == "admin" else None, give_to=ed)


@pytest.mark.parametrize("role", Role.values)
@pytest.mark.parametrize(("status", "holder"), STANDINGS)
def test_can_lists_what_the_table_allows_the_reader(request, given, ed, status, holder, role):
    caller = request.getfixturevalue(CAST[role])
    sub_task = given(status, holder=None if status == "pending" else caller if holder else ed)

    answer = caller.get(f"/api/sub-tasks/{sub_task.pk}")

    assert answer.json()["can"] == can(status, role, holder)


@pytest.mark.parametrize("status", Status.values)
def test_can_lists_what_the_table_allows_a_person_and_the_clock(given, ann, erin, status):
    given(status, holder=None if status == "pending" else erin)

    (anns,) = as_told_to(ann, SubTask.objects.for_agents())
    (clocks,) = as_told_to(None, SubTask.objects.for_agents())

    assert anns.can == can(status, "admin", holder=False)
    assert clocks.can == can(status, "clock", holder=False)


@pytest.mark.parametrize(
    ("status", "without"), [("pending", ["claim"]), ("assigned", ["start"]), ("rework", [])]
)
def test_can_leaves_out_what_must_wait_for_other_work(given, erin, ed, status, without):
    first = given("in_progress", holder=ed)
    sub_task = given(status, holder=None if status == "pending" else erin, needs=[first])

    answer = erin.get(f"/api/sub-tasks/{sub_task.pk}")

    assert answer.json()["can"] == [
        move for move in can(status, "executor", holder=status != "pending") if move not in without
    ]


@pytest.mark.parametrize("status", ["completed", "archived", "cancelled"])
def test_can_leaves_out_claim_in_a_closed_task(given, task, erin, pia, status):
    sub_task = given("pending")
    type(task).objects.update(status=status)

    answers = [caller.get(f"/api/sub-tasks/{sub_task.pk}").json()["can"] for caller in (erin, pia)]

    assert answers == [[], ["reassign", "cancel"]]


def call(caller, move, sub_task, *, give_to):
    """Make a move as an agent does."""
    verdicts = {
        "approve": {"result": "approved", "score": 4},
        "reject": {"result": "rejected", "score": 2, "issues": "No sources."},
    }
    if move in verdicts:
        return caller.post("/api/review-records", sub_task_id=str(sub_task.pk), **verdicts[move])
    bodies = {"release": {"reason": "Too hard for me."}, "reassign": {"agent_id": give_to.id}}
    return caller.post(f"/api/sub-tasks/{sub_task.pk}/{move}", **bodies.get(move, {}))


def serve(sub_task, move, *, by, give_to):
    """Make a move as the console and the clock do."""
    arguments = {
        "release": {"why": "Too hard."},
        "reject": {"why": "No sources."},
        "reassign": {"to": give_to.agent},
    }
    getattr(services, move)(sub_task, by=by, **arguments.get(move, {}))


def assert_moved(sub_task, move, *, was, actor_id, actor_role):
    """Check the row and that one event, and only one, tells of the move."""
    target = TABLE[move][1]
    event = Event.objects.get(kind__startswith="sub_task.")
    assert SubTask.objects.get().status == target
    assert (event.kind, event.was, event.now) == (f"sub_task.{move}", was, target)
    assert (event.actor_id, event.actor_role) == (actor_id, actor_role)
    assert (event.subject_id, event.task_id) == (str(sub_task.pk), sub_task.task_id)


def assert_answer_shows_the_row(answer, move, caller):
    """Check status and `can` of the answer; the answer to a verdict is the review instead."""
    if move not in ("approve", "reject"):
        row = SubTask.objects.get()
        assert answer.json()["status"] == TABLE[move][1]
        assert answer.json()["can"] == can(row.status, caller.agent.role, row.assignee_id == caller.agent.pk)
