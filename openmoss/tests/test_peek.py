"""Is there anything for me? Two queries, 200 bytes, and growing patience with an agent that does not act."""

from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from agents.models import Agent, RequestLog
from agents.request_log import buffer
from conftest import Caller, hire
from openmoss.access import Role

NOON = timezone.now().replace(hour=12, minute=0, second=0, microsecond=0)


@pytest.fixture
def clock():
    with time_machine.travel(NOON, tick=False) as traveller:
        yield traveller


@pytest.fixture
def free(pia) -> dict:
    """A sub-task that any executor may claim."""
    task = pia.post("/api/tasks", name="News").json()
    return pia.post("/api/sub-tasks", task_id=task["id"], name="Collect").json()


def peek(agent: Caller) -> dict:
    answer = agent.get("/api/peek")
    assert answer.status_code == 200
    buffer.flush()
    return answer.json()


@pytest.mark.parametrize("role", Role.values)
def test_an_idle_peek_takes_two_queries_and_200_bytes_and_leaves_no_trace(
    db, django_assert_num_queries, role
):
    agent = hire("Idle", role)

    with django_assert_num_queries(2):
        answer = agent.get("/api/peek")

    assert len(answer.content) <= 200
    assert answer.json()["wake"] is False
    assert answer.json()["reason"] == "idle"
    assert 60 <= answer.json()["retry_after"] <= 3600
    buffer.flush()
    assert not RequestLog.objects.exists()
    assert Agent.objects.get(pk=agent.id).last_seen_at is None


def test_work_wakes_whoever_can_do_it_and_nobody_else(pia, erin, rita, pat, free):
    assert peek(erin)["wake"] is True
    assert peek(erin)["reason"] == "1 free"
    assert [peek(other)["wake"] for other in (pia, rita, pat)] == [False] * 3

    erin.post(f"/api/sub-tasks/{free['id']}/claim")
    erin.post(f"/api/sub-tasks/{free['id']}/start")
    erin.post(f"/api/sub-tasks/{free['id']}/submit")

    assert peek(rita)["reason"] == "1 review"
    assert [peek(other)["wake"] for other in (pia, erin, pat)] == [False] * 3

    rita.post("/api/review-records", sub_task_id=free["id"], result="approved", score=5)

    assert peek(pia)["reason"] == "1 closable"


def test_what_waits_for_other_work_wakes_nobody(pia, erin, free):
    blocked = pia.post("/api/sub-tasks", task_id=free["task_id"], name="Next", depends_on=[free["id"]]).json()
    erin.post(f"/api/sub-tasks/{free['id']}/claim")

    assert peek(erin)["reason"] == "1 assigned"

    pia.post(f"/api/sub-tasks/{blocked['id']}/reassign", agent_id=erin.id)

    assert peek(erin)["reason"] == "1 assigned"  # the second one is hers too, but cannot begin


def test_woken_again_without_acting_an_agent_is_left_alone_longer_and_longer(clock, erin, free):
    first = peek(erin)
    assert (first["wake"], first["retry_after"]) == (True, 0)

    pauses, calls = [], 0
    for _ in range(12 * 60):  # a gate asks every minute, all night
        clock.shift(60)
        answer = peek(erin)
        assert answer["wake"] is True
        assert answer["cursor"] == first["cursor"]
        if answer["retry_after"] == 0:
            pauses.append(calls)
            calls = 0
        calls += 1

    assert len(pauses) <= 8  # instead of 720 wake-ups
    assert pauses == sorted(pauses)
    assert Agent.objects.get(pk=erin.id).wake_count == len(pauses) + 1


def test_something_new_wakes_at_once(clock, pia, erin, free):
    peek(erin)
    clock.shift(60)
    assert peek(erin)["retry_after"] > 0

    pia.post("/api/sub-tasks", task_id=free["task_id"], name="Another")

    assert peek(erin)["retry_after"] == 0


def test_acting_ends_the_pause_but_talking_does_not(clock, pia, erin, free):
    peek(erin)
    clock.shift(60)
    erin.post("/api/logs", action="coding", summary="Hm.")
    assert peek(erin)["retry_after"] > 0

    erin.post(f"/api/sub-tasks/{free['id']}/claim")
    erin.post(f"/api/sub-tasks/{free['id']}/release", reason="Not mine.")

    assert peek(erin)["retry_after"] == 0


def test_a_lost_answer_can_be_asked_for_again(clock, erin, free):
    peek(erin)
    clock.shift(5)

    assert peek(erin)["retry_after"] == 0
    assert Agent.objects.get(pk=erin.id).wake_count == 1


def test_fifty_idle_agents_do_not_come_back_in_the_same_second(db):
    rhythms = [peek(hire(f"Executor {n}", Role.EXECUTOR))["retry_after"] for n in range(50)]

    assert all(240 <= seconds <= 360 for seconds in rhythms)
    assert len(set(rhythms)) > 30


def test_work_in_progress_wakes_its_holder_only_when_nothing_was_heard_for_half_an_hour(clock, erin, free):
    erin.post(f"/api/sub-tasks/{free['id']}/claim")
    erin.post(f"/api/sub-tasks/{free['id']}/start")
    buffer.flush()

    clock.shift(timedelta(minutes=29))
    assert peek(erin)["wake"] is False
    clock.shift(timedelta(minutes=2))
    assert peek(erin)["reason"] == "1 resume"


