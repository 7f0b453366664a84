"""What is counted instead of timed: rounds of rework, and penalties in a row."""

import pytest

from patrol.models import Finding
from patrol.tests.conftest import id_of


@pytest.fixture
def send_back(erin, rita):
    """Let Rita send work back that Erin submits."""

    def sends(sub_task: str, *, times: int, score: int = 3) -> None:
        for _ in range(times):
            erin.post(f"{sub_task}/start")
            erin.post(f"{sub_task}/submit")
            said = {"result": "rejected", "score": score, "issues": "1. Not yet."}
            assert rita.post("/api/review-records", sub_task_id=id_of(sub_task), **said).status_code == 200

    return sends


def test_two_rounds_are_nothing_and_three_a_warning(begin, look, send_back, status):
    sub_task = begin()
    send_back(sub_task, times=2)
    assert look() == []

    send_back(sub_task, times=1)

    assert look() == ["rework_overflow warning: 'Collect' was sent back 3 times."]
    assert status(sub_task) == "rework"


def test_five_rounds_are_critical_and_stop_it(begin, look, send_back, status):
    sub_task = begin()
    send_back(sub_task, times=5)

    assert look() == ["rework_overflow critical: 'Collect' was sent back 5 times."]
    assert status(sub_task) == "blocked"


def test_after_the_decision_it_may_go_on_until_it_is_sent_back_again(
    begin, look, send_back, status, pia, erin, ed, rita
):
    sub_task = begin()
    send_back(sub_task, times=5)
    look()

    pia.post(f"{sub_task}/reassign", agent_id=erin.id)
    assert look() == []
    assert look() == []
    assert status(sub_task) == "assigned"
    send_back(sub_task, times=1)

    assert look() == ["rework_overflow critical: 'Collect' was sent back 6 times."]
    assert status(sub_task) == "blocked"
    assert Finding.objects.count() == 2


def test_done_work_is_forgiven(begin, look, send_back, erin, rita):
    sub_task = begin()
    send_back(sub_task, times=3)
    assert len(look()) == 1

    erin.post(f"{sub_task}/start")
    erin.post(f"{sub_task}/submit")
    rita.post("/api/review-records", sub_task_id=id_of(sub_task), result="approved", score=4)

    assert look() == []


def test_three_penalties_in_a_row_are_a_warning(plan, look, clock, erin, rita):
    for number in range(3):
        assert [line for line in look() if line.startswith("score_drop")] == []
        clock.forward(minutes=1)
        rita.post("/api/scores/adjust", agent_id=erin.id, score_delta=-5, reason=f"No. {number}")

    assert look() == ["score_drop warning: The last 3 score entries of Erin are all negative."]


def test_five_are_critical_and_one_good_entry_ends_it(look, clock, erin, rita):
    for number in range(5):
        clock.forward(minutes=1)
        rita.post("/api/scores/adjust", agent_id=erin.id, score_delta=-5, reason=f"No. {number}")
    assert look() == ["score_drop critical: The last 5 score entries of Erin are all negative."]

    clock.forward(minutes=1)
    rita.post("/api/scores/adjust", agent_id=erin.id, score_delta=5, reason="Well done")

    assert look() == []


def test_penalties_before_a_good_entry_do_not_count(look, clock, erin, rita):
    for delta in (-5, -5, 5, -5, -5):
        clock.forward(minutes=1)
        rita.post("/api/scores/adjust", agent_id=erin.id, score_delta=delta, reason="So it goes")

    assert look() == []
