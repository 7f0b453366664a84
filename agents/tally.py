"""Counting calls for the metrics and the dashboard: how many and when, how they ended, how long they took."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from datetime import timezone

from django.db.models import F, Model

from agents.models import RequestHour, RequestLog, RequestTally


def tally(rows: Iterable[RequestLog]) -> None:
    """Add calls to the sums in the caller's transaction, which writes the same calls to the log."""
    sums, hours = defaultdict(Counter), Counter()
    for row in rows:
        sums[row.agent_role, row.status // 100].update(_counted(row.milliseconds))
        hours[row.at.astimezone(timezone.utc).replace(minute=0, second=0, microsecond=0)] += 1
    # In one order in every process: each holds its rows until the transaction ends.
    for (role, status_class), more in sorted(sums.items()):
        _add(RequestTally, {"role": role, "status_class": status_class}, more)
    for hour, calls in sorted(hours.items()):
        _add(RequestHour, {"hour": hour}, {"calls": calls})


def _add(model: type[Model], which: dict, more: Mapping[str, int]) -> None:
    """Add to the columns of one row, which is made when it is missing."""
    mine = model.objects.filter(**which)
    changes = {column: F(column) + number for column, number in more.items()}
    if not mine.update(**changes):
        model.objects.bulk_create([model(**which)], ignore_conflicts=True)
        mine.update(**changes)


def _counted(milliseconds: int) -> dict[str, int]:
    step = next((step for step in RequestTally.STEPS if milliseconds <= step), None)
    counted = {"calls": 1, "milliseconds": milliseconds}
    return counted | ({f"to_{step}": 1} if step else {})
