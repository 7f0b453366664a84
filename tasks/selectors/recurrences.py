"""When recurring work comes next."""

from collections.abc import Iterable
from datetime import datetime
from itertools import islice

from django.utils import timezone

from tasks.models import Recurrence, SubTask


def with_next_times(recurrences: Iterable[Recurrence]) -> list[Recurrence]:
    """Add to recurrences `next`, their next five times, and `open_id`, the sub-task that is still unfinished.

    Their task must have been read along; this costs one more query.
    """
    recurrences = list(recurrences)
    unfinished = SubTask.objects.filter(recurrence__in=recurrences).unfinished()
    open_ids = dict(unfinished.values_list("recurrence_id", "pk"))
    for recurrence in recurrences:
        recurrence.next = upcoming(recurrence)
        recurrence.open_id = open_ids.get(recurrence.pk)
    return recurrences


def upcoming(recurrence: Recurrence, count: int = 5) -> list[datetime]:
    """Return the next times of a recurrence, in UTC; none while it is paused, ended, or its task is closed."""
    if recurrence.state != "active" or not recurrence.task.is_open:
        return []
    return list(islice(recurrence.schedule.times(timezone.now()), count))
