"""PUT /api/tasks/<id>/status: the table of task states."""

from itertools import product

import pytest

from notifications.models import Event
from openmoss.errors import Conflict
from tasks import services
from tasks.models import Task
from tasks.workflow import TASK_MOVES, TaskStatus

OPEN = {"planning", "active", "in_progress"}
# Section 5 of the design, written down once more; `cancelled` has a call of its own.
TABLE = {
    "planning": {"active", "in_progress", "completed", "archived"},
    "active": {"planning", "in_progress", "completed", "archived"},
    "in_progress": {"planning", "active", "completed", "archived"},
    "completed": {"active", "in_progress", "archived"},
    "archived": set(),
    "cancelled": set(),
}
PAIRS = list(product(TaskStatus.values, TaskStatus.values))


def test_the_table_is_that_of_the_design():
    table = {str(was): {str(now) for now in targets} - {str(was)} for was, targets in TASK_MOVES.items()}

    assert table == {was: now | ({"cancelled"} if was in OPEN else set()) for was, now in TABLE.items()}


@pytest.mark.parametrize(("was", "now"), [pair for pair in PAIRS if pair[1] in TABLE[pair[0]]])
def test_a_planner_moves_a_task_along_the_table(task, pia, was, now):
    Task.objects.update(status=was)

    answer = pia.put(f"/api/tasks/{task.pk}/status", status=now)

    event = Event.objects.about(task).get()
    assert answer.status_code == 200
    assert answer.json()["status"] == now
    assert Task.objects.get().status == now
    assert Task.objects.get().updated_at > task.updated_at
    assert (event.kind, event.actor_name, event.was, event.now) == ("task.set_status", "Pia", was, now)


@pytest.mark.parametrize(
    ("was", "now"),
    [(was, now) for was, now in PAIRS if now not in TABLE[was] and now not in (was, "cancelled")],
)
def test_every_other_step_is_refused(task, unchanged, pia, was, now):
    Task.objects.update(status=was)

    with unchanged(task):
        answer = pia.put(f"/api/tasks/{task.pk}/status", status=now)

    assert answer.status_code == 409
    assert answer.json()["detail"] == (
        f"Task 'News' is {was.replace('_', ' ')}; it cannot become {now.replace('_', ' ')}."
    )
    assert all(status in answer.json()["hint"] for status in TABLE[was])


@pytest.mark.parametrize("status", TaskStatus.values)
def test_the_status_that_a_task_has_already_is_no_change(task, unchanged, pia, status):
    Task.objects.update(status=status)

    with unchanged(task):
        answer = pia.put(f"/api/tasks/{task.pk}/status", status=status)

    assert answer.status_code == 200
    assert answer.json()["status"] == status


@pytest.mark.parametrize("was", ["planning", "active", "in_progress", "completed", "archived"])
def test_a_task_is_not_cancelled_by_its_status(task, given, unchanged, pia, was):
    sub_task = given("pending")
    Task.objects.update(status=was)

    with unchanged(task, sub_task):
        answer = pia.put(f"/api/tasks/{task.pk}/status", status="cancelled")

    assert answer.status_code == 400
    assert list(answer.json()["fields"]) == ["status"]
    assert "/cancel" in answer.json()["detail"]


@pytest.mark.parametrize("closing", ["completed", "archived"])
@pytest.mark.parametrize("status", ["pending", "assigned", "in_progress", "review", "rework", "blocked"])
def test_a_task_does_not_close_over_open_work(task, given, unchanged, pia, erin, closing, status):
    sub_task = given(status, holder=None if status == "pending" else erin, name="Collect")
    given("cancelled", name="Old")
    given("done", holder=erin, name="Ready")

    with unchanged(task, sub_task):
        answer = pia.put(f"/api/tasks/{task.pk}/status", status=closing)

    assert answer.status_code == 409
    assert answer.json()["detail"] == (
        f"Task 'News' still has open sub-tasks: 'Collect' ({status.replace('_', ' ')})."
    )


def test_of_many_open_sub_tasks_five_are_named(task, given, unchanged, pia):
    for number in range(6):
        given("pending", name=f"Part {number}")

    with unchanged(task):
        answer = pia.put(f"/api/tasks/{task.pk}/status", status="completed")

    assert answer.json()["detail"].count("'Part ") == 5
    assert answer.json()["detail"].endswith(" and others.")


def test_a_task_closes_over_finished_work(task, given, pia, erin):
    given("done", holder=erin)
    given("cancelled")
    given("pending", task=Task.objects.create(name="Other"))

    answer = pia.put(f"/api/tasks/{task.pk}/status", status="completed")

    assert answer.status_code == 200


def test_a_reopened_task_takes_new_work(task, pia):
    Task.objects.update(status="completed")
    refused = pia.post("/api/sub-tasks", task_id=str(task.pk), name="Collect")

    pia.put(f"/api/tasks/{task.pk}/status", status="active")

    assert refused.status_code == 409
    assert pia.post("/api/sub-tasks", task_id=str(task.pk), name="Collect").status_code == 200


@pytest.mark.parametrize("body", [{}, {"status": None}, {"status": ""}, {"status": "done"}, {"status": 5}])
def test_an_unknown_status_is_refused(task, unchanged, pia, body):
    with unchanged(task):
        answer = pia.put(f"/api/tasks/{task.pk}/status", **body)

    assert answer.status_code == 400
    assert list(answer.json()["fields"]) == ["status"]


def test_a_task_that_was_moved_meanwhile_is_not_moved(unchanged, pia):
    seen_planning = Task.objects.create(name="News")
    services.set_task_status(Task.objects.get(), "active", by=pia.agent)

    with unchanged(seen_planning), pytest.raises(Conflict):
        services.set_task_status(seen_planning, "in_progress", by=pia.agent)

    assert seen_planning.status == "planning"


def test_only_planners_move_tasks(task, unchanged, erin, rita, pat):
    with unchanged(task):
        answers = [
            caller.put(f"/api/tasks/{task.pk}/status", status="active") for caller in (erin, rita, pat)
        ]

    assert [answer.status_code for answer in answers] == [403, 403, 403]


def test_an_unknown_task_is_not_found(pia):
    answer = pia.put("/api/tasks/11111111-2222-3333-4444-555555555555/status", status="active")

    assert answer.status_code == 404
