"""Deleting old rows without making anybody wait."""

import threading
import time

from django.db import transaction
from django.db.models import QuerySet

AIM = 0.012  # seconds that a batch should hold the write lock: far below the 50 ms that others may notice
FIRST_BATCH = 50
# Fewer rows would not help where the disk is the slow part: one of them takes as long as twenty.
SMALLEST_BATCH, LARGEST_BATCH = 20, 1000
RUN_FOR = 20  # seconds; what is left then is deleted the next time

# Several tables are pruned at the same hour; together they must not take more of the database than one.
_one_at_a_time = threading.Lock()


def prune(rows: QuerySet) -> int:
    """Delete `rows` in short transactions and return how many they were; after a while, leave the rest.

    An index must give the rows in their order, or every batch would read the whole table.
    """
    size, deleted, until = FIRST_BATCH, 0, time.monotonic() + RUN_FOR
    while time.monotonic() < until and (batch := list(rows.values_list("pk", flat=True)[:size])):
        with _one_at_a_time:
            took = _delete(rows, batch)
            time.sleep(took)  # half of the time belongs to those who wait
        deleted += len(batch)
        # It grows slowly and shrinks at once: the next rows may lie where the disk is slower.
        size = int(min(size * 1.25, len(batch) * AIM / took, LARGEST_BATCH))
        size = max(size, SMALLEST_BATCH)
    return deleted


def _delete(rows: QuerySet, batch: list) -> float:
    """Delete a batch and return for how many seconds it held the write lock."""
    with transaction.atomic():
        began = time.monotonic()
        rows.model.objects.filter(pk__in=batch).delete()
    return time.monotonic() - began