@pytest.mark.parametrize("answered", ["rule", "reassign", "log", "executor submits"])
def test_a_call_for_help_wakes_the_planner_until_it_is_answered(clock, pia, erin, ed, free, answered):
    id = free["id"]
    erin.post(f"/api/sub-tasks/{id}/claim")
    erin.post(f"/api/sub-tasks/{id}/start")
    clock.shift(60)
    assert peek(pia)["wake"] is False

    erin.post("/api/logs", action="blocked", summary="Which language?", sub_task_id=id)
    assert peek(pia)["reason"] == "1 help"

    clock.shift(60)
    if answered == "rule":
        pia.post("/api/rules/items", sub_task_id=id, content="English.")
    elif answered == "reassign":
        pia.post(f"/api/sub-tasks/{id}/reassign", agent_id=ed.id)
    elif answered == "log":
        pia.post("/api/logs", action="plan", summary="English.", sub_task_id=id)
    else:
        erin.post(f"/api/sub-tasks/{id}/submit")
    assert peek(pia)["wake"] is False


def test_a_reviewer_who_cannot_judge_wakes_the_planner_and_hears_the_answer(clock, pia, rita, submitted):
    id = str(submitted.pk)
    clock.shift(60)
    rita.post("/api/logs", action="blocked", summary="The site asks for a login.", sub_task_id=id)

    assert peek(pia)["reason"] == "1 help"
    [item] = pia.get("/api/brief").json()["items"]
    assert (item["asked_by"], item["asks"]) == ("Rita", "The site asks for a login.")
    assert "st reassign" not in " ".join(item["do"])  # refused while it is in review

    clock.shift(60)
    pia.post("/api/rules/items", sub_task_id=id, content="Judge the files alone.")
    assert peek(pia)["wake"] is False
    assert rita.get("/api/brief").json()["items"][0]["rules"] == ["Judge the files alone."]


def test_a_planner_is_woken_for_tasks_without_sub_tasks_blocked_work_and_what_recurs(pia, erin, rita, pat):
    task = pia.post("/api/tasks", name="News").json()
    assert peek(pia)["reason"] == "1 unplanned"

    daily = pia.post(
        "/api/sub-tasks", task_id=task["id"], name="Daily", type="recurring", assigned_agent=erin.id
    ).json()
    other = pia.post("/api/sub-tasks", task_id=task["id"], name="Other", assigned_agent=erin.id).json()
    assert peek(pia)["wake"] is False

    pat.post(f"/api/sub-tasks/{other['id']}/block", reason="Silent")
    erin.post(f"/api/sub-tasks/{daily['id']}/start")
    erin.post(f"/api/sub-tasks/{daily['id']}/submit")
    rita.post("/api/review-records", sub_task_id=daily["id"], result="approved", score=4)
    assert peek(pia)["reason"] == "1 blocked, 1 repeat"

    pia.post("/api/sub-tasks", task_id=task["id"], name="Daily", type="recurring")
    assert peek(pia)["reason"] == "1 blocked"


def test_a_planner_is_not_told_to_plan_close_or_repeat_what_the_clock_repeats(pia, erin, rita):
    daily = {"name": "Daily", "recurring_config": {"cron": "0 9 * * *"}}
    waiting, done = (pia.post("/api/tasks", name=name).json()["id"] for name in ("Waiting", "Done"))
    recurrence = pia.post("/api/recurrences", task_id=waiting, name="Daily", cron="0 9 * * *").json()
    sub_task = pia.post("/api/sub-tasks", task_id=done, **daily, assigned_agent=erin.id).json()
    for move in ("start", "submit"):
        erin.post(f"/api/sub-tasks/{sub_task['id']}/{move}")
    rita.post("/api/review-records", sub_task_id=sub_task["id"], result="approved", score=5)

    asleep = pia.get("/api/peek").json()
    for id in (recurrence["id"], sub_task["recurrence_id"]):
        pia.post(f"/api/recurrences/{id}/end")
    awake = pia.get("/api/peek").json()

    assert asleep["wake"] is False
    assert awake["wake"] is True
    kinds = [item["kind"] for item in pia.get("/api/brief").json()["items"]]
    assert sorted(kinds) == ["closable", "unplanned"]


def test_work_in_a_closed_task_wakes_nobody(pia, erin, free):
    pia.post(f"/api/tasks/{free['task_id']}/cancel")

    assert peek(erin)["wake"] is False
    assert peek(pia)["wake"] is False


def test_work_that_waits_for_cancelled_work_wakes_the_planner_until_it_is_mended(pia, free):
    waiting = pia.post("/api/sub-tasks", task_id=free["task_id"], name="Next", depends_on=[free["id"]]).json()
    assert peek(pia)["wake"] is False

    pia.post(f"/api/sub-tasks/{free['id']}/cancel")
    assert peek(pia)["reason"] == "1 stranded"

    pia.put(f"/api/sub-tasks/{waiting['id']}", depends_on=[])
    assert peek(pia)["wake"] is False
