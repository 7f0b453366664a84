"""What a verdict of `rejected` does to the sub-task; the review itself is tested in `reviews`."""

from agents.services import disable_agent
from notifications.models import Event
from tasks.models import SubTask


def reject(caller, sub_task, **more):
    return caller.post(
        "/api/review-records",
        sub_task_id=str(sub_task.pk),
        result="rejected",
        score=2,
        issues="Thin.",
        **more,
    )


def test_rejected_work_goes_back_to_its_holder(given, erin, rita):
    sub_task = given("review", holder=erin, current_session_id="chat-1", rework_count=1)

    reject(rita, sub_task)

    row = erin.get(f"/api/sub-tasks/{sub_task.pk}").json()
    event = Event.objects.about(sub_task).get()
    assert row["status"] == "rework"
    assert (row["rework_count"], row["attempt"]) == (2, 1)
    assert (row["assigned_agent"], row["current_session_id"]) == (erin.id, "chat-1")
    assert row["completed_at"] is None
    assert row["can"] == ["start", "release"]
    assert (event.kind, event.why, event.data) == ("sub_task.reject", "Thin.", {"attempt": 1})


def test_rejected_work_may_go_to_another_executor(given, erin, ed, rita):
    sub_task = given("review", holder=erin, current_session_id="chat-1")

    reject(rita, sub_task, rework_agent=ed.id)

    row = ed.get(f"/api/sub-tasks/{sub_task.pk}").json()
    event = Event.objects.get(kind="sub_task.reject")
    assert row["status"] == "rework"
    assert (row["assigned_agent"], row["current_session_id"]) == (ed.id, None)
    assert (row["rework_count"], row["attempt"]) == (1, 2)
    assert event.data == {"attempt": 2, "assignee": ed.id, "assignee_name": "Ed"}
    assert ed.post(f"/api/sub-tasks/{sub_task.pk}/start").status_code == 200


def test_naming_the_holder_again_is_no_new_attempt(given, erin, rita):
    sub_task = given("review", holder=erin, current_session_id="chat-1")

    reject(rita, sub_task, rework_agent=erin.id)

    row = SubTask.objects.get()
    assert (row.status, row.assignee, row.attempt) == ("rework", erin.agent, 1)
    assert row.current_session_id == "chat-1"


def test_rejected_work_does_not_go_to_who_cannot_do_it(given, unchanged, erin, ed, rita, pat):
    sub_task = given("review", holder=erin)
    disable_agent(ed.agent)

    with unchanged(sub_task):
        answers = [reject(rita, sub_task, rework_agent=caller.id) for caller in (pat, ed)]

    assert [answer.status_code for answer in answers] == [409, 409]
    assert answers[0].json()["detail"] == "Pat cannot be given work: patrol, active."
    assert answers[1].json()["detail"] == "Ed cannot be given work: executor, disabled."


def test_every_rejection_counts(given, erin, rita):
    sub_task = given("review", holder=erin)
    reject(rita, sub_task)
    erin.post(f"/api/sub-tasks/{sub_task.pk}/start")
    erin.post(f"/api/sub-tasks/{sub_task.pk}/submit")

    answer = reject(rita, sub_task)

    assert answer.status_code == 200
    assert SubTask.objects.get().rework_count == 2
