"""Work that nobody looks after."""

from agents.services import disable_agent
from patrol.tests.conftest import id_of


def orphans(found: list[str]) -> list[str]:
    return [line for line in found if line.startswith("orphan")]


def test_given_and_not_started(plan, clock, look, alive, erin):
    plan(assigned_agent=erin.id)

    clock.forward(minutes=59)
    alive(erin)
    assert look() == []
    clock.forward(minutes=1)
    alive(erin)

    assert look() == ["orphan warning: 'Collect' was given to Erin and has not been started for 1 h."]


def test_given_ahead_it_counts_from_when_it_could_begin(plan, begin, clock, look, alive, erin, ed, rita):
    first = begin("Collect")
    plan("Write", depends_on=[id_of(first)], assigned_agent=ed.id)
    clock.forward(minutes=50)
    erin.post(f"{first}/submit")
    rita.post("/api/review-records", sub_task_id=id_of(first), result="approved", score=5)

    clock.forward(minutes=50)
    alive(ed)
    assert look() == []
    clock.forward(minutes=10)
    alive(ed)

    assert look() == ["orphan warning: 'Write' was given to Ed and has not been started for 1 h."]


def test_given_ahead_and_waiting_is_right(plan, begin, clock, look, alive, erin, ed):
    first = begin("Collect")
    plan("Write", depends_on=[id_of(first)], assigned_agent=ed.id)

    clock.forward(minutes=55)
    alive(erin)
    clock.forward(minutes=55)
    alive(erin)

    assert [line for line in look() if "Write" in line or "Ed" in line] == []


def test_in_the_hands_of_a_silent_agent(begin, clock, look, alive, pia, status):
    sub_task = begin()

    clock.forward(minutes=60)
    alive(pia)

    assert orphans(look()) == [
        "orphan warning: 'Collect' is in progress in the hands of Erin, who has been silent for 1 h."
    ]
    assert status(sub_task) == "in_progress"


def test_not_started_for_four_hours_is_critical(plan, clock, look, alive, erin, status):
    sub_task = plan(assigned_agent=erin.id)

    clock.forward(hours=4)
    alive(erin)

    assert look() == ["orphan critical: 'Collect' was given to Erin and has not been started for 4 h."]
    assert status(sub_task) == "blocked"


def test_in_the_hands_of_a_disabled_agent_at_once(begin, clock, look, erin, status):
    sub_task = begin()

    disable_agent(erin.agent)

    found = look()
    assert orphans(found) == [
        "orphan critical: 'Collect' is in progress in the hands of Erin, who is disabled."
    ]
    assert status(sub_task) == "blocked"


def test_sent_back_to_a_retired_agent_at_once(begin, clock, look, erin, rita, status):
    from tasks.services import retire_agent

    sub_task = begin()
    erin.post(f"{sub_task}/submit")
    retire_agent(erin.agent)
    rita.post("/api/review-records", sub_task_id=id_of(sub_task), result="rejected", score=2, issues="1. No.")

    assert orphans(look()) == ["orphan critical: 'Collect' is rework in the hands of Erin, who is retired."]
    assert status(sub_task) == "blocked"


def test_nobody_takes_free_work_though_somebody_could(plan, task, clock, look, erin, status):
    first = plan("Collect")
    plan("Write")

    clock.forward(minutes=59)
    assert look() == []
    clock.forward(minutes=1)

    assert look() == [
        "orphan warning: 'Collect' (and 1 more of its task) has been free for 1 h, and no executor took it."
    ]
    assert status(first) == "pending"


def test_free_work_behind_busy_executors_is_a_queue(begin, plan, clock, look, alive, erin):
    begin("Collect")
    plan("Write")

    clock.forward(minutes=55)
    alive(erin)
    clock.forward(minutes=55)
    alive(erin)

    assert orphans(look()) == []
