import pytest

from notifications.models import Event


@pytest.mark.parametrize("status", ["assigned", "in_progress", "review", "rework", "blocked"])
def test_a_planner_ends_held_work_and_its_holder_stays_on_record(given, pia, erin, status):
    sub_task = given(status, holder=erin, current_session_id="chat-1")

    answer = pia.post(f"/api/sub-tasks/{sub_task.pk}/cancel", reason="Not wanted any more.")

    event = Event.objects.about(sub_task).get()
    assert answer.status_code == 200
    assert answer.json()["status"] == "cancelled"
    assert answer.json()["assigned_agent"] == erin.id
    assert answer.json()["current_session_id"] is None
    assert answer.json()["completed_at"] is None
    assert answer.json()["can"] == []
    assert (event.kind, event.was, event.why) == ("sub_task.cancel", status, "Not wanted any more.")


def test_cancelling_needs_no_reason(given, pia):
    sub_task = given("pending")

    answer = pia.post(f"/api/sub-tasks/{sub_task.pk}/cancel")

    assert answer.json()["status"] == "cancelled"


@pytest.mark.parametrize("reason", ["x" * 501, 5, None])
def test_a_reason_is_a_sentence_or_two(given, unchanged, pia, reason):
    sub_task = given("pending")

    with unchanged(sub_task):
        answer = pia.post(f"/api/sub-tasks/{sub_task.pk}/cancel", reason=reason)

    assert answer.status_code == 400


def test_the_holder_of_cancelled_work_is_late_with_a_submit(given, unchanged, pia, erin):
    sub_task = given("in_progress", holder=erin)
    pia.post(f"/api/sub-tasks/{sub_task.pk}/cancel")

    with unchanged(sub_task):
        answer = erin.post(f"/api/sub-tasks/{sub_task.pk}/submit")

    assert answer.status_code == 409
    assert answer.json()["detail"] == "Sub-task 'Collect' is cancelled; it cannot be submitted now."


def test_the_other_sub_tasks_and_the_task_go_on(given, task, unchanged, pia, erin):
    sub_task, other = given("pending"), given("in_progress", holder=erin)

    pia.post(f"/api/sub-tasks/{sub_task.pk}/cancel")

    other.refresh_from_db()
    task.refresh_from_db()
    assert (other.status, task.status) == ("in_progress", "in_progress")
    assert Event.objects.filter(kind__startswith="task.").count() == 0
