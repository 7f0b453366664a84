import pytest

from agents.models import Agent
from agents.services import disable_agent
from notifications.models import Event
from openmoss.errors import Conflict
from tasks import services
from tasks.models import SubTask


def test_an_executor_claims_a_pending_sub_task(pia, erin):
    task = pia.post("/api/tasks", name="News").json()
    sub_task = pia.post("/api/sub-tasks", task_id=task["id"], name="Collect").json()

    answer = erin.post(f"/api/sub-tasks/{sub_task['id']}/claim")

    assert answer.status_code == 200
    assert answer.json()["status"] == "assigned"
    assert answer.json()["assigned_agent"] == erin.id
    assert SubTask.objects.get().attempt == 1


def test_a_claim_is_told_by_one_event_that_names_the_holder(given, erin):
    sub_task = given("pending")

    erin.post(f"/api/sub-tasks/{sub_task.pk}/claim")

    event = Event.objects.about(sub_task).get()
    assert (event.kind, event.actor_name, event.was, event.now) == (
        "sub_task.claim", "Erin", "pending", "assigned",
    )  # fmt: skip
    assert event.data == {"attempt": 1, "assignee": erin.id, "assignee_name": "Erin"}


def test_a_claim_binds_the_session_that_it_names(given, erin):
    first, second = given("pending"), given("pending")

    with_session = erin.post(f"/api/sub-tasks/{first.pk}/claim", session_id="chat-1").json()
    without = erin.post(f"/api/sub-tasks/{second.pk}/claim").json()

    assert with_session["current_session_id"] == "chat-1"
    assert without["current_session_id"] is None


def test_a_claim_says_since_when_work_is_held(given, erin):
    sub_task = given("pending")

    erin.post(f"/api/sub-tasks/{sub_task.pk}/claim")

    row = SubTask.objects.get()
    assert min(row.assigned_at, row.status_since, row.updated_at) > sub_task.updated_at


def test_every_claim_is_a_new_attempt(given, erin, ed):
    sub_task = given("pending")
    erin.post(f"/api/sub-tasks/{sub_task.pk}/claim")
    erin.post(f"/api/sub-tasks/{sub_task.pk}/release", reason="I have no access.")

    answer = ed.post(f"/api/sub-tasks/{sub_task.pk}/claim")

    assert answer.json()["attempt"] == 2


def test_who_comes_too_late_hears_who_holds_it_and_what_to_do(given, unchanged, erin, ed):
    sub_task = given("pending")
    erin.post(f"/api/sub-tasks/{sub_task.pk}/claim")

    with unchanged(sub_task):
        answer = ed.post(f"/api/sub-tasks/{sub_task.pk}/claim")

    assert answer.status_code == 409
    assert answer.json()["code"] == "conflict"
    assert answer.json()["detail"] == "Sub-task 'Collect' is assigned; it cannot be claimed now."
    assert "Erin holds it since " in answer.json()["hint"]
    assert "not seen yet" in answer.json()["hint"]
    assert "`st available`" in answer.json()["hint"]


def test_who_comes_too_late_hears_when_the_holder_was_seen(given, erin, ed):
    sub_task = given("assigned", holder=erin)
    Agent.objects.filter(pk=erin.id).update(last_seen_at=sub_task.assigned_at)

    hint = ed.post(f"/api/sub-tasks/{sub_task.pk}/claim").json()["hint"]

    assert "last seen just now" in hint


def test_who_read_it_free_and_writes_late_does_not_get_it(given, unchanged, erin, ed):
    seen_free = given("pending")
    services.claim(SubTask.objects.get(), by=erin.agent)

    with unchanged(seen_free), pytest.raises(Conflict) as refusal:
        services.claim(seen_free, by=ed.agent)

    assert refusal.value.detail == "Somebody else was faster: sub-task 'Collect' is assigned now."
    assert "Erin holds it" in refusal.value.hint


def test_the_same_agent_that_read_it_free_twice_gets_it_once(given, unchanged, erin):
    seen_free = given("pending")
    services.claim(SubTask.objects.get(), by=erin.agent)

    with unchanged(seen_free):
        again = services.claim(seen_free, by=erin.agent)

    assert (again.status, again.attempt, again.assignee) == ("assigned", 1, erin.agent)


def test_an_executor_who_is_disabled_meanwhile_does_not_get_it(given, unchanged, erin):
    sub_task = given("pending")
    disable_agent(Agent.objects.get(pk=erin.id))

    with unchanged(sub_task), pytest.raises(Conflict):
        services.claim(sub_task, by=erin.agent)


@pytest.mark.parametrize("session_id", ["x" * 201, 7, ["chat-1"]])
def test_a_session_that_is_no_name_is_refused(given, unchanged, erin, session_id):
    sub_task = given("pending")

    with unchanged(sub_task):
        answer = erin.post(f"/api/sub-tasks/{sub_task.pk}/claim", session_id=session_id)

    assert answer.status_code == 400
    assert list(answer.json()["fields"]) == ["session_id"]


def test_an_unknown_sub_task_is_not_found(erin):
    answer = erin.post("/api/sub-tasks/11111111-2222-3333-4444-555555555555/claim")

    assert answer.status_code == 404
    assert answer.json()["code"] == "not_found"
