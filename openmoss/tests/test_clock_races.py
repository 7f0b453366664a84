"""Several workers at the same moment, side by side: never does a job run twice."""

import time
from datetime import timedelta
from functools import partial

import pytest
from django.utils import timezone

from openmoss.clock import Job, run_once, walk
from openmoss.models import JobClock, JobRun
from openmoss.tests.racing import in_threads

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]
THREADS = 8
HOUR = timedelta(hours=1)


def race(**row) -> list[int]:
    """Let eight workers start a job whose row all of them have seen; return who ran it."""
    ran: list[int] = []
    JobClock.objects.create(name="job", **row)
    seen = JobClock.objects.get()

    def work(number: int) -> str:
        ran.append(number)
        time.sleep(0.05)
        return "done"

    jobs = [Job("job", HOUR, partial(work, number)) for number in range(THREADS)]
    assert in_threads([partial(run_once, job, seen) for job in jobs]) == ["won"] * THREADS
    return ran


def test_of_eight_workers_one_does_a_job():
    assert len(race()) == 1
    assert JobRun.objects.count() == 1


def test_of_eight_workers_one_takes_what_a_dead_one_left():
    now = timezone.now()

    ran = race(started_at=now - HOUR, due_at=now + HOUR, running_until=now - HOUR / 2)

    assert len(ran) == 1
    assert JobClock.objects.get().running_until is None


def test_a_job_that_is_always_due_runs_in_one_worker_at_a_time():
    running, most, runs = [], [], []

    def work() -> None:
        running.append(1)
        most.append(len(running))
        time.sleep(0.01)
        running.pop()
        runs.append(1)

    def walks() -> None:
        for _ in range(20):
            walk([Job("job", timedelta(0), work)])

    assert in_threads([walks] * 4) == ["won"] * 4

    assert set(most) == {1}
    assert len(runs) > 1
