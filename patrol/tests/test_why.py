"""Why is nothing moving? A matrix of situations, each made by real moves and by turning the clock forward.

Each names the one fact that holds the task up, who can free it, and the command for it.
"""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from agents.services import disable_agent
from openmoss.models import SiteSettings
from patrol.selectors.why import why
from patrol.tests.conftest import id_of
from tasks.models import SubTask, Task
from tasks.services import retire_agent


@pytest.fixture
def asked(pia, pat, task, clock):
    """Ask the API how the task stands."""

    def asks(**query) -> dict:
        clock.forward(minutes=0)
        answer = pat.get("/api/why", task_id=task, **query).json()
        (standing,) = answer["items"]
        return standing

    return asks


def told(standing: dict) -> tuple[str, str]:
    return standing["fact"], standing["who"]


@pytest.fixture
def hand_in(begin, erin):
    def hands_in(name: str = "Collect") -> str:
        sub_task = begin(name)
        erin.post(f"{sub_task}/submit")
        return sub_task

    return hands_in


@pytest.fixture
def send_back(rita):
    def sends(sub_task: str) -> None:
        said = {"result": "rejected", "score": 3, "issues": "1. Not yet."}
        assert rita.post("/api/review-records", sub_task_id=id_of(sub_task), **said).status_code == 200

    return sends


# ------------------------------------------------------------------------------------------ the plan


def test_without_sub_tasks_the_planner_plans(asked, clock, task):
    clock.forward(minutes=10)

    standing = asked()

    assert told(standing) == ("unplanned", "planner")
    assert standing["sentence"] == "It has had no sub-tasks for 10 min."
    assert f"task_id {task[:8]}" in standing["action"]
    assert standing["do"] == "plan <file>"
    assert standing["moving"] is False


def test_without_sub_tasks_and_without_a_planner_a_person_must_come(asked, pia):
    disable_agent(pia.agent)

    standing = asked()

    assert told(standing) == ("unplanned", "person")
    assert "no active planner" in standing["action"]


def test_everything_is_finished_and_it_is_open(asked, hand_in, rita, task):
    sub_task = hand_in()
    rita.post("/api/review-records", sub_task_id=id_of(sub_task), result="approved", score=5)

    standing = asked()

    assert told(standing) == ("not_closed", "planner")
    assert standing["do"] == f"task status {task[:8]} completed"


# -------------------------------------------------------------------------------- what only a planner frees


def test_blocked_work(asked, begin, pat, clock):
    sub_task = begin()
    pat.post(f"{sub_task}/block", reason="The source is down.")
    clock.forward(minutes=20)

    standing = asked()

    assert told(standing) == ("blocked", "planner")
    assert standing["sentence"] == "'Collect' has been blocked for 20 min: The source is down."
    assert standing["do"] == f"st reassign {id_of(sub_task)[:8]} <agent>"
    assert standing["sub_task"] == {"id": id_of(sub_task), "name": "Collect"}


def test_blocked_work_and_a_planner_who_is_gone(asked, begin, pat, pia):
    sub_task = begin()
    pat.post(f"{sub_task}/block", reason="The source is down.")
    disable_agent(pia.agent)

    assert told(asked()) == ("blocked", "person")


def test_waiting_for_cancelled_work(asked, plan, pia, erin):
    first = plan("Collect")
    plan("Write", depends_on=[id_of(first)])
    pia.post(f"{first}/cancel")

    standing = asked()

    assert told(standing) == ("stranded", "planner")
    assert standing["sentence"] == "'Write' waits for 'Collect', which was cancelled."


def test_a_question(asked, begin, erin):
    sub_task = begin()
    erin.post("/api/logs", action="blocked", summary="Which feed?\nOr both?", sub_task_id=id_of(sub_task))

    standing = asked()

    assert told(standing) == ("help", "planner")
    assert standing["sentence"] == "Erin asks about 'Collect': Which feed? Or both?"


def test_a_question_of_the_reviewer(asked, hand_in, rita):
    sub_task = hand_in()
    rita.post("/api/logs", action="blocked", summary="Where is it?", sub_task_id=id_of(sub_task))

    assert told(asked()) == ("help", "planner")


