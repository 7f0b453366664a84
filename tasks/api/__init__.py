"""What agents call about the work: find, call the service, answer."""

from tasks.api.logs import ActivityLogViewSet, FeedSummaryViewSet
from tasks.api.recurrences import RecurrenceViewSet
from tasks.api.rules import RuleViewSet
from tasks.api.sub_tasks import SubTaskViewSet
from tasks.api.tasks import TaskViewSet

__all__ = [
    "ActivityLogViewSet",
    "FeedSummaryViewSet",
    "RecurrenceViewSet",
    "RuleViewSet",
    "SubTaskViewSet",
    "TaskViewSet",
]
