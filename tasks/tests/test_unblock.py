import pytest

from notifications.models import Event


def test_a_planner_lets_anybody_claim_blocked_work_again(given, pia, erin, ed):
    sub_task = given("blocked", holder=erin, blocked_reason="Silent for 3 h.", rework_count=2)

    answer = pia.post(f"/api/sub-tasks/{sub_task.pk}/unblock", reason="The source is back.")

    event = Event.objects.about(sub_task).get()
    sub_task.refresh_from_db()
    assert answer.status_code == 200
    assert answer.json()["status"] == "pending"
    assert answer.json()["assigned_agent"] is None
    assert answer.json()["blocked_reason"] == ""
    assert (sub_task.assigned_at, sub_task.attempt, sub_task.rework_count) == (None, 1, 2)
    assert (event.kind, event.was, event.now, event.why) == (
        "sub_task.unblock", "blocked", "pending", "The source is back.",
    )  # fmt: skip
    assert ed.post(f"/api/sub-tasks/{sub_task.pk}/claim").json()["attempt"] == 2


def test_unblocking_needs_no_reason(given, pia, erin):
    sub_task = given("blocked", holder=erin)

    answer = pia.post(f"/api/sub-tasks/{sub_task.pk}/unblock")

    assert answer.json()["status"] == "pending"


@pytest.mark.parametrize("reason", ["x" * 501, 5, None])
def test_a_reason_is_a_sentence_or_two(given, unchanged, pia, erin, reason):
    sub_task = given("blocked", holder=erin)

    with unchanged(sub_task):
        answer = pia.post(f"/api/sub-tasks/{sub_task.pk}/unblock", reason=reason)

    assert answer.status_code == 400


def test_the_former_holder_hears_that_the_work_was_taken_away(given, unchanged, pia, pat, erin):
    sub_task = given("pending")
    erin.post(f"/api/sub-tasks/{sub_task.pk}/claim")
    pat.post(f"/api/sub-tasks/{sub_task.pk}/block", reason="Silent for 3 h.")
    pia.post(f"/api/sub-tasks/{sub_task.pk}/unblock")

    with unchanged(sub_task):
        answer = erin.post(f"/api/sub-tasks/{sub_task.pk}/start")

    assert answer.status_code == 409
    assert "no longer yours" in answer.json()["detail"]
