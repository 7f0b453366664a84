from rest_framework import serializers

from openmoss.access import Role
from openmoss.api.fields import IdField, ReasonField, WholeNumberField
from openmoss.api.shapes import Shape


class LeaderboardRowSerializer(Shape):
    rank = serializers.IntegerField()
    agent_id = serializers.UUIDField(source="pk")
    agent_name = serializers.CharField(source="name")
    role = serializers.ChoiceField(Role.choices)
    total_score = serializers.IntegerField()


class ScoreSerializer(Shape):
    agent_id = serializers.UUIDField()
    agent_name = serializers.CharField()
    total_score = serializers.IntegerField()
    rank = serializers.IntegerField()
    total_agents = serializers.IntegerField()
    reward_count = serializers.IntegerField()
    penalty_count = serializers.IntegerField()
    total_records = serializers.IntegerField()


class ScoreEntrySerializer(Shape):
    id = serializers.UUIDField()
    agent_id = serializers.UUIDField()
    sub_task_id = serializers.UUIDField(allow_null=True)
    reason = serializers.CharField()
    score_delta = serializers.IntegerField()
    created_at = serializers.DateTimeField()


class AdjustmentSerializer(serializers.Serializer):
    agent_id = IdField()
    score_delta = WholeNumberField()
    reason = ReasonField(required=True)
    sub_task_id = IdField(required=False, allow_null=True)
