"""Agents that are missed."""

import pytest


def silent(found: list[str]) -> list[str]:
    return [line for line in found if line.startswith("agent_silent")]


@pytest.fixture
def used_to_come_every(clock):
    def sets(caller, *, minutes: int) -> None:
        type(caller.agent).objects.filter(pk=caller.id).update(usual_interval=minutes * 60)

    return sets


def test_an_executor_that_holds_work(begin, clock, look, alive, pia):
    begin()

    clock.forward(minutes=59)
    assert silent(look()) == []
    clock.forward(minutes=1)

    assert silent(look()) == [
        "agent_silent warning: The executor Erin has been silent for 1 h, holding work."
    ]


def test_an_executor_without_work_may_sleep(clock, look, erin, alive):
    alive(erin)

    clock.forward(hours=30)

    assert look() == []


def test_three_of_its_usual_intervals_when_they_are_longer(
    begin, clock, look, alive, erin, used_to_come_every, on_critical
):
    on_critical("tell")
    begin()
    alive(erin)
    used_to_come_every(erin, minutes=50)

    clock.forward(minutes=149)
    assert silent(look()) == []
    clock.forward(minutes=1)

    assert silent(look()) == [
        "agent_silent warning: The executor Erin has been silent for 2 h 30 min, holding work."
    ]


def test_six_hours_are_critical_whatever_it_is_used_to(
    begin, clock, look, alive, erin, used_to_come_every, on_critical
):
    on_critical("tell")
    begin()
    alive(erin)
    used_to_come_every(erin, minutes=600)

    clock.forward(hours=5, minutes=59)
    assert silent(look()) == []
    clock.forward(minutes=1)

    assert silent(look()) == [
        "agent_silent critical: The executor Erin has been silent for 6 h, holding work."
    ]


def test_it_counts_from_when_it_got_the_work(plan, clock, look, alive, erin):
    alive(erin)
    clock.forward(hours=10)

    plan(assigned_agent=erin.id)
    clock.forward(minutes=30)

    assert look() == []


def test_a_reviewer_while_work_waits(begin, clock, look, alive, erin, rita):
    sub_task = begin()
    erin.post(f"{sub_task}/submit")
    alive(rita)

    clock.forward(hours=1)
    assert silent(look()) == [
        "agent_silent warning: The reviewer Rita has been silent for 1 h, while work waits for its review."
    ]
    alive(rita)

    assert silent(look()) == []


def test_a_planner_while_decisions_wait(begin, clock, look, alive, pat, erin):
    sub_task = begin()
    pat.post(f"{sub_task}/block", reason="The source is down.")

    clock.forward(hours=6)

    assert silent(look()) == [
        "agent_silent critical: The planner Pia has been silent for 6 h, while decisions wait."
    ]


def test_one_that_never_came(plan, clock, look, erin):
    plan(assigned_agent=erin.id)

    clock.forward(hours=1)

    assert silent(look()) == [
        "agent_silent warning: The executor Erin has never been heard of, silent for 1 h, holding work."
    ]