def test_a_holder_who_is_disabled(asked, begin, erin):
    begin()
    disable_agent(erin.agent)

    standing = asked()

    assert told(standing) == ("holder_gone", "planner")
    assert standing["sentence"] == "'Collect' is in the hands of Erin, who is disabled."


def test_rework_in_the_hands_of_one_who_retired(asked, hand_in, erin, send_back):
    sub_task = hand_in()
    retire_agent(erin.agent)
    send_back(sub_task)

    assert told(asked()) == ("holder_gone", "planner")


def test_a_silent_holder(asked, begin, clock):
    begin()
    clock.forward(hours=1, minutes=5)

    standing = asked()

    assert told(standing) == ("holder_silent", "planner")
    assert standing["sentence"] == "Erin has held 'Collect' for 1 h 5 min and has been silent for 1 h 5 min."


def test_sent_back_again_and_again(asked, hand_in, erin, send_back):
    sub_task = hand_in()
    send_back(sub_task)
    for _ in range(2):
        erin.post(f"{sub_task}/start")
        erin.post(f"{sub_task}/submit")
        send_back(sub_task)

    standing = asked()

    assert told(standing) == ("sent_back_often", "planner")
    assert standing["sentence"] == "'Collect' was sent back 3 times, and is rework again."


def test_given_and_not_started(asked, plan, clock, erin, alive):
    plan(assigned_agent=erin.id)
    clock.forward(hours=1)
    alive(erin)

    standing = asked()

    assert told(standing) == ("not_started", "planner")
    assert standing["sentence"] == "'Collect' was given to Erin and not started for 1 h."


def test_rework_that_is_not_taken_up(asked, hand_in, send_back, clock, erin, alive):
    sub_task = hand_in()
    send_back(sub_task)
    clock.forward(hours=2)
    alive(erin)

    assert told(asked()) == ("not_resumed", "planner")


def test_work_that_takes_long(asked, begin, clock, erin, alive):
    begin()
    clock.forward(hours=1)
    alive(erin)

    standing = asked()

    assert told(standing) == ("takes_long", "planner")
    assert standing["moving"] is False


# ------------------------------------------------------------------------------------------ nobody is there


def test_no_executor_at_all(asked, plan):
    plan()

    standing = asked()

    assert told(standing) == ("no_executor", "person")
    assert standing["action"] == "Hire or enable an executor."


def test_only_a_disabled_executor(asked, plan, erin):
    plan()
    disable_agent(erin.agent)

    assert told(asked()) == ("no_executor", "person")


def test_no_reviewer(asked, hand_in):
    hand_in()

    assert told(asked()) == ("no_reviewer", "person")


def test_reviewers_who_do_not_come(asked, hand_in, rita, alive, clock):
    hand_in()
    alive(rita)
    clock.forward(hours=1)

    standing = asked()

    assert told(standing) == ("review_overdue", "person")
    assert standing["sentence"] == (
        "'Collect' has waited for its review for 1 h; a reviewer was heard of 1 h ago."
    )


def test_executors_who_do_not_come(asked, plan, erin, clock):
    plan()
    clock.forward(hours=1)

    assert told(asked()) == ("not_taken", "planner")


# ------------------------------------------------------------------------------------------ recurring work


@pytest.fixture
def daily(pia, task):
    """Work that comes again every morning; the first time is still ahead."""
    made = pia.post("/api/recurrences", task_id=task, name="Digest", cron="0 9 * * *")
    assert made.status_code == 200, made.content
    return made.json()["id"]


def test_between_two_times_nothing_is_missing(asked, daily):
    standing = asked()

    assert told(standing) == ("until_next_time", "")
    assert standing["sentence"] == "'Digest' comes again at 2026-03-02 09:00 UTC."


def test_recurring_work_that_is_paused(asked, daily, pia, clock):
    pia.post(f"/api/recurrences/{daily}/pause")
    clock.forward(minutes=30)

    standing = asked()

    assert told(standing) == ("paused", "planner")
    assert standing["do"] == f"recurrence resume {daily[:8]}"


