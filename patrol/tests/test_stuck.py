"""Work about which nothing happens and nothing is said."""

from patrol.tests.conftest import id_of


def stuck(found: list[str]) -> list[str]:
    return [line for line in found if line.startswith("stuck")]


def test_two_hours_without_change_or_word_are_a_warning(begin, clock, look, alive, erin):
    begin()

    clock.forward(hours=1, minutes=59)
    alive(erin)
    assert stuck(look()) == []
    clock.forward(minutes=1)
    alive(erin)

    assert stuck(look()) == [
        "stuck warning: 'Collect' is in progress in the hands of Erin; no change and no word for 2 h."
    ]


def test_a_word_about_it_is_enough(begin, clock, look, alive, erin):
    sub_task = begin()

    clock.forward(hours=1, minutes=50)
    erin.post("/api/logs", action="coding", summary="Half done", sub_task_id=id_of(sub_task))
    clock.forward(minutes=20)
    alive(erin)

    assert stuck(look()) == []


def test_six_hours_are_critical(begin, clock, look, alive, erin, status):
    sub_task = begin()

    clock.forward(hours=6)
    alive(erin)

    assert stuck(look()) == [
        "stuck critical: 'Collect' is in progress in the hands of Erin; no change and no word for 6 h."
    ]
    assert status(sub_task) == "blocked"


def test_rework_that_is_not_taken_up(begin, clock, look, alive, erin, rita):
    sub_task = begin()
    erin.post(f"{sub_task}/submit")
    rita.post(
        "/api/review-records", sub_task_id=id_of(sub_task), result="rejected", score=2, issues="1. Dead link."
    )

    clock.forward(hours=2)
    alive(erin)

    assert stuck(look()) == [
        "stuck warning: 'Collect' was sent back, and Erin has not taken it up; no change and no word for 2 h."
    ]


def test_a_block_that_no_planner_decides(begin, clock, look, pat, pia, alive):
    sub_task = begin()
    pat.post(f"{sub_task}/block", reason="The source is down.")

    clock.forward(hours=2)
    alive(pia)

    assert stuck(look()) == [
        "stuck warning: 'Collect' is blocked and waits for the planner; no change and no word for 2 h."
    ]


def test_waiting_for_cancelled_work_is_never_over(plan, clock, look, pia, erin, alive):
    first = plan("Collect")
    plan("Write", depends_on=[id_of(first)])
    pia.post(f"{first}/cancel")

    clock.forward(hours=2)
    alive(pia, erin)

    assert stuck(look()) == [
        "stuck warning: 'Write' waits for work that was cancelled; no change and no word for 2 h."
    ]


def test_waiting_for_work_in_progress_is_no_standstill(begin, plan, clock, look, alive, erin):
    first = begin("Collect")
    plan("Write", depends_on=[id_of(first)])

    clock.forward(hours=5)
    alive(erin)

    assert [line for line in stuck(look()) if "Write" in line] == []
