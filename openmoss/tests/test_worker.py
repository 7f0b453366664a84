"""The worker: walks the timetable, each job beside the others, until it is stopped."""

import threading
import time
from datetime import timedelta

import pytest
from django.db import OperationalError, connection, connections

from openmoss.clock import TICK, Job, read
from openmoss.jobs import TIMETABLE
from openmoss.management.commands import worker
from openmoss.models import JobClock, JobRun

pytestmark = pytest.mark.django_db(transaction=True)
MINUTE = timedelta(minutes=1)


@pytest.fixture
def at_work(monkeypatch):
    """Let a worker walk a timetable in the background; stopped at the end of the test."""
    monkeypatch.setattr(worker, "PAUSE", 0.01)
    running = []

    def start(*timetable: Job) -> worker.Worker:
        def run() -> None:
            try:
                clock.run()
            finally:
                connections.close_all()

        monkeypatch.setattr(worker, "TIMETABLE", timetable)
        clock = worker.Worker()
        thread = threading.Thread(target=run, name="clock")
        running.append((clock, thread))
        thread.start()
        return clock

    yield start
    for clock, thread in running:
        clock.stop()
        thread.join(20)
        assert not thread.is_alive()


def soon(what, seconds: float = 10) -> bool:
    """Say whether `what()` comes true in time."""
    until = time.monotonic() + seconds
    while not what():
        if time.monotonic() > until:
            return False
        time.sleep(0.01)
    return True


def is_running(thread: str) -> bool:
    return thread in [running.name for running in threading.enumerate()]


def finished(name: str) -> bool:
    return JobClock.objects.filter(pk=name, finished_at__isnull=False).exists()


def test_a_slow_job_holds_up_no_other(at_work):
    release = threading.Event()
    slow = [Job(f"slow {n}", MINUTE, release.wait) for n in range(8)]
    quick = []

    at_work(*slow, Job("quick", timedelta(0), lambda: quick.append(1)))

    assert soon(lambda: len(quick) >= 3)
    assert not any(finished(job.name) for job in slow)
    release.set()
    assert soon(lambda: all(finished(job.name) for job in slow))


def test_a_job_that_still_runs_here_is_not_started_again_even_when_its_time_is_up(at_work):
    release, started, walks = threading.Event(), [], []

    def hang() -> None:
        started.append(1)
        release.wait(20)

    at_work(
        Job("hangs", timedelta(0), hang, longest=timedelta(0)),
        Job("walks", timedelta(0), lambda: walks.append(1)),
    )

    assert soon(lambda: len(walks) > 5)
    assert len(started) == 1
    release.set()


def test_a_job_that_fails_stops_nothing(at_work):
    def fail() -> None:
        raise ValueError("It broke.")

    runs = []

    at_work(Job("bad", timedelta(0), fail), Job("good", timedelta(0), lambda: runs.append(1)))

    assert soon(lambda: len(runs) >= 3)
    assert soon(lambda: JobRun.objects.filter(job="bad").count() >= 3)


def test_a_job_leaves_no_connection_behind(at_work):
    held = []

    def read_something() -> None:
        JobClock.objects.exists()
        held.append(connection.connection)

    at_work(Job("reads", 60 * MINUTE, read_something))

    assert soon(lambda: finished("reads"))
    assert soon(lambda: is_closed(held[0]))


def is_closed(handle) -> bool:
    if connection.vendor == "postgresql":
        return handle.closed
    try:
        handle.total_changes  # noqa: B018 - refused by a closed connection
    except Exception:
        return True
    return False


@pytest.mark.skipif(connection.vendor != "postgresql", reason="needs a connection that can be cut")
def test_the_end_of_a_job_that_lost_its_connection_is_written(at_work):
    def lose_it() -> None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_terminate_backend(pg_backend_pid())")

    at_work(Job("loses", 60 * MINUTE, lose_it))

    assert soon(lambda: JobRun.objects.filter(job="loses").exclude(error="").exists())
    assert JobClock.objects.get().running_until is None


def test_stopping_waits_for_what_runs(at_work):
    release = threading.Event()
    clock = at_work(Job("slow", 60 * MINUTE, lambda: release.wait(20)))
    assert soon(JobClock.objects.filter(started_at__isnull=False).exists)

    clock.stop()
    time.sleep(0.2)
    assert is_running("clock")
    assert not finished("slow")
    release.set()

    assert soon(lambda: not is_running("clock"))
    assert finished("slow")


def test_stopping_does_not_wait_for_ever(at_work, monkeypatch, caplog):
    monkeypatch.setattr(worker, "GRACE", 0.2)
    release = threading.Event()
    clock = at_work(Job("hangs", 60 * MINUTE, lambda: release.wait(20)))
    assert soon(JobClock.objects.filter(started_at__isnull=False).exists)

    clock.stop()

    assert soon(lambda: "The clock ends while the job hangs still runs" in caplog.text, seconds=2)
    assert not finished("hangs")
    release.set()
    assert soon(lambda: finished("hangs"))


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
    assert read(TIMETABLE).is_alive


def test_a_worker_that_is_stopped_walks_no_more():
    stopped = worker.Worker()
    stopped.stop()

    stopped.run()

    assert not JobClock.objects.exists()


def test_a_worker_runs_the_whole_timetable():
    ran_once = iter([True, False])

    worker.Worker().run(while_true=lambda: next(ran_once))

    assert set(JobClock.objects.filter(finished_at__isnull=False).values_list("pk", flat=True)) == {
        job.name for job in TIMETABLE
    }
    assert TICK in [job.name for job in TIMETABLE]
