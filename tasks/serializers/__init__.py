"""Shapes of JSON, in and out."""

from tasks.serializers.logs import (
    ActivityLogSerializer,
    AgentSummarySerializer,
    NewActivityLogSerializer,
)
from tasks.serializers.recurrences import (
    NewRecurrenceSerializer,
    RecurrenceChangesSerializer,
    RecurrenceSerializer,
    RecurringConfigSerializer,
)
from tasks.serializers.rules import (
    NewRuleSerializer,
    RuleSerializer,
    RulesSerializer,
)
from tasks.serializers.sub_tasks import (
    ClaimedSerializer,
    ClaimNextSerializer,
    NewSessionSerializer,
    NewSubTaskSerializer,
    ReasonSerializer,
    ReassignSerializer,
    SessionSerializer,
    SubTaskChangesSerializer,
    SubTaskSerializer,
)
from tasks.serializers.tasks import (
    ModuleSerializer,
    NewModuleSerializer,
    NewTaskSerializer,
    OutcomeSerializer,
    TaskChangesSerializer,
    TaskSerializer,
    TaskStatusSerializer,
)

__all__ = [
    "ActivityLogSerializer",
    "AgentSummarySerializer",
    "ClaimNextSerializer",
    "ClaimedSerializer",
    "ModuleSerializer",
    "NewActivityLogSerializer",
    "NewModuleSerializer",
    "NewRecurrenceSerializer",
    "NewRuleSerializer",
    "NewSessionSerializer",
    "NewSubTaskSerializer",
    "NewTaskSerializer",
    "OutcomeSerializer",
    "ReasonSerializer",
    "ReassignSerializer",
    "RecurrenceChangesSerializer",
    "RecurrenceSerializer",
    "RecurringConfigSerializer",
    "RuleSerializer",
    "RulesSerializer",
    "SessionSerializer",
    "SubTaskChangesSerializer",
    "SubTaskSerializer",
    "TaskChangesSerializer",
    "TaskSerializer",
    "TaskStatusSerializer",
]
