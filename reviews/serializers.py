from rest_framework import serializers

from openmoss.api.fields import IdField, TextField, WholeNumberField
from openmoss.api.shapes import Shape
from reviews.models import Result


class ReviewSerializer(Shape):
    id = serializers.UUIDField()
    sub_task_id = serializers.UUIDField()
    reviewer_agent = serializers.UUIDField(source="reviewer_id", allow_null=True, help_text="null: a person.")
    reviewer_name = serializers.CharField()
    round = serializers.IntegerField()
    result = serializers.ChoiceField(Result.choices)
    score = serializers.IntegerField(min_value=1, max_value=5)
    issues = serializers.CharField()
    comment = serializers.CharField()
    rework_agent = serializers.UUIDField(source="rework_agent_id", allow_null=True)
    created_at = serializers.DateTimeField()


class ApprovalSerializer(serializers.Serializer):
    score = WholeNumberField(help_text="3 to 5.")
    comment = TextField(default="")
    round = WholeNumberField(
        required=False, allow_null=True, help_text="The round that you looked at; another one is refused."
    )


class RejectionSerializer(serializers.Serializer):
    score = WholeNumberField(help_text="1 to 3.")
    issues = TextField(required=True, help_text="What is wrong, point by point.")
    comment = TextField(default="")
    rework_agent = IdField(
        required=False,
        allow_null=True,
        allow_blank=True,
        help_text="Another executor who should go on; empty keeps the assignee.",
    )
    round = WholeNumberField(required=False, allow_null=True)


class NewReviewSerializer(serializers.Serializer):
    sub_task_id = IdField()
    result = serializers.ChoiceField(Result.choices)
    score = WholeNumberField(help_text="Approved: 3 to 5. Rejected: 1 to 3.")
    issues = TextField(default="", help_text="Required when rejected.")
    comment = TextField(default="")
    rework_agent = IdField(required=False, allow_null=True, allow_blank=True)
    round = WholeNumberField(
        required=False, allow_null=True, help_text="The round that you looked at; another one is refused."
    )
