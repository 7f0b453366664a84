"""Agents lose answers and try again: the second time they hear what they would have heard the first time."""

from notifications.models import Event
from tasks.models import SubTask


def test_a_repeated_claim_answers_with_the_same_object(given, unchanged, erin):
    sub_task = given("pending")
    first = erin.post(f"/api/sub-tasks/{sub_task.pk}/claim", session_id="chat-1")

    with unchanged(sub_task):
        second = erin.post(f"/api/sub-tasks/{sub_task.pk}/claim", session_id="chat-1")

    assert (first.status_code, second.status_code) == (200, 200)
    assert second.json() == first.json()
    assert second.json()["attempt"] == 1


def test_a_repeated_start_answers_with_the_same_object(given, unchanged, erin):
    sub_task = given("assigned", holder=erin)
    first = erin.post(f"/api/sub-tasks/{sub_task.pk}/start", session_id="chat-1")

    with unchanged(sub_task):
        second = erin.post(f"/api/sub-tasks/{sub_task.pk}/start", session_id="chat-1")

    assert (first.status_code, second.status_code) == (200, 200)
    assert second.json() == first.json()


def test_a_repeated_submit_answers_with_the_same_object(given, unchanged, erin):
    sub_task = given("in_progress", holder=erin, current_session_id="chat-1")
    first = erin.post(f"/api/sub-tasks/{sub_task.pk}/submit", session_id="chat-1")

    with unchanged(sub_task):
        second = erin.post(f"/api/sub-tasks/{sub_task.pk}/submit", session_id="chat-1")

    assert (first.status_code, second.status_code) == (200, 200)
    assert second.json() == first.json()


def test_a_whole_road_walked_with_every_step_twice_leaves_three_events(given, events, erin):
    sub_task = given("pending")

    codes = [
        erin.post(f"/api/sub-tasks/{sub_task.pk}/{move}").status_code
        for move in ("claim", "claim", "start", "start", "submit", "submit")
    ]

    assert codes == [200] * 6
    assert SubTask.objects.get().attempt == 1
    assert events(sub_task) == [
        "sub_task.claim: pending > assigned",
        "sub_task.start: assigned > in_progress",
        "sub_task.submit: in_progress > review",
    ]


def test_a_repeat_by_another_agent_is_no_repeat(given, unchanged, erin, ed):
    sub_task = given("pending")
    erin.post(f"/api/sub-tasks/{sub_task.pk}/claim")

    with unchanged(sub_task):
        answer = ed.post(f"/api/sub-tasks/{sub_task.pk}/claim")

    assert answer.status_code == 409


def test_a_repeat_that_the_work_has_outrun_hears_how_to_go_on(given, unchanged, erin):
    sub_task = given("pending")
    erin.post(f"/api/sub-tasks/{sub_task.pk}/claim")
    erin.post(f"/api/sub-tasks/{sub_task.pk}/start")

    with unchanged(sub_task):
        answer = erin.post(f"/api/sub-tasks/{sub_task.pk}/claim")

    assert answer.status_code == 409
    assert answer.json()["hint"] == "It is yours and in progress: go on with it."


def test_other_moves_are_not_made_twice(given, unchanged, pia, erin):
    sub_task = given("in_progress", holder=erin)
    erin.post(f"/api/sub-tasks/{sub_task.pk}/release", reason="Too hard for me.")

    with unchanged(sub_task):
        answer = erin.post(f"/api/sub-tasks/{sub_task.pk}/release", reason="Too hard for me.")

    assert answer.status_code == 409
    assert Event.objects.filter(kind="sub_task.release").count() == 1
