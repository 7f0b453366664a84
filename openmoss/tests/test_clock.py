"""Walking the timetable. The worker that does it is in test_worker.py, several at once in test_races.py."""

from datetime import timedelta

import pytest
import time_machine
from django.db import OperationalError

from openmoss.clock import LONGEST_ERROR, TICK, Job, prune_job_runs, read, run_once, walk
from openmoss.jobs import TIMETABLE
from openmoss.models import JobClock, JobRun, SiteSettings

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)


class Work:
    """A job that counts its runs."""

    def __init__(self, fault: Exception | None = None, did: object = None) -> None:
        self.runs = 0
        self.fault = fault
        self.did = did

    def __call__(self) -> object:
        self.runs += 1
        if self.fault:
            raise self.fault
        return self.did


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
    assert len(bad.error) <= LONGEST_ERROR
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


def test_a_job_that_runs_longer_than_its_interval_is_not_begun_again_meanwhile():
    work = Work()

    def long() -> None:
        work()
        clock.shift(5 * MINUTE)
        walk([job])  # as another worker does, for which it has been due for long

    job = Job("long", MINUTE, long)
    with time_machine.travel("2026-11-23T10:00:00Z", tick=False) as clock:
        walk([job])
        assert work.runs == 1

        walked = walk([Job("long", MINUTE, work)])

    assert (walked, work.runs) == (["long"], 2)


class Killed(BaseException):
    """What a worker feels when it dies: nothing after it is written."""


def killed() -> None:
    raise Killed


def test_what_a_dead_worker_left_is_taken_when_its_time_is_up():
    work = Work()
    walked = []

    with time_machine.travel("2026-11-23T10:00:00Z", tick=False) as clock:
        with pytest.raises(Killed):
            walk([Job("daily", 24 * 60 * MINUTE, killed, longest=10 * MINUTE)])
        for seconds in (599, 1, 1):
            clock.shift(seconds)
            walked.append(walk([Job("daily", 24 * 60 * MINUTE, work)]))
        clock.shift(24 * 60 * MINUTE)
        walked.append(walk([Job("daily", 24 * 60 * MINUTE, work)]))

    assert walked == [[], ["daily"], [], ["daily"]]
    assert JobClock.objects.get().running_until is None


def test_who_lost_the_job_does_not_write_its_end(caplog):
    def slow() -> str:
        clock.shift(11 * MINUTE)
        with pytest.raises(Killed):
            walk([Job("job", MINUTE, killed)])  # another worker has it now
        return "too late"

    with time_machine.travel("2026-11-23T10:00:00Z", tick=False) as clock:
        walk([Job("job", MINUTE, slow)])

    row = JobClock.objects.get()
    assert f"{row.started_at:%H:%M} {row.running_until:%H:%M} {row.finished_at}" == "10:11 10:21 None"
    assert not JobRun.objects.exists()
    assert "The job job ran longer than 0:10:00; another worker took it" in caplog.text


def test_what_a_job_did_is_kept():
    def deliver() -> str:
        clock.shift(2.5)
        return "3 sent\x00" + "x" * 1000

    with time_machine.travel("2026-11-23T10:00:00Z", tick=False) as clock:
        walk([Job("deliver", MINUTE, deliver), Job("prune", MINUTE, lambda: 7)])

    deliver, prune = JobRun.objects.order_by("pk")
    assert (deliver.job, f"{deliver.started_at:%H:%M:%S}", deliver.milliseconds) == (
        "deliver",
        "10:00:00",
        2500,
    )
    assert deliver.said.startswith("3 sentxxx")
    assert len(deliver.said) == 200
    assert (prune.said, prune.error) == ("7", "")


@pytest.mark.parametrize("nothing", [None, 0, ""])
def test_a_run_that_did_nothing_leaves_nothing(nothing):
    walk([Job("job", MINUTE, Work(did=nothing))])

    assert JobClock.objects.get().finished_at is not None
    assert not JobRun.objects.exists()


