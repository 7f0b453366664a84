from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from openmoss.access import Role
from openmoss.api.fields import IdField, NameField, ReasonField, SessionField, TextField
from openmoss.api.shapes import Shape
from tasks.models import Action, Kind, Priority, RuleScope
from tasks.workflow import MOVES, Status, TaskStatus


class TaskSerializer(Shape):
    id = serializers.UUIDField()
    name = serializers.CharField()
    description = serializers.CharField()
    type = serializers.ChoiceField(Kind.choices)
    status = serializers.ChoiceField(TaskStatus.choices)
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()


class NewTaskSerializer(serializers.Serializer):
    name = NameField()
    description = TextField(default="")
    type = serializers.ChoiceField(Kind.choices, default=Kind.ONCE)


class TaskChangesSerializer(serializers.Serializer):
    name = NameField(required=False, allow_null=True)
    description = TextField(allow_null=True)


class TaskStatusSerializer(serializers.Serializer):
    status = serializers.ChoiceField(TaskStatus.choices)


class ModuleSerializer(Shape):
    id = serializers.UUIDField()
    task_id = serializers.UUIDField()
    name = serializers.CharField()
    description = serializers.CharField()


class NewModuleSerializer(serializers.Serializer):
    name = NameField()
    description = TextField(default="")


class SubTaskSerializer(Shape):
    """A sub-task as its reader sees it; takes what `tasks.selectors.as_told_to` returns."""

    id = serializers.UUIDField()
    task_id = serializers.UUIDField()
    module_id = serializers.UUIDField(allow_null=True)
    name = serializers.CharField()
    description = serializers.CharField()
    deliverable = serializers.CharField()
    acceptance = serializers.CharField()
    type = serializers.ChoiceField(Kind.choices)
    recurring_config = serializers.JSONField(allow_null=True)
    status = serializers.ChoiceField(Status.choices)
    priority = serializers.ChoiceField(Priority.choices)
    assigned_agent = serializers.UUIDField(source="assignee_id", allow_null=True)
    current_session_id = serializers.CharField(allow_null=True)
    rework_count = serializers.IntegerField()
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()
    completed_at = serializers.DateTimeField(allow_null=True)
    attempt = serializers.IntegerField(help_text="Grows with every claim and reassignment.")
    heartbeat_at = serializers.DateTimeField(
        source="assignee.last_seen_at",
        allow_null=True,
        default=None,
        help_text="When the assignee was heard of last.",
    )
    blocked_reason = serializers.CharField()
    depends_on = serializers.ListField(
        child=serializers.UUIDField(),
        source="needs",
        help_text="Ids of the sub-tasks that must be done first.",
    )
    can = serializers.ListField(
        child=serializers.ChoiceField(list(MOVES)), help_text="The moves that the caller may make now."
    )


class NewSubTaskSerializer(serializers.Serializer):
    task_id = IdField()
    name = NameField()
    description = TextField(default="")
    deliverable = TextField(default="")
    acceptance = TextField(default="")
    priority = serializers.ChoiceField(Priority.choices, default=Priority.MEDIUM)
    type = serializers.ChoiceField(Kind.choices, default=Kind.ONCE)
    module_id = IdField(required=False, allow_null=True)
    assigned_agent = IdField(
        required=False,
        allow_null=True,
        allow_blank=True,
        help_text="An active executor; empty leaves it free.",
    )
    depends_on = serializers.ListField(child=IdField(), required=False, max_length=100)


class SubTaskChangesSerializer(serializers.Serializer):
    """Fields that are absent or null stay as they are."""

    name = NameField(required=False, allow_null=True)
    description = TextField(allow_null=True)
    deliverable = TextField(allow_null=True)
    acceptance = TextField(allow_null=True)
    priority = serializers.ChoiceField(Priority.choices, required=False, allow_null=True)
    depends_on = serializers.ListField(child=IdField(), required=False, allow_null=True, max_length=100)


class PlannedRowSerializer(Shape):
    ref = serializers.CharField()
    id = serializers.UUIDField()
    name = serializers.CharField()


