from rest_framework import serializers

from openmoss.api.fields import IdField, TextField
from openmoss.api.shapes import Shape
from tasks.models import RuleScope


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
