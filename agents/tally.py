"""Counting calls for the metrics: how many, how they ended, how long they took."""

from collections import Counter, defaultdict
from collections.abc import Iterable

from django.db.models import F

from agents.models import RequestLog, RequestTally


def tally(rows: Iterable[RequestLog]) -> None:
    """Add calls to the sums in the caller's transaction, which writes the same calls to the log."""
    sums = defaultdict(Counter)
    for row in rows:
        sums[row.agent_role, row.status // 100].update(_counted(row.milliseconds))
    # In one order in every process: each holds its rows until the transaction ends.
    for (role, status_class), more in sorted(sums.items()):
        mine = RequestTally.objects.filter(role=role, status_class=status_class)
        changes = {column: F(column) + number for column, number in more.items()}
        if not mine.update(**changes):
            new = RequestTally(role=role, status_class=status_class)
            RequestTally.objects.bulk_create([new], ignore_conflicts=True)
            mine.update(**changes)


def _counted(milliseconds: int) -> dict[str, int]:
    step = next((step for step in RequestTally.STEPS if milliseconds <= step), None)
    counted = {"calls": 1, "milliseconds": milliseconds}
    return counted | ({f"to_{step}": 1} if step else {})
