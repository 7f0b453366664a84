"""An operator sees what comes again by the clock, stops it and lets it go on."""

import json
from io import StringIO

import pytest
import time_machine
from django.core.management import CommandError, call_command

from tasks.models import Recurrence, Task
from tasks.services import create_recurrence, end_recurrence


@pytest.fixture(autouse=True)
def _wednesday_at_noon():
    with time_machine.travel("2026-11-25T12:00:00Z", tick=False):
        yield


def run(name: str, *words: str) -> str:
    out = StringIO()
    call_command(name, *words, stdout=out)
    return out.getvalue()


def test_each_is_listed_with_its_state_and_its_next_five_times(daily):
    assert run("recurrences") == (
        f"Collect ({daily.pk})\n"
        "  task   News\n"
        "  when   0 9 * * * in UTC\n"
        "  state  active\n"
        "  next   2026-11-26 09:00 UTC, 2026-11-27 09:00 UTC, 2026-11-28 09:00 UTC,"
        " 2026-11-29 09:00 UTC, 2026-11-30 09:00 UTC\n"
    )


def test_the_list_says_what_keeps_each_from_coming(task, daily, given):
    unfinished = given("blocked", recurrence=daily, occurrence=daily.created_at)
    stopped = create_recurrence(task, name="Stopped", cron="0 9 * * *", by=None)
    ended = create_recurrence(task, name="Ended", cron="0 9 * * *", by=None)
    elsewhere = create_recurrence(Task.objects.create(name="Old"), name="Shut", cron="0 9 * * *", by=None)
    Task.objects.filter(pk=elsewhere.task_id).update(status="completed")
    run("pause_recurrence", str(stopped.pk))
    end_recurrence(ended, by=None)

    said = run("recurrences")

    for state in (
        f"active; its last one is unfinished: {unfinished.pk}",
        "paused since 2026-11-25 12:00 UTC",
        "ended since 2026-11-25 12:00 UTC",
        "stands still: its task is closed",
    ):
        assert f"  state  {state}\n" in said
    assert said.count("  next   none\n") == 3


def test_the_list_may_be_of_one_task_and_as_json(daily, task):
    create_recurrence(Task.objects.create(name="Other"), name="Elsewhere", cron="0 9 * * *", by=None)

    listed = json.loads(run("recurrences", str(task.pk)[:8], "--json"))

    assert [row["name"] for row in listed] == ["Collect"]
    assert listed[0]["next"][0] == "2026-11-26T09:00:00Z"


def test_an_empty_list_says_so(db):
    assert run("recurrences") == "Nothing recurs.\n"


def test_one_is_paused_and_goes_on(daily):
    assert "'Collect' is paused" in run("pause_recurrence", str(daily.pk)[:8])
    assert Recurrence.objects.get().state == "paused"

    assert run("resume_recurrence", str(daily.pk)) == "'Collect' goes on at 2026-11-26 09:00 UTC.\n"
    assert Recurrence.objects.get().state == "active"


def test_one_in_a_closed_task_goes_on_when_it_is_opened(daily, task):
    Task.objects.filter(pk=task.pk).update(status="completed")
    run("pause_recurrence", str(daily.pk))

    assert "when its task 'News' is open again" in run("resume_recurrence", str(daily.pk))


@pytest.mark.parametrize("command", ["pause_recurrence", "resume_recurrence"])
def test_the_unknown_and_the_ended_are_named_in_one_sentence(daily, command):
    end_recurrence(daily, by=None)

    with pytest.raises(CommandError, match="no recurrence with the id 'Daily'"):
        run(command, "Daily")
    with pytest.raises(CommandError, match=r"'Collect' has ended\. Create a new one\."):
        run(command, str(daily.pk))


def test_an_unknown_task_is_named(db):
    with pytest.raises(CommandError, match="no task with the id 'News'"):
        run("recurrences", "News")
