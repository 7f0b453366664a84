import pytest

from agents.services import disable_agent
from notifications.models import Event
from openmoss.errors import Conflict
from tasks import services
from tasks.models import SubTask

HELD = ["assigned", "in_progress", "rework", "blocked"]


@pytest.mark.parametrize("status", HELD)
def test_a_planner_hands_held_work_to_another_executor(given, pia, erin, ed, status):
    sub_task = given(
        status, holder=erin, current_session_id="chat-1", rework_count=1, blocked_reason="Silent for 3 h."
    )

    answer = pia.post(f"/api/sub-tasks/{sub_task.pk}/reassign", agent_id=ed.id, reason="Ed knows Dutch.")

    event = Event.objects.about(sub_task).get()
    assert answer.status_code == 200
    assert answer.json()["status"] == "assigned"
    assert answer.json()["assigned_agent"] == ed.id
    assert answer.json()["attempt"] == 2
    assert answer.json()["current_session_id"] is None
    assert answer.json()["blocked_reason"] == ""
    assert answer.json()["rework_count"] == 1
    assert (event.kind, event.was, event.now) == ("sub_task.reassign", status, "assigned")
    assert event.why == "Ed knows Dutch."
    assert event.data == {"attempt": 2, "assignee": ed.id, "assignee_name": "Ed"}


def test_a_planner_gives_free_work_to_an_executor(given, pia, ed):
    sub_task = given("pending")

    answer = pia.post(f"/api/sub-tasks/{sub_task.pk}/reassign", agent_id=ed.id)

    sub_task.refresh_from_db()
    assert answer.json()["status"] == "assigned"
    assert (sub_task.assignee, sub_task.attempt) == (ed.agent, 1)
    assert sub_task.assigned_at is not None


def test_giving_work_to_its_holder_again_is_a_new_attempt(given, pia, erin):
    sub_task = given("in_progress", holder=erin, current_session_id="chat-1")

    answer = pia.post(f"/api/sub-tasks/{sub_task.pk}/reassign", agent_id=erin.id)

    assert answer.json()["status"] == "assigned"
    assert answer.json()["attempt"] == 2
    assert answer.json()["current_session_id"] is None


def test_the_new_holder_starts(given, pia, erin, ed):
    sub_task = given("in_progress", holder=erin)
    pia.post(f"/api/sub-tasks/{sub_task.pk}/reassign", agent_id=ed.id)

    answer = ed.post(f"/api/sub-tasks/{sub_task.pk}/start", session_id="chat-2")

    assert answer.json()["status"] == "in_progress"
    assert answer.json()["can"] == ["submit", "release"]


@pytest.mark.parametrize(
    ("move", "body"), [("start", {}), ("submit", {}), ("release", {"reason": "Too hard for me."})]
)
def test_the_old_holder_is_too_late_for_everything(given, unchanged, pia, erin, ed, move, body):
    sub_task = given("pending")
    erin.post(f"/api/sub-tasks/{sub_task.pk}/claim")
    erin.post(f"/api/sub-tasks/{sub_task.pk}/start")
    pia.post(f"/api/sub-tasks/{sub_task.pk}/reassign", agent_id=ed.id)
    ed.post(f"/api/sub-tasks/{sub_task.pk}/start")

    with unchanged(sub_task):
        answer = erin.post(f"/api/sub-tasks/{sub_task.pk}/{move}", **body)

    assert answer.status_code == 409
    assert "no longer yours: Ed holds it since " in answer.json()["detail"]
    assert "Stop working on it" in answer.json()["hint"]


def test_of_two_planners_who_saw_the_same_holder_only_the_first_hands_it_on(given, unchanged, pia, erin, ed):
    seen_with_erin = given("assigned", holder=erin)
    services.reassign(SubTask.objects.get(), to=ed.agent, by=pia.agent)

    with unchanged(seen_with_erin), pytest.raises(Conflict):
        services.reassign(seen_with_erin, to=erin.agent, by=pia.agent)

    assert SubTask.objects.get().assignee == ed.agent


