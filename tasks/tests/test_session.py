import pytest

from notifications.models import Event


def test_the_holder_goes_on_in_another_session(given, erin):
    sub_task = given("in_progress", holder=erin, current_session_id="chat-1")

    answer = erin.post(f"/api/sub-tasks/{sub_task.pk}/session", session_id="chat-2")

    event = Event.objects.about(sub_task).get()
    assert answer.status_code == 200
    assert answer.json()["current_session_id"] == "chat-2"
    assert answer.json()["status"] == "in_progress"
    assert answer.json()["can"] == ["submit", "release"]
    assert (event.kind, event.actor_name, event.data) == (
        "sub_task.bind_session", "Erin", {"session": "chat-2"},
    )  # fmt: skip


def test_the_old_session_can_no_longer_submit(given, unchanged, erin):
    sub_task = given("in_progress", holder=erin, current_session_id="chat-1")
    erin.post(f"/api/sub-tasks/{sub_task.pk}/session", session_id="chat-2")

    with unchanged(sub_task):
        answer = erin.post(f"/api/sub-tasks/{sub_task.pk}/submit", session_id="chat-1")

    assert answer.status_code == 409


@pytest.mark.parametrize("body", [{}, {"session_id": None}, {"session_id": 7}, {"session_id": "x" * 201}])
def test_a_session_must_be_named(given, unchanged, erin, body):
    sub_task = given("in_progress", holder=erin)

    with unchanged(sub_task):
        answer = erin.post(f"/api/sub-tasks/{sub_task.pk}/session", **body)

    assert answer.status_code == 400
    assert list(answer.json()["fields"]) == ["session_id"]


@pytest.mark.parametrize("status", ["assigned", "review", "rework", "blocked", "done", "cancelled"])
def test_only_work_in_progress_has_a_session(given, unchanged, erin, status):
    sub_task = given(status, holder=erin)

    with unchanged(sub_task):
        answer = erin.post(f"/api/sub-tasks/{sub_task.pk}/session", session_id="chat-1")

    assert answer.status_code == 409
    assert answer.json()["hint"] == "A session belongs to work in progress."


def test_only_the_holder_binds_a_session(given, unchanged, erin, ed):
    sub_task = given("in_progress", holder=erin)

    with unchanged(sub_task):
        answer = ed.post(f"/api/sub-tasks/{sub_task.pk}/session", session_id="chat-9")

    assert answer.status_code == 403


def test_a_former_holder_hears_that_the_work_was_taken_away(given, unchanged, pia, erin, ed):
    sub_task = given("pending")
    erin.post(f"/api/sub-tasks/{sub_task.pk}/claim")
    pia.post(f"/api/sub-tasks/{sub_task.pk}/reassign", agent_id=ed.id)
    ed.post(f"/api/sub-tasks/{sub_task.pk}/start")

    with unchanged(sub_task):
        answer = erin.post(f"/api/sub-tasks/{sub_task.pk}/session", session_id="chat-9")

    assert answer.status_code == 409
    assert "no longer yours" in answer.json()["detail"]


def test_other_roles_bind_no_session(given, unchanged, pia, rita, pat, erin):
    sub_task = given("in_progress", holder=erin)

    with unchanged(sub_task):
        answers = [
            caller.post(f"/api/sub-tasks/{sub_task.pk}/session", session_id="chat-9")
            for caller in (pia, rita, pat)
        ]

    assert [answer.status_code for answer in answers] == [403, 403, 403]
