from rest_framework import serializers

from agents.models import AgentStatus
from openmoss.access import Role
from openmoss.api.fields import NameField, TextField
from openmoss.api.shapes import Shape


class AgentSerializer(Shape):
    id = serializers.UUIDField()
    name = serializers.CharField()
    role = serializers.ChoiceField(Role.choices)
    description = serializers.CharField()
    status = serializers.ChoiceField(AgentStatus.choices)
    total_score = serializers.IntegerField()


class RegisterSerializer(serializers.Serializer):
    name = NameField(max_length=100)
    role = serializers.ChoiceField(Role.choices)
    description = TextField(default="")


class EnrolSerializer(serializers.Serializer):
    code = TextField(required=True, allow_blank=False, max_length=100)


class RegisteredSerializer(Shape):
    id = serializers.UUIDField()
    name = serializers.CharField()
    role = serializers.ChoiceField(Role.choices)
    api_key = serializers.CharField(help_text="Shown only here; keep it.")
    message = serializers.CharField()


class FeedStatusSerializer(Shape):
    enabled = serializers.BooleanField()


class FeedLogSerializer(Shape):
    id = serializers.CharField()
    timestamp = serializers.DateTimeField(source="at")
    method = serializers.CharField()
    path = serializers.CharField()
    agent_id = serializers.UUIDField()
    agent_name = serializers.CharField()
    agent_role = serializers.CharField()
    request_body = serializers.CharField(source="body", allow_null=True)
    response_status = serializers.IntegerField(source="status")


class FeedAgentSerializer(Shape):
    id = serializers.UUIDField()
    name = serializers.CharField()
    role = serializers.ChoiceField(Role.choices)
    status = serializers.ChoiceField(AgentStatus.choices)
    total_score = serializers.IntegerField()
    created_at = serializers.DateTimeField()