# --------------------------------------------------------------------------------------------- it moves


def test_work_in_progress(asked, begin, clock):
    begin()
    clock.forward(minutes=12)

    standing = asked()

    assert told(standing) == ("worked_on", "")
    assert standing["moving"] is True
    assert standing["sentence"] == "'Collect' has been worked on by Erin for 12 min."
    assert standing["action"] == standing["do"] == ""


def test_work_in_review(asked, hand_in, rita):
    hand_in()

    assert told(asked()) == ("in_review", "")


def test_work_just_given(asked, plan, erin):
    plan(assigned_agent=erin.id)

    assert told(asked()) == ("just_given", "")


def test_work_just_freed(asked, plan, erin):
    plan()

    assert told(asked()) == ("free", "")


def test_a_queue_behind_busy_executors(asked, plan, erin, pia, clock):
    other = pia.post("/api/tasks", name="Other").json()["id"]
    busy = pia.post("/api/sub-tasks", task_id=other, name="Busy", assigned_agent=erin.id).json()["id"]
    erin.post(f"/api/sub-tasks/{busy}/start")
    plan()
    clock.forward(minutes=30)

    standing = asked()

    assert told(standing) == ("queued", "")
    assert (
        standing["sentence"] == "'Collect' has been free for 30 min; every executor is busy with other work."
    )


# ------------------------------------------------------------------------------------- what waits behind


def test_the_fact_is_about_what_the_others_wait_for(asked, plan, begin, clock):
    first = begin("Collect")
    second = plan("Write", depends_on=[id_of(first)])
    plan("Publish", depends_on=[id_of(second)])
    clock.forward(hours=1, minutes=30)

    standing = asked()

    assert standing["fact"] == "holder_silent"
    assert standing["sub_task"]["name"] == "Collect"
    assert standing["waiting"] == 2


def test_what_needs_a_decision_comes_before_what_moves(asked, plan, begin, erin, ed, pat):
    begin("Collect")
    other = plan("Draw")
    ed.post(f"{other}/claim")
    pat.post(f"{other}/block", reason="Which colours?")

    standing = asked()

    assert standing["fact"] == "blocked"
    assert standing["sub_task"]["name"] == "Draw"


# -------------------------------------------------------------------------------------------- the whole


def test_held_up_tasks_come_first_and_are_counted(plan, begin, pia, pat, erin, clock):
    begin("Collect")
    stuck = pia.post("/api/tasks", name="Stuck").json()["id"]
    closed = pia.post("/api/tasks", name="Closed").json()["id"]
    pia.post(f"/api/tasks/{closed}/cancel")

    answer = pat.get("/api/why").json()

    assert (answer["held_up"], answer["moving"], answer["left_out"]) == (1, 1, 0)
    assert [item["task"]["name"] for item in answer["items"]] == ["Stuck", "News"]
    assert answer["items"][0]["task"]["id"] == stuck


def test_only_planners_and_patrol_ask(erin, rita, pia, task):
    assert erin.get("/api/why").status_code == 403
    assert rita.get("/api/why").status_code == 403
    assert pia.get("/api/why").status_code == 200
    assert pia.get("/api/why", task_id="4711").json()["code"] == "not_found"


@pytest.mark.parametrize("tasks", [2, 30])
def test_it_takes_the_same_number_of_queries_for_any_number_of_tasks(tasks, clock, pia, erin, rita, db):
    for n in range(tasks):
        task = Task.objects.create(name=f"Task {n}", status="active")
        SubTask.objects.create(task=task, name="Free")
        SubTask.objects.create(
            task=task, name="Held", status="in_progress", assignee=erin.agent, assigned_at=task.created_at
        )
    Task.objects.create(name="Empty")
    SiteSettings.load()

    with CaptureQueriesContext(connection) as queries:
        standings = why()
        waiting = {standing.waiting for standing in standings}

    assert (len(standings), waiting) == (tasks + 1, {0})
    assert len(queries) == 8
