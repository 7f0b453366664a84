"""What agents said, as people look through it: by who, what kind, about what and when."""

from datetime import datetime

from django.db.models import QuerySet
from django.db.models.functions import Left, Length

from tasks.models import ActivityLog

# Of a longer entry a list shows the beginning, so that fifty long ones make no page that nobody can load.
BEGINNING = 2000
# What no index finds (words, one kind of entry of an agent, the work of a huge task) is looked for in so many
# of the newest entries only.
SEARCHED = 10_000
MANY_SUB_TASKS = 500


def entries(
    *, agent=None, action: str = "", sub_task=None, task=None, since=None, until=None, words: str = ""
) -> tuple[QuerySet, datetime | None]:
    """Return entries of the activity log, newest first, and how far back they were looked for if not to the end."""
    about = {"agent": agent, "sub_task": sub_task, "action": "" if agent else action}
    times = {"created_at__gte": since, "created_at__lt": until}
    rows = ActivityLog.objects.filter(**{name: value for name, value in (about | times).items() if value})
    ids = list(task.sub_tasks.order_by().values_list("pk", flat=True)[: MANY_SUB_TASKS + 1]) if task else []
    huge = len(ids) > MANY_SUB_TASKS
    if task and not huge:
        rows = rows.filter(sub_task__in=ids)
    searched_since = None
    if words or huge or (agent and action):
        oldest = rows.values_list("created_at", flat=True)[SEARCHED : SEARCHED + 1]
        searched_since = next(iter(oldest), None)
    if searched_since:
        rows = rows.filter(created_at__gt=searched_since)
    if huge:
        rows = rows.filter(sub_task__task=task)
    if action:
        rows = rows.filter(action=action)
    return (rows.filter(summary__icontains=words) if words else rows), searched_since


def as_read(rows: QuerySet, *, whole: bool = False) -> QuerySet:
    """Read along what a row shows; of the text only the beginning, unless it is to be shown whole."""
    rows = rows.select_related("agent", "sub_task")
    said = {"said": Left("summary", BEGINNING), "length": Length("summary")}
    return rows if whole else rows.defer("summary", "sub_task__description").annotate(**said)
