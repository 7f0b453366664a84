"""What an operator reads: `manage.py patrol_scan` and `manage.py why`."""

import json
from io import StringIO

import pytest
from django.core.management import CommandError, call_command


def run(*args) -> list[str]:
    out = StringIO()
    call_command(*args, stdout=out)
    return out.getvalue().splitlines()


def test_patrol_scan_says_what_it_saw(begin, clock):
    sub_task = begin()
    clock.forward(hours=2)
    run("patrol_scan")

    lines = run("patrol_scan")

    assert lines[0].endswith("1 open.")
    assert lines[1] == (
        "CRITICAL timeout: 'Collect' has been in progress for 2 h; Erin has been silent for 2 h. "
        "Blocked until the planner decides."
    )
    assert lines[2].strip().startswith(f"st reassign {sub_task[-36:][:8]} <agent>; or: st unblock")


def test_patrol_scan_when_all_is_well(begin):
    begin()

    assert run("patrol_scan") == ["Nothing new; 0 open."]


def test_patrol_scan_in_json(begin, clock):
    begin()
    clock.forward(hours=1)

    (line,) = run("patrol_scan", "--json")

    answer = json.loads(line)
    assert (answer["opened"], answer["open"], answer["acted"]) == (3, 3, 0)
    assert {finding["kind"] for finding in answer["findings"]} == {"timeout", "orphan", "agent_silent"}


def test_why(begin, plan, pia, clock, task):
    begin()
    plan("Write", depends_on=[str(pia.get("/api/sub-tasks").json()["items"][0]["id"])])
    clock.forward(hours=1)

    lines = run("why")

    assert lines[0] == "News: Erin has held 'Collect' for 1 h and has been silent for 1 h."
    assert lines[1] == "  1 sub-task waits for it."
    assert lines[2].startswith("  planner: Give it to another executor")
    assert run("why", task[:8]) == lines


def test_why_when_everything_moves(begin, task):
    begin()

    assert run("why") == ["Everything that can move is moving."]
    assert run("why", task) == [
        "Everything that can move is moving.",
        "News: 'Collect' has been worked on by Erin for under a minute.",
    ]


def test_why_of_a_closed_or_unknown_task(pia, task):
    pia.post(f"/api/tasks/{task}/cancel")

    assert run("why", task) == ["'News' is cancelled; nothing in it has to move."]
    with pytest.raises(CommandError, match="There is no task with the id"):
        run("why", "00000000")
