"""Every write to the work, one verb each, one transaction and one event each."""

from tasks.services.agents import edit_agent, retire_agent
from tasks.services.logs import prune_activity_log, say
from tasks.services.moves import (
    approve,
    bind_session,
    block,
    cancel,
    claim,
    claim_next,
    reassign,
    reject,
    release,
    start,
    submit,
    unblock,
)
from tasks.services.occurrences import create_occurrences
from tasks.services.plans import carry_out
from tasks.services.recurrences import (
    begin_recurring,
    create_recurrence,
    edit_recurrence,
    end_recurrence,
    pause_recurrence,
    resume_recurrence,
)
from tasks.services.rules import add_rule, delete_rule, edit_rule
from tasks.services.sub_tasks import create_sub_task, edit_sub_task
from tasks.services.tasks import cancel_task, create_module, create_task, edit_task, set_task_status

__all__ = [
    "add_rule",
    "approve",
    "begin_recurring",
    "bind_session",
    "block",
    "cancel",
    "cancel_task",
    "carry_out",
    "claim",
    "claim_next",
    "create_module",
    "create_occurrences",
    "create_recurrence",
    "create_sub_task",
    "create_task",
    "delete_rule",
    "edit_agent",
    "edit_recurrence",
    "edit_rule",
    "edit_sub_task",
    "edit_task",
    "end_recurrence",
    "pause_recurrence",
    "prune_activity_log",
    "reassign",
    "reject",
    "release",
    "resume_recurrence",
    "retire_agent",
    "say",
    "set_task_status",
    "start",
    "submit",
    "unblock",
]
