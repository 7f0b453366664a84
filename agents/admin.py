from django.contrib import admin

from agents.models import Agent, RequestLog
from openmoss.admin import ReadOnly


@admin.register(Agent)
class AgentAdmin(ReadOnly):
    list_display = ["name", "role", "status", "total_score", "last_seen_at", "created_at"]
    list_filter = ["role", "status"]
    search_fields = ["name", "description"]
    exclude = ["key_hash"]


@admin.register(RequestLog)
class RequestLogAdmin(ReadOnly):
    list_display = ["at", "agent_name", "agent_role", "method", "path", "status", "milliseconds"]
    list_filter = ["agent_role", "method"]
