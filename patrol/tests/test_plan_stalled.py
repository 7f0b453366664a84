"""Tasks without a plan, and tasks without an end."""

import pytest


@pytest.fixture
def finish(begin, erin, rita):
    def finishes() -> None:
        sub_task = begin()
        erin.post(f"{sub_task}/submit")
        rita.post("/api/review-records", sub_task_id=sub_task[-36:], result="approved", score=5)

    return finishes


def test_a_task_without_sub_tasks(clock, look, alive, task, pia):
    clock.forward(minutes=59)
    alive(pia)
    assert look() == []
    clock.forward(minutes=1)
    alive(pia)
    assert look() == ["plan_stalled warning: 'News' has been without sub-tasks for 1 h."]
    clock.forward(hours=5)
    alive(pia)

    assert look() == ["plan_stalled critical: 'News' has been without sub-tasks for 6 h."]


def test_a_first_sub_task_ends_it(clock, look, alive, pia, erin, plan):
    clock.forward(hours=1)
    alive(pia)
    assert len(look()) == 1

    plan()

    assert look() == []


def test_everything_is_finished_and_nobody_closes_it(clock, look, alive, finish, task, pia):
    finish()

    clock.forward(minutes=59)
    alive(pia)
    assert look() == []
    clock.forward(minutes=1)
    alive(pia)
    assert look() == [
        "plan_stalled warning: Everything in 'News' has been finished for 1 h, and it is still open."
    ]
    pia.put(f"/api/tasks/{task}/status", status="completed")

    assert look() == []


def test_a_recurring_task_rests_between_its_rounds(clock, look, alive, pia, erin, rita):
    task = pia.post("/api/tasks", name="Daily", type="recurring").json()["id"]
    sub_task = pia.post("/api/sub-tasks", task_id=task, name="Collect").json()["id"]
    for verb in ("claim", "start", "submit"):
        erin.post(f"/api/sub-tasks/{sub_task}/{verb}")
    rita.post("/api/review-records", sub_task_id=sub_task, result="approved", score=5)

    clock.forward(hours=20)
    alive(pia, erin)

    assert look() == []
