import pytest

from agents.models import Agent
from agents.services import disable_agent
from notifications.models import Event
from openmoss.errors import Conflict
from tasks import services
from tasks.models import ActivityLog, SubTask


@pytest.mark.parametrize("status", ["assigned", "in_progress", "rework", "blocked"])
def test_open_work_returns_to_pending(given, ann, erin, ed, status):
    sub_task = given(
        status, holder=erin, current_session_id="chat-1", rework_count=1, blocked_reason="Silent for 3 h."
    )

    services.retire_agent(erin.agent, by=ann, why="Too slow.")

    row = SubTask.objects.get()
    event = Event.objects.about(sub_task).get()
    assert (row.status, row.assignee, row.assigned_at) == ("pending", None, None)
    assert (row.current_session_id, row.blocked_reason) == (None, "")
    assert (row.attempt, row.rework_count) == (1, 1)
    assert min(row.status_since, row.updated_at) > sub_task.updated_at
    assert (event.kind, event.was, event.now) == ("sub_task.release", status, "pending")
    assert (event.actor_name, event.actor_role, event.why) == ("Ann", "admin", "Erin retired.")
    assert ed.post(f"/api/sub-tasks/{sub_task.pk}/claim").json()["attempt"] == 2


@pytest.mark.parametrize("status", ["review", "done", "cancelled"])
def test_finished_work_and_work_in_review_stays_with_its_author(given, unchanged, ann, erin, status):
    sub_task = given(status, holder=erin)

    services.retire_agent(erin.agent, by=ann)

    row = SubTask.objects.get()
    assert (row.status, row.assignee_id, row.updated_at) == (status, erin.agent.pk, sub_task.updated_at)
    assert Event.objects.about(sub_task).count() == 0


def test_work_of_others_is_left_alone(given, ann, erin, ed):
    sub_task, free = given("in_progress", holder=ed), given("pending")

    services.retire_agent(erin.agent, by=ann)

    sub_task.refresh_from_db()
    assert (sub_task.status, sub_task.assignee) == ("in_progress", ed.agent)
    assert [Event.objects.about(row).count() for row in (sub_task, free)] == [0, 0]


def test_the_key_is_dead(given, unchanged, ann, erin):
    sub_task = given("in_progress", holder=erin)
    services.retire_agent(erin.agent, by=ann)

    with unchanged(sub_task):
        answers = [erin.get("/api/agents/me"), erin.post(f"/api/sub-tasks/{sub_task.pk}/submit")]

    assert [answer.status_code for answer in answers] == [401, 401]
    assert Agent.objects.get(name="Erin").key_hash is None


def test_retiring_is_told_by_one_event(ann, erin):
    services.retire_agent(erin.agent, by=ann, why="Too slow.")

    event = Event.objects.about(erin.agent).last()
    assert (event.kind, event.actor_name, event.was, event.now, event.why) == (
        "agent.retire", "Ann", "active", "retired", "Too slow.",
    )  # fmt: skip
    assert erin.agent.status == "retired"
    assert Event.objects.filter(kind="agent.retire").count() == 1


def test_history_stays(given, pia, rita, ann, erin):
    sub_task = given("pending")
    erin.post(f"/api/sub-tasks/{sub_task.pk}/claim")
    erin.post(f"/api/sub-tasks/{sub_task.pk}/start")
    erin.post("/api/logs", action="delivery", summary="papers.md", sub_task_id=str(sub_task.pk))
    erin.post(f"/api/sub-tasks/{sub_task.pk}/submit")
    rita.post("/api/review-records", sub_task_id=str(sub_task.pk), result="approved", score=5)
    before = Event.objects.by(erin.agent).count()

    services.retire_agent(erin.agent, by=ann)

    assert before == 3
    assert Event.objects.by(erin.agent).count() == before
    assert ActivityLog.objects.get().agent == erin.agent
    assert pia.get(f"/api/sub-tasks/{sub_task.pk}").json()["assigned_agent"] == erin.id
    assert pia.get("/api/review-records").json()["total"] == 1
    assert Agent.objects.get(name="Erin").total_score == 5


def test_a_disabled_agent_can_retire_too(given, ann, erin):
    given("in_progress", holder=erin)
    disable_agent(erin.agent)

    services.retire_agent(erin.agent, by=ann)

    assert Event.objects.get(kind="agent.retire").was == "disabled"
    assert SubTask.objects.get().status == "pending"


def test_nobody_retires_twice(given, unchanged, ann, erin):
    services.retire_agent(erin.agent, by=ann)

    with unchanged(erin.agent), pytest.raises(Conflict):
        services.retire_agent(Agent.objects.get(name="Erin"), by=ann)

    assert Agent.objects.get(name="Erin").status == "retired"


def test_a_retired_agent_is_given_no_work(given, unchanged, pia, ann, erin):
    services.retire_agent(erin.agent, by=ann)
    sub_task = given("pending")

    with unchanged(sub_task):
        answer = pia.post(f"/api/sub-tasks/{sub_task.pk}/reassign", agent_id=erin.id)

    assert answer.status_code == 409
    assert erin.id not in {agent["id"] for agent in pia.get("/api/agents").json()}


def test_work_in_review_of_a_retired_agent_is_handed_on_when_rejected(given, ann, rita, erin, ed):
    sub_task = given("review", holder=erin)
    services.retire_agent(erin.agent, by=ann)

    rita.post(
        "/api/review-records",
        sub_task_id=str(sub_task.pk),
        result="rejected",
        score=2,
        issues="Thin.",
        rework_agent=ed.id,
    )

    assert ed.post(f"/api/sub-tasks/{sub_task.pk}/start").status_code == 200
