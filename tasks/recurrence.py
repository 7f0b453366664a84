"""When recurring work is due: the times of a cron expression, and which of them get an occurrence."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from itertools import chain, islice, takewhile
from zoneinfo import ZoneInfo

from cronsim import CronSim, CronSimError
from django.db import models

from openmoss.errors import Invalid

LONGEST_CRON = 100
LONGEST_ZONE = 64
# The clock may be busy or restart; a time that it sees so late is not a missed one.
LATE = timedelta(minutes=5)
# Nobody needs to know how many minutes of a year were skipped, and counting them takes long.
MOST_COUNTED = 1000


class Overlap(models.TextChoices):
    """What becomes of a time that comes while the last occurrence is unfinished."""

    SKIP = "skip", "Skip it"
    QUEUE = "queue", "Make up for the latest one"


class CatchUp(models.TextChoices):
    """What becomes of times that were missed because the clock stood still."""

    ONE = "one", "Make up for the latest one"
    SKIP = "skip", "Skip them"


class Schedule:
    """The times of a cron expression in a time zone, told in UTC; raises Invalid for what is none.

    Where clocks are put forward, a time that does not exist counts at the moment of the change; where they are
    put back, a time that comes twice counts the first time. Only work of every hour goes by time that passes.
    """

    def __init__(self, cron: str, zone: str) -> None:
        self.zone = _zone(zone)
        self._given = cron
        self._cron = _on_the_wall(cron)

    def times(self, after: datetime) -> Iterator[datetime]:
        """Return all times after `after`, in order."""
        last = after
        for tick in CronSim(self._cron, after.astimezone(self.zone)):
            at = tick.astimezone(timezone.utc)
            # In the second pass through an hour that comes twice, the clock on the wall has yet to reach
            # what is over already.
            if at > last:
                last = at
                yield at

    def after(self, at: datetime) -> datetime:
        """Return the first time after `at`."""
        return self._first(self.times(at))

    def latest(self, at: datetime) -> datetime:
        """Return the last time that is not after `at`."""
        beyond = (at + timedelta(seconds=1)).astimezone(self.zone)
        found = self._first(CronSim(self._cron, beyond, reverse=True)).astimezone(timezone.utc)
        # Backwards, cronsim overlooks what lies in the first pass through an hour that comes twice.
        return max(takewhile(lambda time: time <= at, self.times(found)), default=found)

    def _first(self, times: Iterator[datetime]) -> datetime:
        first = next(times, None)  # cronsim gives up after fifty years
        if first is None:
            raise _no_cron(self._given, "it is never due")
        return first


def _on_the_wall(cron: str) -> str:
    """Return the expression in a form that cronsim takes by the clock on the wall, unless it means every hour."""
    fields = cron.split()
    if len(fields) != 5:
        raise _no_cron(cron, f"it has {len(fields)} fields")
    minute, hour, *days = fields
    if hour in ("*", "*/1", "0-23"):
        hour = "*"
    else:
        # Like Debian's cron, cronsim lets what begins with a star go by time that passes, and loses it in a gap.
        minute, hour = minute.replace("*", "0-59"), hour.replace("*", "0-23")
    try:
        CronSim(" ".join([minute, hour, *days]), datetime(2026, 1, 1))
    except CronSimError as error:
        raise _no_cron(cron, str(error).lower()) from None
    return " ".join([minute, hour, *days])


def _no_cron(cron: str, why: str) -> Invalid:
    return Invalid.field(
        "cron",
        f"'{cron}' is no schedule: {why}. Give minute, hour, day of month, month and day of week,"
        " for example '0 9 * * 1-5' for nine o'clock from Monday to Friday.",
    )


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):  # an unknown name, a path, a folder of the database of zones
        raise Invalid.field(
            "timezone", f"'{name}' is no time zone. Give one like UTC, Europe/Berlin or Asia/Shanghai."
        ) from None


@dataclass(frozen=True)
class Turn:
    """What a recurrence that is due does: the time that gets its occurrence now, and how many get none."""

    occurrence: datetime | None
    next_at: datetime
    overlapped: int
    missed: int


def turn(
    schedule: Schedule, *, due_at: datetime, free_since: datetime, now: datetime, overlap: str, catch_up: str
) -> Turn:
    """Decide about all times from `due_at` until `now`; at most one gets an occurrence.

    `free_since` says when the last occurrence was finished: times until then overlapped with it, and times
    since then are either on time or were missed.
    """
    latest = max(due_at, schedule.latest(now))
    if latest > free_since and (now - latest <= LATE or catch_up == CatchUp.ONE):
        chosen = latest
    elif overlap == Overlap.QUEUE and due_at <= free_since:
        chosen = max(due_at, schedule.latest(free_since))
    else:
        chosen = None
    later = takewhile(lambda time: time <= latest, schedule.times(due_at))
    left = [time for time in islice(chain([due_at], later), MOST_COUNTED) if time != chosen]
    overlapped = sum(time <= free_since for time in left)
    return Turn(chosen, schedule.after(now), overlapped, len(left) - overlapped)
