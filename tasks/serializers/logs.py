from rest_framework import serializers

from openmoss.access import Role
from openmoss.api.fields import IdField, SessionField, TextField
from openmoss.api.shapes import Shape
from tasks.models import Action


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
