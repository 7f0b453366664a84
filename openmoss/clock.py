"""The clock: walks the timetable and starts what is due, each job in one place at a time."""

import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection, transaction
from django.utils import timezone

from openmoss.models import JobClock, JobRun, SiteSettings
from openmoss.retention import prune

logger = logging.getLogger(__name__)

# The clock's own sign of life, written by every walk that finds it due.
TICK = "tick"
TICK_EVERY = timedelta(seconds=15)
SILENT_AFTER = timedelta(seconds=90)
LONGEST_SAID = 200
LONGEST_ERROR = 2000


@dataclass(frozen=True)
class Job:
    """A job of the timetable: what to run, how often, and after how long its worker counts as dead.

    What `run` returns is kept as what the job did; nothing, or 0, is not worth keeping.
    """

    name: str
    every: timedelta
    run: Callable[[], object]
    longest: timedelta = timedelta(minutes=10)

    @property
    def patience(self) -> timedelta:
        """How late it may be before somebody should know."""
        return max(3 * self.every, timedelta(minutes=2))


def run_once(job: Job, seen: JobClock) -> bool:
    """Run a job, unless another worker took it since its row was `seen`; its failure stops nothing else."""
    began = timezone.now()
    if not _take(job, seen, began):
        return False
    result, error = None, ""
    try:
        result = job.run()
    except Exception as fault:
        logger.exception("The job %s failed", job.name)
        # PostgreSQL takes no NUL, and nobody would hear how the job ended.
        error = f"{type(fault).__name__}: {fault}".replace("\x00", "")[:LONGEST_ERROR]
        if not connection.is_usable():  # the job lost it; its end is written over a new one
            connection.close()
    _finish(job, began, said=str(result or ""), error=error)
    return True


def walk(timetable: Iterable[Job], *, start: Callable[[Job, JobClock], bool] = run_once) -> list[str]:
    """Start every job that is due and runs nowhere; return the names of those that were started."""
    jobs = {job.name: job for job in timetable}
    known = _rows(jobs)
    missing = [JobClock(name=name) for name in jobs if name not in known]
    if missing:
        JobClock.objects.bulk_create(missing, ignore_conflicts=True)
        known |= _rows(jobs)
    now = timezone.now()
    return [name for name, row in known.items() if row.free_at <= now and start(jobs[name], row)]


def _rows(names: Iterable[str]) -> dict[str, JobClock]:
    return {row.name: row for row in JobClock.objects.filter(name__in=names)}


def _take(job: Job, seen: JobClock, now: datetime) -> bool:
    with transaction.atomic():
        # Whoever takes the job moves `due_at` on, also where it takes it from a worker that died.
        return bool(
            JobClock.objects.filter(pk=job.name, due_at=seen.due_at).update(
                due_at=now + job.every, started_at=now, running_until=now + job.longest
            )
        )


def _finish(job: Job, began: datetime, *, said: str, error: str) -> None:
    now = timezone.now()
    with transaction.atomic():
        mine = JobClock.objects.filter(pk=job.name, started_at=began)
        if not mine.update(finished_at=now, running_until=None, error=error):
            logger.warning("The job %s ran longer than %s; another worker took it", job.name, job.longest)
        elif said or error:
            JobRun.objects.create(
                job=job.name,
                started_at=began,
                milliseconds=max(0, round((now - began).total_seconds() * 1000)),
                said=said.replace("\x00", "")[:LONGEST_SAID],
                error=error,
            )


@dataclass(frozen=True)
class Reading:
    """How the clock stands: when it ticked last, and which jobs are overdue, each with the reason."""

    last_tick: datetime | None
    is_alive: bool
    overdue: dict[str, str]


def read(timetable: Iterable[Job]) -> Reading:
    """Look at the clock; takes one query."""
    now = timezone.now()
    jobs = {job.name: job for job in timetable}
    rows = _rows({TICK, *jobs})
    last_tick = rows[TICK].started_at if TICK in rows else None
    return Reading(
        last_tick=last_tick,
        is_alive=last_tick is not None and now - last_tick < SILENT_AFTER,
        overdue={
            name: why
            for name, job in jobs.items()
            if name in rows and (why := _why_overdue(job, rows[name], now))
        },
    )


def _why_overdue(job: Job, row: JobClock, now: datetime) -> str:
    if row.running_until is not None:
        too_long = now > row.running_until
        return f"it runs since {row.started_at:%H:%M} UTC, longer than it may" if too_long else ""
    return f"it should have run at {row.due_at:%H:%M} UTC" if now - row.due_at > job.patience else ""


def prune_job_runs() -> int:
    """Forget runs that are older than the settings allow and return how many."""
    oldest = SiteSettings.load().kept_since("job_run")
    return prune(JobRun.objects.filter(started_at__lt=oldest))