def test_a_run_that_failed_is_kept():
    walk([Job("job", MINUTE, Work(ValueError("It broke.")))])

    run = JobRun.objects.get()
    assert (run.said, run.error) == ("", "ValueError: It broke.")


@pytest.mark.django_db(transaction=True)
def test_the_end_of_a_job_and_its_run_are_one_transaction(monkeypatch):
    def fail(**fields) -> None:
        raise OperationalError("disk full")

    monkeypatch.setattr(JobRun.objects, "create", fail)

    with pytest.raises(OperationalError):
        walk([Job("job", MINUTE, Work(did=1))])

    assert JobClock.objects.get().finished_at is None


def test_old_runs_are_forgotten(db):
    site = SiteSettings.load()
    site.job_run_days = 2
    site.save()
    for day in (20, 21, 22):
        with time_machine.travel(f"2026-11-{day}T10:00:00Z", tick=False):
            walk([Job(f"job {day}", MINUTE, Work(did=1))])

    with time_machine.travel("2026-11-23T10:00:01Z", tick=False):
        forgotten = prune_job_runs()

    assert forgotten == 2
    assert [run.job for run in JobRun.objects.all()] == ["job 22"]


def test_the_timetable_is_the_clocks_sign_of_life():
    assert not read(TIMETABLE).is_alive

    walk(TIMETABLE)

    assert read(TIMETABLE).is_alive
    assert TICK in [job.name for job in TIMETABLE]


def test_the_clock_is_silent_after_a_while():
    with time_machine.travel("2026-11-23T10:00:00Z", tick=False) as clock:
        walk(TIMETABLE)
        clock.shift(89)
        early = read(TIMETABLE)
        clock.shift(2)
        late = read(TIMETABLE)

    assert (early.is_alive, late.is_alive) == (True, False)
    assert f"{late.last_tick:%H:%M:%S}" == "10:00:00"


def test_a_dead_workers_tick_is_soon_another_workers():
    tick = next(job for job in TIMETABLE if job.name == TICK)

    assert tick.longest <= timedelta(seconds=30)


@pytest.mark.parametrize(("every", "patience"), [(15, 120), (60, 180), (3600, 3 * 3600)])
def test_a_job_is_overdue_after_three_intervals_and_at_least_two_minutes(every, patience):
    job = Job("job", timedelta(seconds=every), Work())

    with time_machine.travel("2026-11-23T10:00:00Z", tick=False) as clock:
        walk([job])
        clock.shift(every + patience)
        early = read([job]).overdue
        clock.shift(1)
        late = read([job]).overdue
        walk([job])
        again = read([job]).overdue

    due = f"{10 + every // 3600:02}:{every % 3600 // 60:02}"
    assert (early, late, again) == ({}, {"job": f"it should have run at {due} UTC"}, {})


def test_a_job_that_runs_is_overdue_only_when_it_takes_longer_than_it_may():
    overdue = []

    def long() -> None:
        for minutes in (10, 1):
            clock.shift(minutes * MINUTE)
            overdue.append(read([job]).overdue)

    job = Job("long", MINUTE, long)
    with time_machine.travel("2026-11-23T10:00:00Z", tick=False) as clock:
        walk([job])

    assert overdue == [{}, {"long": "it runs since 10:00 UTC, longer than it may"}]


def test_a_job_that_left_the_timetable_is_not_overdue():
    with time_machine.travel("2026-11-23T10:00:00Z", tick=False) as clock:
        walk([Job("old", MINUTE, Work()), Job("new", MINUTE, Work())])
        clock.shift(3600)

        assert list(read([Job("new", MINUTE, Work())]).overdue) == ["new"]


def test_looking_at_the_clock_takes_one_query(django_assert_num_queries):
    walk(TIMETABLE)

    with django_assert_num_queries(1):
        read(TIMETABLE)


def test_a_row_that_was_read_too_early_takes_nothing():
    work = Work()
    job = Job("job", MINUTE, work)
    JobClock.objects.create(name="job")
    seen = JobClock.objects.get()

    assert [run_once(job, seen), run_once(job, seen)] == [True, False]
    assert work.runs == 1
