"""Reads that span models, for agents and for people."""

from tasks.selectors.board import Scope, board, cards, changes, scope
from tasks.selectors.feed import feed_summary
from tasks.selectors.recurrences import upcoming, with_next_times
from tasks.selectors.said import HELP_KEPT_FOR, SEPARATOR, activity, rules_text, unanswered_calls
from tasks.selectors.sub_tasks import as_told_to, find_sub_task
from tasks.selectors.tasks import (
    at_stake,
    executors_by_load,
    possible_needs,
    tasks_like,
    with_progress,
)

__all__ = [
    "HELP_KEPT_FOR",
    "SEPARATOR",
    "Scope",
    "activity",
    "as_told_to",
    "at_stake",
    "board",
    "cards",
    "changes",
    "executors_by_load",
    "feed_summary",
    "find_sub_task",
    "possible_needs",
    "rules_text",
    "scope",
    "tasks_like",
    "unanswered_calls",
    "upcoming",
    "with_next_times",
    "with_progress",
]
