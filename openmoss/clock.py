"""The clock: walks the timetable and starts what is due, each job in one place at a time."""

import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone

from openmoss.models import JobClock

logger = logging.getLogger(__name__)

# The clock's own sign of life, written by every walk that finds it due.
TICK = "tick"
TICK_EVERY = timedelta(seconds=15)
SILENT_AFTER = timedelta(seconds=90)


@dataclass(frozen=True)
class Job:
    """A job of the timetable: what to run and how often."""

    name: str
    every: timedelta
    run: Callable[[], object]


def walk(timetable: Iterable[Job]) -> list[str]:
    """Run every job that is due and not taken by another worker; return the names of those run here."""
    jobs = {job.name: job for job in timetable}
    known = {row.name: row for row in JobClock.objects.filter(name__in=jobs)}
    missing = [JobClock(name=name) for name in jobs if name not in known]
    if missing:
        JobClock.objects.bulk_create(missing, ignore_conflicts=True)
        known |= {row.name: row for row in JobClock.objects.filter(name__in=jobs)}
    now = timezone.now()
    return [name for name, row in known.items() if row.due_at <= now and _take(row, jobs[name], now)]


def _take(row: JobClock, job: Job, now: datetime) -> bool:
    """Run the job if this worker is the one that moves its clock on; its failure stops nothing else."""
    with transaction.atomic():
        mine = JobClock.objects.filter(pk=row.pk, due_at=row.due_at).update(
            due_at=now + job.every, started_at=now
        )
    if not mine:
        return False
    error = ""
    try:
        job.run()
    except Exception as fault:
        logger.exception("The job %s failed", job.name)
        error = f"{type(fault).__name__}: {fault}".replace("\x00", "")
    with transaction.atomic():
        JobClock.objects.filter(pk=row.pk).update(finished_at=timezone.now(), error=error)
    return True


def is_alive() -> bool:
    """Say whether some worker walked the timetable lately."""
    tick = JobClock.objects.filter(pk=TICK).first()
    return (
        tick is not None and tick.started_at is not None and timezone.now() - tick.started_at < SILENT_AFTER
    )
