"""Work for which there is no one."""

from agents.services import disable_agent


def nobody(found: list[str]) -> list[str]:
    return [line for line in found if line.startswith("nobody_eligible")]


def test_free_work_and_no_executor(plan, clock, look):
    plan()
    clock.forward(minutes=2)

    assert look() == [
        "nobody_eligible critical: There is no active executor, and free work waits, by now 2 min."
    ]


def test_hiring_one_ends_it(plan, look, clock, request):
    plan()
    assert len(look()) == 1

    request.getfixturevalue("erin")

    assert look() == []


def test_a_disabled_reviewer_is_none(begin, clock, look, erin, rita):
    sub_task = begin()
    erin.post(f"{sub_task}/submit")
    assert look() == []

    disable_agent(rita.agent)

    assert len(nobody(look())) == 1


def test_blocked_work_and_no_planner(begin, clock, look, pat, pia):
    sub_task = begin()
    pat.post(f"{sub_task}/block", reason="The source is down.")
    assert nobody(look()) == []

    disable_agent(pia.agent)

    assert nobody(look()) == [
        "nobody_eligible critical: There is no active planner, and decisions wait, by now under a minute."
    ]


def test_without_work_nobody_is_needed(clock, look):
    assert look() == []
