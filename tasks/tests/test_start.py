import pytest

from notifications.models import Event
from openmoss.errors import Conflict
from tasks import services
from tasks.models import SubTask, Task


@pytest.mark.parametrize("status", ["planning", "active"])
def test_the_first_start_moves_the_task_on(given, task, events, erin, status):
    Task.objects.update(status=status)
    sub_task = given("assigned", holder=erin)

    answer = erin.post(f"/api/sub-tasks/{sub_task.pk}/start")

    assert answer.json()["status"] == "in_progress"
    assert Task.objects.get().status == "in_progress"
    assert Task.objects.get().updated_at > task.updated_at
    assert events(task) == [f"task.set_status: {status} > in_progress"]
    assert Event.objects.about(task).get().actor_name == "Erin"


def test_a_later_start_leaves_the_task_alone(given, task, events, erin):
    sub_task = given("assigned", holder=erin)

    erin.post(f"/api/sub-tasks/{sub_task.pk}/start")

    assert events(sub_task) == ["sub_task.start: assigned > in_progress"]
    assert events(task) == []
    assert Task.objects.get().updated_at == task.updated_at


def test_a_refused_start_leaves_the_task_alone(given, task, unchanged, erin, ed):
    Task.objects.update(status="planning")
    sub_task = given("assigned", holder=erin, needs=[given("pending")])

    with unchanged(sub_task, task):
        answers = [caller.post(f"/api/sub-tasks/{sub_task.pk}/start").status_code for caller in (erin, ed)]

    assert answers == [409, 403]


def test_rework_is_started_again_by_its_holder(given, events, erin):
    sub_task = given("rework", holder=erin, rework_count=1)

    answer = erin.post(f"/api/sub-tasks/{sub_task.pk}/start")

    assert answer.json()["status"] == "in_progress"
    assert answer.json()["rework_count"] == 1
    assert events(sub_task) == ["sub_task.start: rework > in_progress"]


@pytest.mark.parametrize(("given_session", "bound"), [({"session_id": "chat-2"}, "chat-2"), ({}, "chat-1")])
def test_a_start_binds_the_session_that_it_names(given, erin, given_session, bound):
    sub_task = given("assigned", holder=erin, current_session_id="chat-1")

    answer = erin.post(f"/api/sub-tasks/{sub_task.pk}/start", **given_session)

    assert answer.status_code == 200
    assert answer.json()["current_session_id"] == bound


@pytest.mark.parametrize("session", [{}, {"session_id": "chat-1"}, {"session_id": ""}, {"session_id": None}])
def test_the_session_at_work_may_start_again(given, unchanged, erin, session):
    sub_task = given("in_progress", holder=erin, current_session_id="chat-1")

    with unchanged(sub_task):
        answer = erin.post(f"/api/sub-tasks/{sub_task.pk}/start", **session)

    assert answer.status_code == 200
    assert answer.json()["current_session_id"] == "chat-1"


def test_a_second_session_cannot_start_what_another_works_on(given, unchanged, erin):
    sub_task = given("in_progress", holder=erin, current_session_id="chat-1")

    with unchanged(sub_task):
        answer = erin.post(f"/api/sub-tasks/{sub_task.pk}/start", session_id="chat-2")

    assert answer.status_code == 409
    assert "'chat-1'" in answer.json()["detail"]
    assert "`st session`" in answer.json()["hint"]


def test_of_two_sessions_that_read_it_assigned_only_the_first_starts(given, unchanged, erin):
    seen_assigned = given("assigned", holder=erin)
    services.start(SubTask.objects.get(), by=erin.agent, session_id="chat-1")

    with unchanged(seen_assigned), pytest.raises(Conflict) as refusal:
        services.start(seen_assigned, by=erin.agent, session_id="chat-2")

    assert "'chat-1'" in refusal.value.detail


def test_a_repeated_start_does_not_move_the_task_again(given, task, unchanged, erin):
    sub_task = given("in_progress", holder=erin)
    Task.objects.update(status="active")

    with unchanged(sub_task, task):
        answer = erin.post(f"/api/sub-tasks/{sub_task.pk}/start")

    assert answer.status_code == 200


def test_a_stranger_hears_whose_work_it_is_and_not_in_which_session(given, unchanged, erin, ed):
    sub_task = given("assigned", holder=erin, current_session_id="chat-1")

    with unchanged(sub_task):
        answer = ed.post(f"/api/sub-tasks/{sub_task.pk}/start", session_id="chat-2")

    assert answer.status_code == 403
    assert "Sub-task 'Collect' is not yours: Erin holds it" in answer.json()["detail"]
    assert "chat-1" not in answer.content.decode()
