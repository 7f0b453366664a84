import pytest

from notifications.models import Event
from tasks import services


@pytest.mark.parametrize("status", ["assigned", "in_progress", "rework"])
def test_patrol_takes_work_out_of_the_flow_and_says_why(given, pat, erin, status):
    sub_task = given(status, holder=erin, current_session_id="chat-1")

    answer = pat.post(f"/api/sub-tasks/{sub_task.pk}/block", reason="Silent for 3 h.")

    event = Event.objects.about(sub_task).get()
    assert answer.status_code == 200
    assert answer.json()["status"] == "blocked"
    assert answer.json()["blocked_reason"] == "Silent for 3 h."
    assert answer.json()["assigned_agent"] == erin.id
    assert answer.json()["current_session_id"] is None
    assert answer.json()["attempt"] == 1
    assert (event.kind, event.actor_name, event.was, event.why) == (
        "sub_task.block", "Pat", status, "Silent for 3 h.",
    )  # fmt: skip


def test_old_patrols_block_without_a_reason(given, pat, erin):
    sub_task = given("in_progress", holder=erin)

    answer = pat.raw("POST", f"/api/sub-tasks/{sub_task.pk}/block", b"{}")

    assert answer.json()["status"] == "blocked"
    assert answer.json()["blocked_reason"] == ""


@pytest.mark.parametrize("reason", ["x" * 501, 5, None])
def test_a_reason_is_a_sentence_or_two(given, unchanged, pat, erin, reason):
    sub_task = given("in_progress", holder=erin)

    with unchanged(sub_task):
        answer = pat.post(f"/api/sub-tasks/{sub_task.pk}/block", reason=reason)

    assert answer.status_code == 400
    assert list(answer.json()["fields"]) == ["reason"]


def test_the_clock_blocks_in_its_own_name(given, erin):
    sub_task = given("in_progress", holder=erin)

    services.block(sub_task, by=None, why="In progress for 12 h.")

    event = Event.objects.about(sub_task).get()
    assert (event.actor_role, event.actor_id, event.actor_name) == ("clock", "", "the clock")


def test_the_holder_of_blocked_work_is_late_with_a_submit(given, unchanged, pat, erin):
    sub_task = given("in_progress", holder=erin)
    pat.post(f"/api/sub-tasks/{sub_task.pk}/block", reason="Silent for 3 h.")

    with unchanged(sub_task):
        answer = erin.post(f"/api/sub-tasks/{sub_task.pk}/submit")

    assert answer.status_code == 409
    assert answer.json()["detail"] == "Sub-task 'Collect' is blocked; it cannot be submitted now."
