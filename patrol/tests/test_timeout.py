"""Work in progress for too long."""


def timeouts(found: list[str]) -> list[str]:
    return [line for line in found if line.startswith("timeout")]


def test_within_an_hour_nothing_is_found(begin, clock, look):
    begin()

    clock.forward(minutes=59)

    assert look() == []


def test_after_an_hour_it_is_a_warning_and_the_work_goes_on(begin, clock, look, alive, erin, rita, status):
    sub_task = begin()

    clock.forward(minutes=60)
    alive(erin)

    assert look() == ["timeout warning: 'Collect' has been in progress for 1 h; Erin is at work."]
    assert status(sub_task) == "in_progress"


def test_after_two_hours_a_silent_holder_loses_it(begin, clock, look, alive, erin, status):
    sub_task = begin()

    for _ in range(9):
        clock.forward(minutes=10)
        alive(erin)
    clock.forward(minutes=29)
    assert timeouts(look()) == [
        "timeout warning: 'Collect' has been in progress for 1 h 59 min; Erin is at work."
    ]
    clock.forward(minutes=1)

    assert timeouts(look()) == [
        "timeout critical: 'Collect' has been in progress for 2 h; Erin has been silent for 30 min."
    ]
    assert status(sub_task) == "blocked"


def test_after_two_hours_a_holder_at_work_keeps_it(begin, clock, look, alive, erin, status):
    sub_task = begin()

    clock.forward(minutes=119)
    alive(erin)
    clock.forward(minutes=2)

    assert timeouts(look()) == [
        "timeout warning: 'Collect' has been in progress for 2 h 1 min; Erin is at work."
    ]
    assert status(sub_task) == "in_progress"


def test_half_a_day_is_too_long_for_anybody(begin, clock, look, alive, erin, status):
    sub_task = begin()

    clock.forward(hours=12)
    alive(erin)
    erin.post("/api/logs", action="coding", summary="Still at it", sub_task_id=sub_task[-36:])

    assert look() == ["timeout critical: 'Collect' has been in progress for 12 h; Erin is at work."]
    assert status(sub_task) == "blocked"
