"""The work: task → module → sub-task, its rules, and what agents say about it."""

from tasks.models.said import (
    Action,
    ActivityLog,
    Rule,
    RuleScope,
)
from tasks.models.work import (
    TEMPLATE,
    Dependency,
    Kind,
    Module,
    Priority,
    Recurrence,
    SubTask,
    Task,
    eligible_executors,
    urgency,
    waits_for_others,
)

__all__ = [
    "TEMPLATE",
    "Action",
    "ActivityLog",
    "Dependency",
    "Kind",
    "Module",
    "Priority",
    "Recurrence",
    "Rule",
    "RuleScope",
    "SubTask",
    "Task",
    "eligible_executors",
    "urgency",
    "waits_for_others",
]
