"""Work that waits for its verdict."""


def overdue(found: list[str]) -> list[str]:
    return [line for line in found if line.startswith("review_overdue")]


def test_an_hour_is_a_warning_and_four_are_critical(begin, clock, look, alive, erin, rita, status):
    sub_task = begin()
    erin.post(f"{sub_task}/submit")

    clock.forward(minutes=59)
    alive(rita)
    assert look() == []
    clock.forward(minutes=1)
    alive(rita)
    assert look() == ["review_overdue warning: 'Collect' has waited for its review for 1 h."]
    clock.forward(hours=3)
    alive(rita)

    assert look() == ["review_overdue critical: 'Collect' has waited for its review for 4 h."]
    assert status(sub_task) == "review"


def test_a_verdict_ends_it(begin, clock, look, alive, erin, rita):
    sub_task = begin()
    erin.post(f"{sub_task}/submit")
    clock.forward(hours=1)
    alive(rita)
    assert len(overdue(look())) == 1

    rita.post("/api/review-records", sub_task_id=sub_task[-36:], result="approved", score=5)

    assert overdue(look()) == []