class OutcomeSerializer(Shape):
    """What a plan became; the ids of a dry run name nothing."""

    dry_run = serializers.BooleanField()
    task_id = serializers.UUIDField(source="outcome.task.pk")
    task_name = serializers.CharField(source="outcome.task.name")
    status = serializers.ChoiceField(TaskStatus.choices, source="outcome.task.status")
    modules = serializers.SerializerMethodField()
    sub_tasks = serializers.SerializerMethodField()

    @extend_schema_field(PlannedRowSerializer(many=True))
    def get_modules(self, planned) -> list[dict]:
        return _by_ref(planned["outcome"].modules)

    @extend_schema_field(PlannedRowSerializer(many=True))
    def get_sub_tasks(self, planned) -> list[dict]:
        return _by_ref(planned["outcome"].sub_tasks)


def _by_ref(rows: dict) -> list[dict]:
    return [{"ref": ref, "id": str(row.pk), "name": row.name} for ref, row in rows.items()]


class ClaimNextSerializer(serializers.Serializer):
    task_id = IdField(required=False, allow_null=True)
    module_id = IdField(required=False, allow_null=True)
    session_id = SessionField()


class ClaimedSerializer(Shape):
    sub_task = SubTaskSerializer(allow_null=True)
    retry_after = serializers.IntegerField(allow_null=True, help_text="Seconds; null when there is work.")


class SessionSerializer(serializers.Serializer):
    session_id = SessionField()


class NewSessionSerializer(serializers.Serializer):
    session_id = SessionField(required=True, allow_null=False)


class ReasonSerializer(serializers.Serializer):
    reason = ReasonField(default="")


class ReassignSerializer(serializers.Serializer):
    agent_id = IdField()
    reason = ReasonField(default="")


class RulesSerializer(Shape):
    content = serializers.CharField(help_text="All rules that hold, in Markdown.")
    message = serializers.CharField()
    update_available = serializers.BooleanField()
    latest_version = serializers.IntegerField(allow_null=True)
    update_instructions = serializers.CharField()


class RuleSerializer(Shape):
    id = serializers.UUIDField()
    scope = serializers.ChoiceField(RuleScope.choices)
    task_id = serializers.UUIDField(allow_null=True)
    sub_task_id = serializers.UUIDField(allow_null=True)
    content = serializers.CharField()
    created_at = serializers.DateTimeField()


class NewRuleSerializer(serializers.Serializer):
    task_id = IdField(required=False, allow_null=True)
    sub_task_id = IdField(required=False, allow_null=True)
    content = TextField(required=True, allow_blank=False)


class ActivityLogSerializer(Shape):
    id = serializers.UUIDField()
    agent_id = serializers.UUIDField()
    sub_task_id = serializers.UUIDField(allow_null=True)
    action = serializers.ChoiceField(Action.choices)
    summary = serializers.CharField()
    session_id = serializers.CharField(allow_null=True)
    created_at = serializers.DateTimeField()


class NewActivityLogSerializer(serializers.Serializer):
    action = serializers.ChoiceField(Action.choices)
    summary = TextField(default="")
    sub_task_id = IdField(required=False, allow_null=True)
    session_id = SessionField()


class CurrentSubTaskSerializer(Shape):
    id = serializers.UUIDField()
    name = serializers.CharField()
    module_name = serializers.CharField(allow_null=True)


class RecentActionSerializer(Shape):
    method = serializers.CharField()
    path = serializers.CharField()
    request_body = serializers.CharField(source="body", allow_null=True)
    response_status = serializers.IntegerField(source="status")
    timestamp = serializers.DateTimeField(source="at")


class AgentSummarySerializer(Shape):
    id = serializers.UUIDField()
    name = serializers.CharField()
    role = serializers.ChoiceField(Role.choices)
    total_score = serializers.IntegerField()
    today_request_count = serializers.IntegerField()
    today_submit_count = serializers.IntegerField()
    today_review_count = serializers.IntegerField()
    current_sub_task = CurrentSubTaskSerializer(allow_null=True)
    recent_actions = RecentActionSerializer(many=True)
