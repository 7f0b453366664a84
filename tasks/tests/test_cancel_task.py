import pytest
from django.db import DatabaseError

from notifications.models import Event
from openmoss.errors import Conflict
from tasks import services
from tasks.models import SubTask, Task

OPEN = ["pending", "assigned", "in_progress", "review", "rework", "blocked"]


@pytest.mark.parametrize("was", ["planning", "active", "in_progress"])
def test_a_planner_cancels_an_open_task(task, pia, was):
    Task.objects.update(status=was)

    answer = pia.post(f"/api/tasks/{task.pk}/cancel", reason="The client left.")

    event = Event.objects.about(task).get()
    assert answer.status_code == 200
    assert answer.json()["status"] == "cancelled"
    assert Task.objects.get().updated_at > task.updated_at
    assert (event.kind, event.actor_name, event.was, event.now, event.why) == (
        "task.cancel", "Pia", was, "cancelled", "The client left.",
    )  # fmt: skip


def test_all_open_sub_tasks_are_cancelled_with_it(task, given, events, pia, erin):
    rows = {
        status: given(status, holder=None if status == "pending" else erin, current_session_id="chat-1")
        for status in OPEN
    }

    pia.post(f"/api/tasks/{task.pk}/cancel", reason="The client left.")

    for was, row in rows.items():
        event = Event.objects.about(row).get()
        now = SubTask.objects.get(pk=row.pk)
        assert (now.status, now.assignee_id, now.current_session_id) == ("cancelled", row.assignee_id, None)
        assert min(now.status_since, now.updated_at) > row.updated_at
        assert (event.kind, event.was, event.now) == ("sub_task.cancel", was, "cancelled")
        assert (event.actor_name, event.why, event.task_id) == ("Pia", "The client left.", task.pk)


def test_finished_sub_tasks_and_those_of_other_tasks_are_left_alone(task, given, pia, erin):
    done, cancelled = given("done", holder=erin), given("cancelled", holder=erin)
    elsewhere = given("in_progress", holder=erin, task=Task.objects.create(name="Other"))

    answer = pia.post(f"/api/tasks/{task.pk}/cancel")

    assert answer.json()["status"] == "cancelled"
    assert [SubTask.objects.get(pk=row.pk).status for row in (done, cancelled, elsewhere)] == [
        "done", "cancelled", "in_progress",
    ]  # fmt: skip
    assert SubTask.objects.get(pk=done.pk).updated_at == done.updated_at
    assert [Event.objects.about(row).count() for row in (done, cancelled, elsewhere)] == [0, 0, 0]


def test_a_second_cancel_changes_nothing(task, given, unchanged, pia, erin):
    sub_task = given("in_progress", holder=erin)
    pia.post(f"/api/tasks/{task.pk}/cancel")

    with unchanged(task, sub_task):
        answer = pia.post(f"/api/tasks/{task.pk}/cancel")

    assert answer.status_code == 200
    assert answer.json()["status"] == "cancelled"


@pytest.mark.parametrize("was", ["completed", "archived"])
def test_a_closed_task_is_not_cancelled(task, unchanged, pia, was):
    Task.objects.update(status=was)

    with unchanged(task):
        answer = pia.post(f"/api/tasks/{task.pk}/cancel")

    assert answer.status_code == 409
    assert answer.json()["detail"] == f"Task 'News' is {was}; it cannot become cancelled."


@pytest.mark.parametrize("reason", ["x" * 501, 5, None])
def test_a_reason_is_a_sentence_or_two(task, unchanged, pia, reason):
    with unchanged(task):
        answer = pia.post(f"/api/tasks/{task.pk}/cancel", reason=reason)

    assert answer.status_code == 400
    assert list(answer.json()["fields"]) == ["reason"]


def test_the_holder_of_cancelled_work_hears_it(task, given, unchanged, pia, erin):
    sub_task = given("in_progress", holder=erin)
    pia.post(f"/api/tasks/{task.pk}/cancel")

    with unchanged(sub_task):
        answer = erin.post(f"/api/sub-tasks/{sub_task.pk}/submit")

    assert answer.status_code == 409
    assert "is cancelled" in answer.json()["detail"]


def test_task_and_sub_tasks_are_cancelled_together_or_not_at_all(task, given, unchanged, pia, monkeypatch):
    sub_task = given("pending")

    def fail(*args, **kwargs):
        raise DatabaseError("disk full")

    monkeypatch.setattr("tasks.services.tasks.record_each", fail)

    with unchanged(task, sub_task):
        answer = pia.post(f"/api/tasks/{task.pk}/cancel")

    assert answer.status_code == 500


def test_a_task_that_was_moved_meanwhile_is_not_cancelled(given, unchanged, pia):
    seen_planning = Task.objects.create(name="News")
    sub_task = given("pending", task=seen_planning)
    services.set_task_status(Task.objects.get(pk=seen_planning.pk), "active", by=pia.agent)

    with unchanged(seen_planning, sub_task), pytest.raises(Conflict):
        services.cancel_task(seen_planning, by=pia.agent)

    assert seen_planning.status == "planning"


def test_only_planners_cancel_tasks(task, given, unchanged, erin, rita, pat):
    sub_task = given("pending")

    with unchanged(task, sub_task):
        answers = [caller.post(f"/api/tasks/{task.pk}/cancel") for caller in (erin, rita, pat)]

    assert [answer.status_code for answer in answers] == [403, 403, 403]


def test_an_unknown_task_is_not_found(pia):
    answer = pia.post("/api/tasks/11111111-2222-3333-4444-555555555555/cancel")

    assert answer.status_code == 404
