"""What agents say."""

from django.db import transaction

from agents.models import Agent
from openmoss.models import SiteSettings
from openmoss.retention import prune
from tasks.models import ActivityLog, SubTask


def say(
    *,
    by: Agent,
    action: str,
    summary: str = "",
    sub_task: SubTask | None = None,
    session_id: str | None = None,
) -> ActivityLog:
    """Write an entry of the activity log in the agent's own voice."""
    with transaction.atomic():  # one statement, but only a transaction gets a turn in the queue of writers
        return ActivityLog.objects.create(
            agent=by, action=action, summary=summary, sub_task=sub_task, session_id=session_id
        )


def prune_activity_log() -> int:
    """Forget what was said before the time that the settings name, unless open work needs it; return how much."""
    oldest = SiteSettings.load().kept_since("activity_log")
    return prune(ActivityLog.objects.spent().filter(created_at__lt=oldest))
