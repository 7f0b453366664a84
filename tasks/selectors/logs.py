"""What agents said, as people look through it: by who, what kind, about what and when."""

from datetime import datetime

from django.db.models import QuerySet
from django.db.models.functions import Left, Length

from tasks.models import ActivityLog

# Of a longer entry a list shows the beginning, so that fifty long ones make no page that nobody can load.
BEGINNING = 2000
# Words are looked for in so many of the newest entries and not in all: there may be millions.
SEARCHED = 10_000


def entries(*, agent=None, action: str = "", sub_task=None, task=None, since=None, until=None) -> QuerySet:
    """Return entries of the activity log, newest first, with the beginning of each instead of the whole."""
    about = {"agent": agent, "sub_task": sub_task, "sub_task__task": task, "action": action}
    times = {"created_at__gte": since, "created_at__lt": until}
    given = {name: value for name, value in (about | times).items() if value}
    return ActivityLog.objects.filter(**given)


def with_words(rows: QuerySet, words: str) -> tuple[QuerySet, datetime | None]:
    """Return those of the newest entries that have these words, and where the search ended if that was early."""
    oldest = rows.order_by("-created_at", "-pk").values_list("created_at", flat=True)[SEARCHED : SEARCHED + 1]
    searched_since = next(iter(oldest), None)
    found = rows.filter(summary__icontains=words)
    return (found.filter(created_at__gt=searched_since) if searched_since else found), searched_since


def as_read(rows: QuerySet, *, whole: bool = False) -> QuerySet:
    """Read along what a row shows; of the text only the beginning, unless it is to be shown whole."""
    rows = rows.select_related("agent", "sub_task")
    said = {"said": Left("summary", BEGINNING), "length": Length("summary")}
    return rows if whole else rows.defer("summary", "sub_task__description").annotate(**said)