def test_a_start_that_was_read_before_the_work_came_back_does_not_count(given, unchanged, pia, erin, ed):
    seen_first = given("assigned", holder=erin)
    services.reassign(SubTask.objects.get(), to=ed.agent, by=pia.agent)
    services.reassign(SubTask.objects.get(), to=erin.agent, by=pia.agent)

    with unchanged(seen_first), pytest.raises(Conflict):
        services.start(seen_first, by=erin.agent)

    assert SubTask.objects.get().status == "assigned"


def test_who_was_given_it_when_it_was_made_is_a_former_holder_too(pia, erin, ed, task):
    sub_task = pia.post("/api/sub-tasks", task_id=str(task.pk), name="Collect", assigned_agent=erin.id).json()
    pia.post(f"/api/sub-tasks/{sub_task['id']}/reassign", agent_id=ed.id)

    answer = erin.post(f"/api/sub-tasks/{sub_task['id']}/start")

    assert answer.status_code == 409
    assert "no longer yours" in answer.json()["detail"]


def test_who_never_held_it_is_a_stranger(given, unchanged, pia, erin, ed):
    sub_task = given("in_progress", holder=erin)

    with unchanged(sub_task):
        answer = ed.post(f"/api/sub-tasks/{sub_task.pk}/submit")

    assert answer.status_code == 403
    assert "is not yours: Erin holds it" in answer.json()["detail"]
    assert "`st mine`" in answer.json()["hint"]


def _disable(agent):
    disable_agent(agent)


def _retire(agent):
    services.retire_agent(agent)


@pytest.mark.parametrize("leave", [_disable, _retire])
def test_work_is_not_given_to_an_agent_that_is_away(given, unchanged, pia, erin, ed, leave):
    sub_task = given("blocked", holder=erin)
    leave(ed.agent)

    with unchanged(sub_task):
        answer = pia.post(f"/api/sub-tasks/{sub_task.pk}/reassign", agent_id=ed.id)

    assert answer.status_code == 409
    assert answer.json()["detail"] == f"Ed cannot be given work: executor, {ed.agent.status}."
    assert "`agents --role executor`" in answer.json()["hint"]


def test_work_is_not_given_to_another_role(given, unchanged, pia, erin, rita):
    sub_task = given("blocked", holder=erin)

    with unchanged(sub_task):
        answers = [
            pia.post(f"/api/sub-tasks/{sub_task.pk}/reassign", agent_id=caller.id) for caller in (rita, pia)
        ]

    assert [answer.status_code for answer in answers] == [409, 409]
    assert answers[0].json()["detail"] == "Rita cannot be given work: reviewer, active."


def test_the_refusal_names_the_agent_and_not_what_the_work_waits_for(given, unchanged, pia, rita):
    sub_task = given("pending", needs=[given("pending", name="Find sources")])

    with unchanged(sub_task):
        answer = pia.post(f"/api/sub-tasks/{sub_task.pk}/reassign", agent_id=rita.id)

    assert answer.status_code == 409
    assert answer.json()["detail"] == "Rita cannot be given work: reviewer, active."


def test_waiting_work_may_be_given_to_somebody_ahead_of_time(given, unchanged, pia, erin):
    sub_task = given("pending", needs=[given("pending", name="Find sources")])
    answer = pia.post(f"/api/sub-tasks/{sub_task.pk}/reassign", agent_id=erin.id)

    with unchanged(sub_task):
        start = erin.post(f"/api/sub-tasks/{sub_task.pk}/start")

    assert answer.json()["status"] == "assigned"
    assert start.status_code == 409
    assert "'Find sources' (pending)" in start.json()["detail"]


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({}, 400),
        ({"agent_id": None}, 400),
        ({"agent_id": ""}, 400),
        ({"agent_id": "11111111-2222-3333-4444-555555555555"}, 404),
        ({"agent_id": "Ed"}, 404),
    ],
)
def test_the_agent_must_be_named(given, unchanged, pia, erin, body, code):
    sub_task = given("blocked", holder=erin)

    with unchanged(sub_task):
        answer = pia.post(f"/api/sub-tasks/{sub_task.pk}/reassign", **body)

    assert answer.status_code == code
    assert list(answer.json()["fields"]) == ["agent_id"]
