from rest_framework import serializers

from openmoss.api.fields import IdField, ReasonField, SessionField
from openmoss.api.shapes import Shape
from tasks.models import Kind, Priority
from tasks.serializers.recurrences import (
    RecurringConfigSerializer,
    TemplateChangesSerializer,
    TemplateSerializer,
)
from tasks.workflow import MOVES, Status


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
    recurring_config = RecurringConfigSerializer(allow_null=True)
    recurrence_id = serializers.UUIDField(allow_null=True)
    occurrence = serializers.DateTimeField(
        allow_null=True, help_text="The time of its recurrence that it stands for."
    )
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


class NewSubTaskSerializer(TemplateSerializer):
    task_id = IdField()
    type = serializers.ChoiceField(Kind.choices, default=Kind.ONCE)
    recurring_config = RecurringConfigSerializer(
        required=False, allow_null=True, help_text="The clock makes more of it; this one is the first."
    )
    depends_on = serializers.ListField(child=IdField(), required=False, max_length=100)


class SubTaskChangesSerializer(TemplateChangesSerializer):
    """Fields that are absent or null stay as they are."""

    depends_on = serializers.ListField(child=IdField(), required=False, allow_null=True, max_length=100)


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
