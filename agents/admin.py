from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from agents.models import Agent, Enrolment, Prompt, PromptVersion, RequestHour, RequestLog, RequestTally
from openmoss.read_only import ReadOnly


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


@admin.register(RequestTally)
class RequestTallyAdmin(ReadOnly):
    list_display = ["role", "status_class", "calls", "milliseconds"]


@admin.register(RequestHour)
class RequestHourAdmin(ReadOnly):
    list_display = ["hour", "calls"]


@admin.register(Enrolment)
class EnrolmentAdmin(ReadOnly):
    list_display = ["name", "role", "state", "made_by", "created_at", "expires_at", "agent"]
    list_filter = ["role"]
    list_select_related = ["agent"]
    search_fields = ["name"]
    exclude = ["code_hash"]

    @admin.display(description=_("state"))
    def state(self, enrolment: Enrolment) -> str:
        return enrolment.state


@admin.register(Prompt)
class PromptAdmin(ReadOnly):
    list_display = ["slug", "kind", "version", "updated_at"]
    list_filter = ["kind"]
    search_fields = ["slug", "text"]


@admin.register(PromptVersion)
class PromptVersionAdmin(ReadOnly):
    list_display = ["slug", "number", "kind", "written_by", "at"]
    list_filter = ["kind"]
    search_fields = ["slug"]
