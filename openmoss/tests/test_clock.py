"""Walking the timetable. Several workers at once are in test_races.py."""

from datetime import timedelta

import pytest
import time_machine
from django.db import OperationalError, connection

from openmoss.clock import TICK, Job, is_alive, walk
from openmoss.jobs import TIMETABLE
from openmoss.management.commands import worker
from openmoss.models import JobClock

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)


class Work:
    """A job that counts its runs."""

    def __init__(self, fault: Exception | None = None) -> None:
        self.runs = 0
        self.fault = fault

    def __call__(self) -> None:
        self.runs += 1
        if self.fault:
            raise self.fault


def test_a_job_runs_at_once_and_then_when_it_is_due():
    often, seldom = Work(), Work()
    timetable = [Job("often", MINUTE, often), Job("seldom", 10 * MINUTE, seldom)]
    walked = []

    with time_machine.travel("2026-11-23T10:00:00Z", tick=False) as clock:
        for seconds in (0, 59, 1, 30, 31, 600):
            clock.shift(seconds)
            walked.append(walk(timetable))

    assert walked == [["often", "seldom"], [], ["often"], [], ["often"], ["often", "seldom"]]
    assert (often.runs, seldom.runs) == (4, 2)


def test_what_was_missed_is_done_once():
    work = Work()

    with time_machine.travel("2026-11-23T10:00:00Z", tick=False) as clock:
        walk([Job("job", MINUTE, work)])
        clock.shift(timedelta(days=3))
        walk([Job("job", MINUTE, work)])
        walk([Job("job", MINUTE, work)])

    assert work.runs == 2


def test_two_walks_at_the_same_moment_run_a_job_once():
    first, second = Work(), Work()

    def another_worker_walks() -> None:
        first()
        walk(timetable)  # and takes what the walk around it has already found to be due

    timetable = [Job("a", MINUTE, another_worker_walks), Job("b", MINUTE, second)]

    walked = walk(timetable)

    assert (first.runs, second.runs) == (1, 1)
    assert walked == ["a"]


def test_how_a_job_went_is_kept():
    with time_machine.travel("2026-11-23T10:00:00Z", tick=False) as clock:
        walk([Job("job", MINUTE, lambda: clock.shift(5))])

    row = JobClock.objects.get()
    assert f"{row.started_at:%H:%M:%S} {row.finished_at:%H:%M:%S} {row.due_at:%H:%M:%S}" == (
        "10:00:00 10:00:05 10:01:00"
    )
    assert row.error == ""


@pytest.mark.parametrize("message", ["It broke.", "a\x00b", "", "x" * 100_000])
def test_a_job_that_fails_stops_no_other(caplog, message):
    good = Work()
    timetable = [Job("bad", MINUTE, Work(ValueError(message))), Job("good", MINUTE, good)]

    with time_machine.travel("2026-11-23T10:00:00Z", tick=False) as clock:
        walked = [walk(timetable)]
        clock.shift(60)
        walked.append(walk(timetable))

    bad = JobClock.objects.get(name="bad")
    assert walked == [["bad", "good"], ["bad", "good"]]
    assert good.runs == 2
    assert bad.error.startswith("ValueError: ")
    assert "\x00" not in bad.error  # PostgreSQL would not take it, and the walk would end here
    assert bad.finished_at is not None
    assert "The job bad failed" in caplog.text
    assert JobClock.objects.get(name="good").error == ""


def test_a_job_that_mended_itself_has_no_error():
    with time_machine.travel("2026-11-23T10:00:00Z", tick=False) as clock:
        walk([Job("job", MINUTE, Work(ValueError("It broke.")))])
        clock.shift(60)
        walk([Job("job", MINUTE, Work())])

    assert JobClock.objects.get().error == ""


def test_a_job_that_is_new_in_the_timetable_begins_by_itself():
    old, new = Work(), Work()
    walk([Job("old", MINUTE, old)])

    walk([Job("old", MINUTE, old), Job("new", MINUTE, new)])

    assert (old.runs, new.runs) == (1, 1)


def test_a_walk_with_nothing_due_takes_one_query(django_assert_num_queries):
    walk(TIMETABLE)

    with django_assert_num_queries(1):
        walk(TIMETABLE)


def test_every_job_of_the_timetable_runs():
    walked = walk(TIMETABLE)

    assert sorted(walked) == sorted(job.name for job in TIMETABLE)
    assert len(set(walked)) == len(TIMETABLE)
    assert list(JobClock.objects.exclude(error="")) == []


def test_the_timetable_is_the_clocks_sign_of_life():
    assert not is_alive()

    walk(TIMETABLE)

    assert is_alive()
    assert TICK in [job.name for job in TIMETABLE]


def test_the_clock_is_silent_after_a_while():
    with time_machine.travel("2026-11-23T10:00:00Z", tick=False) as clock:
        walk(TIMETABLE)
        clock.shift(89)
        early = is_alive()
        clock.shift(2)
        late = is_alive()

    assert (early, late) == (True, False)


@pytest.mark.django_db(transaction=True)
def test_a_worker_waits_for_a_database_that_fails(monkeypatch, caplog):
    monkeypatch.setattr(worker, "PAUSE", 0)
    failing, left = [True], [3]

    def fail(execute, *call):
        if failing[0]:
            raise OperationalError("database is locked")
        return execute(*call)

    def three_times() -> bool:
        left[0] -= 1
        failing[0] = left[0] > 0
        return left[0] >= 0

    with connection.execute_wrapper(fail):
        worker.Worker().run(while_true=three_times)

    assert caplog.text.count("The clock waits for the database") == 2
    assert is_alive()


def test_a_worker_that_is_stopped_walks_no_more():
    stopped = worker.Worker()
    stopped.stop()

    stopped.run()

    assert not JobClock.objects.exists()
