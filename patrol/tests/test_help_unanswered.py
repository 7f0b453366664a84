"""Calls for help that nobody answers."""

import pytest


@pytest.fixture
def ask(begin, erin):
    """Let Erin ask for help about her work."""

    def asks() -> str:
        sub_task = begin()
        erin.post("/api/logs", action="blocked", summary="Which feed?", sub_task_id=sub_task[-36:])
        return sub_task

    return asks


def calls(found: list[str]) -> list[str]:
    return [line for line in found if line.startswith("help_unanswered")]


def test_an_hour_is_a_warning_and_four_are_critical(ask, clock, look, alive, erin, status):
    sub_task = ask()

    clock.forward(minutes=59)
    alive(erin)
    assert calls(look()) == []
    clock.forward(minutes=1)
    alive(erin)
    assert calls(look()) == ["help_unanswered warning: Erin has waited 1 h for an answer about 'Collect'."]
    clock.forward(hours=3)
    alive(erin)

    assert calls(look()) == ["help_unanswered critical: Erin has waited 4 h for an answer about 'Collect'."]
    assert status(sub_task) == "in_progress"


def test_an_answer_ends_it(ask, clock, look, alive, erin, pia):
    sub_task = ask()
    clock.forward(hours=1)
    alive(erin)
    assert len(calls(look())) == 1

    pia.post("/api/rules/items", content="The second one.", sub_task_id=sub_task[-36:])

    assert calls(look()) == []
