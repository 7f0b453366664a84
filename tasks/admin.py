from django.contrib import admin

from openmoss.read_only import ReadOnly
from tasks.models import ActivityLog, Dependency, Module, Recurrence, Rule, SubTask, Task


@admin.register(Task)
class TaskAdmin(ReadOnly):
    list_display = ["name", "status", "type", "created_at", "updated_at"]
    list_filter = ["status", "type"]
    search_fields = ["name", "description"]


@admin.register(Module)
class ModuleAdmin(ReadOnly):
    list_display = ["name", "task", "created_at"]
    list_select_related = ["task"]
    search_fields = ["name"]


@admin.register(SubTask)
class SubTaskAdmin(ReadOnly):
    list_display = ["name", "status", "priority", "task", "assignee", "attempt", "rework_count", "updated_at"]
    list_filter = ["status", "priority"]
    list_select_related = ["task", "assignee"]
    search_fields = ["name", "description"]


@admin.register(Recurrence)
class RecurrenceAdmin(ReadOnly):
    list_display = ["name", "task", "cron", "timezone", "next_at", "paused_at", "ended_at"]
    list_filter = ["overlap", "catch_up"]
    list_select_related = ["task"]
    search_fields = ["name", "cron"]


@admin.register(Dependency)
class DependencyAdmin(ReadOnly):
    list_display = ["sub_task", "needs"]
    list_select_related = ["sub_task", "needs"]


@admin.register(Rule)
class RuleAdmin(ReadOnly):
    list_display = ["scope", "task", "sub_task", "content", "created_at"]
    list_filter = ["scope"]
    list_select_related = ["task", "sub_task"]


@admin.register(ActivityLog)
class ActivityLogAdmin(ReadOnly):
    list_display = ["created_at", "agent", "action", "sub_task", "summary"]
    list_filter = ["action"]
    list_select_related = ["agent", "sub_task"]
