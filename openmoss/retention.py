"""Deleting old rows without making anybody wait."""

from django.db.models import QuerySet

BATCH = 1000


def prune(rows: QuerySet) -> int:
    """Delete `rows` in short transactions and return how many there were."""
    deleted = 0
    while batch := list(rows.order_by("pk").values_list("pk", flat=True)[:BATCH]):
        deleted += rows.model.objects.filter(pk__in=batch).delete()[0]
    return deleted
