"""Whether anybody keeps watch: the clock, and its last round."""

from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone

from openmoss.clock import SILENT_AFTER, TICK
from openmoss.models import JobClock

SCAN = "patrol_scan"


@dataclass(frozen=True)
class Watch:
    """When the worker was seen last, when it scanned last, and what went wrong then."""

    last_tick: datetime | None
    last_scan: datetime | None
    error: str

    @property
    def is_alive(self) -> bool:
        return self.last_tick is not None and timezone.now() - self.last_tick < SILENT_AFTER


def watch() -> Watch:
    """Look whether anybody keeps watch; takes one query."""
    rows = {row.name: row for row in JobClock.objects.filter(pk__in=[TICK, SCAN])}
    tick, scan = rows.get(TICK), rows.get(SCAN)
    return Watch(
        last_tick=tick and tick.started_at,
        last_scan=scan and scan.finished_at,
        error=scan.error if scan else "",
    )
