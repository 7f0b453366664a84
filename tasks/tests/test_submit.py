import pytest

from notifications.models import Event
from openmoss.errors import Conflict
from tasks import services
from tasks.models import SubTask


def test_the_holder_hands_work_to_review(given, events, erin):
    sub_task = given("in_progress", holder=erin, current_session_id="chat-1")

    answer = erin.post(f"/api/sub-tasks/{sub_task.pk}/submit")

    assert answer.status_code == 200
    assert answer.json()["status"] == "review"
    assert answer.json()["assigned_agent"] == erin.id
    assert answer.json()["current_session_id"] == "chat-1"
    assert answer.json()["completed_at"] is None
    assert events(sub_task) == ["sub_task.submit: in_progress > review"]


@pytest.mark.parametrize("session", [{}, {"session_id": "chat-1"}, {"session_id": ""}, {"session_id": None}])
def test_the_session_at_work_submits(given, erin, session):
    sub_task = given("in_progress", holder=erin, current_session_id="chat-1")

    answer = erin.post(f"/api/sub-tasks/{sub_task.pk}/submit", **session)

    assert answer.json()["status"] == "review"


def test_work_without_a_session_is_submitted_from_any(given, erin):
    sub_task = given("in_progress", holder=erin)

    answer = erin.post(f"/api/sub-tasks/{sub_task.pk}/submit", session_id="chat-1")

    assert answer.json()["status"] == "review"
    assert SubTask.objects.get().current_session_id is None


def test_another_session_cannot_submit(given, unchanged, erin):
    sub_task = given("in_progress", holder=erin, current_session_id="chat-2")

    with unchanged(sub_task):
        answer = erin.post(f"/api/sub-tasks/{sub_task.pk}/submit", session_id="chat-1")

    assert answer.status_code == 409
    assert "'chat-2'" in answer.json()["detail"]
    assert "stop here" in answer.json()["hint"]


def test_a_session_that_lost_the_work_between_its_reading_and_writing_cannot_submit(given, unchanged, erin):
    seen_mine = given("in_progress", holder=erin, current_session_id="chat-1")
    services.bind_session(SubTask.objects.get(), session_id="chat-2", by=erin.agent)

    with unchanged(seen_mine), pytest.raises(Conflict):
        services.submit(seen_mine, by=erin.agent, session_id="chat-1")

    assert SubTask.objects.get().status == "in_progress"


def test_a_stranger_hears_whose_work_it_is_and_not_in_which_session(given, unchanged, erin, ed):
    sub_task = given("in_progress", holder=erin, current_session_id="chat-1")

    with unchanged(sub_task):
        answer = ed.post(f"/api/sub-tasks/{sub_task.pk}/submit", session_id="chat-2")

    assert answer.status_code == 403
    assert "is not yours: Erin holds it" in answer.json()["detail"]
    assert "chat-1" not in answer.content.decode()


@pytest.mark.parametrize("status", ["assigned", "in_progress", "review", "rework", "done"])
def test_a_former_holder_hears_that_the_work_was_taken_away(pia, erin, ed, given, unchanged, status):
    sub_task = given("pending")
    erin.post(f"/api/sub-tasks/{sub_task.pk}/claim")
    pia.post(f"/api/sub-tasks/{sub_task.pk}/reassign", agent_id=ed.id)
    done_at = SubTask.objects.get().created_at if status == "done" else None
    SubTask.objects.update(status=status, completed_at=done_at)

    with unchanged(sub_task):
        answer = erin.post(f"/api/sub-tasks/{sub_task.pk}/submit")

    assert answer.status_code == 409
    assert "is no longer yours: Ed holds it since " in answer.json()["detail"]
    assert "`st mine`" in answer.json()["hint"]


def test_a_second_submit_of_reworked_work_is_a_new_event(given, erin, rita):
    sub_task = given("in_progress", holder=erin)
    erin.post(f"/api/sub-tasks/{sub_task.pk}/submit")
    rita.post("/api/review-records", sub_task_id=str(sub_task.pk), result="rejected", score=2, issues="Thin.")
    erin.post(f"/api/sub-tasks/{sub_task.pk}/start")

    answer = erin.post(f"/api/sub-tasks/{sub_task.pk}/submit")

    assert answer.json()["status"] == "review"
    assert answer.json()["rework_count"] == 1
    assert Event.objects.filter(kind="sub_task.submit").count() == 2


def test_a_submit_that_was_read_before_the_rejection_does_not_count_again(given, unchanged, erin, rita):
    seen_at_work = given("in_progress", holder=erin)
    erin.post(f"/api/sub-tasks/{seen_at_work.pk}/submit")
    rita.post(
        "/api/review-records", sub_task_id=str(seen_at_work.pk), result="rejected", score=2, issues="Thin."
    )
    erin.post(f"/api/sub-tasks/{seen_at_work.pk}/start")

    with unchanged(seen_at_work), pytest.raises(Conflict):
        services.submit(seen_at_work, by=erin.agent)
