import pytest

from notifications.models import Event


@pytest.mark.parametrize("status", ["assigned", "in_progress", "rework"])
def test_the_holder_gives_work_back(given, erin, ed, status):
    sub_task = given(status, holder=erin, current_session_id="chat-1", rework_count=1)

    answer = erin.post(f"/api/sub-tasks/{sub_task.pk}/release", reason="I cannot read Dutch.")

    event = Event.objects.about(sub_task).get()
    sub_task.refresh_from_db()
    assert answer.status_code == 200
    assert answer.json()["status"] == "pending"
    assert answer.json()["assigned_agent"] is None
    assert answer.json()["heartbeat_at"] is None
    assert answer.json()["can"] == ["claim"]
    assert (sub_task.assigned_at, sub_task.current_session_id) == (None, None)
    assert (sub_task.attempt, sub_task.rework_count) == (1, 1)
    assert (event.kind, event.was, event.now) == ("sub_task.release", status, "pending")
    assert event.why == "I cannot read Dutch."


def test_released_work_is_available_to_others(given, erin, ed):
    sub_task = given("in_progress", holder=erin)

    erin.post(f"/api/sub-tasks/{sub_task.pk}/release", reason="Too hard for me.")

    assert [row["id"] for row in ed.get("/api/sub-tasks/available").json()["items"]] == [str(sub_task.pk)]
    assert erin.get("/api/sub-tasks/mine").json()["items"] == []


@pytest.mark.parametrize(
    "body", [{}, {"reason": ""}, {"reason": " \n"}, {"reason": "x" * 501}, {"reason": 5}]
)
def test_giving_work_back_needs_a_reason(given, unchanged, erin, body):
    sub_task = given("in_progress", holder=erin)

    with unchanged(sub_task):
        answer = erin.post(f"/api/sub-tasks/{sub_task.pk}/release", **body)

    assert answer.status_code == 400
    assert list(answer.json()["fields"]) == ["reason"]


def test_who_gave_work_back_is_late_with_a_submit(given, unchanged, erin):
    sub_task = given("pending")
    erin.post(f"/api/sub-tasks/{sub_task.pk}/claim")
    erin.post(f"/api/sub-tasks/{sub_task.pk}/release", reason="Too hard for me.")

    with unchanged(sub_task):
        answer = erin.post(f"/api/sub-tasks/{sub_task.pk}/submit")

    assert answer.status_code == 409
    assert "no longer yours: nobody holds it" in answer.json()["detail"]
