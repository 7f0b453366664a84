from rest_framework import serializers

from openmoss.access import Role
from openmoss.api.fields import IdField, ReasonField, TextField
from openmoss.api.shapes import Shape
from patrol.models import FindingKind, FindingStatus, Severity
from patrol.selectors.standing import Fact


class FindingSerializer(Shape):
    id = serializers.UUIDField()
    kind = serializers.ChoiceField(FindingKind.choices)
    severity = serializers.ChoiceField(Severity.choices)
    status = serializers.ChoiceField(FindingStatus.choices)
    task_id = serializers.UUIDField(allow_null=True)
    sub_task_id = serializers.UUIDField(allow_null=True)
    agent_id = serializers.UUIDField(allow_null=True)
    role = serializers.CharField(help_text="The role that nobody has, for `nobody_eligible`; else empty.")
    description = serializers.CharField()
    since = serializers.DateTimeField(help_text="Since when its cause has lasted.")
    found_by = serializers.UUIDField(
        source="found_by_id",
        allow_null=True,
        help_text="The patrol agent that reported it; null is the clock.",
    )
    action_taken = serializers.CharField()
    awaits_decision = serializers.BooleanField(
        help_text="Its sub-task was blocked for it; it resolves when that is unblocked, reassigned or cancelled."
    )
    created_at = serializers.DateTimeField()
    resolved_at = serializers.DateTimeField(allow_null=True)
    do = serializers.ListField(
        child=serializers.CharField(),
        source="steps",
        help_text="What frees the work, for a planner; else how to look closer.",
    )


class NewFindingSerializer(serializers.Serializer):
    kind = serializers.ChoiceField(FindingKind.choices)
    severity = serializers.ChoiceField(Severity.choices, default=Severity.WARNING)
    description = TextField(required=True, allow_blank=False, max_length=2000)
    sub_task_id = IdField(required=False, allow_null=True)
    task_id = IdField(required=False, allow_null=True)
    agent_id = IdField(required=False, allow_null=True)


class IgnoreSerializer(serializers.Serializer):
    reason = ReasonField(required=True, allow_blank=False)


class NamedSerializer(Shape):
    id = serializers.UUIDField(source="pk")
    name = serializers.CharField()


class StandingSerializer(Shape):
    """The fact that holds a task up, and the action that frees it."""

    task = NamedSerializer()
    sub_task = NamedSerializer(allow_null=True)
    fact = serializers.ChoiceField([fact.name.lower() for fact in Fact], source="name")
    moving = serializers.BooleanField()
    sentence = serializers.CharField()
    since = serializers.DateTimeField()
    action = serializers.CharField(help_text="Empty when nothing is needed.")
    do = serializers.CharField(help_text="The command for it, where there is one.")
    who = serializers.ChoiceField(
        [("", "nobody"), (Role.PLANNER, "planner"), ("person", "person")], help_text="Who can take it."
    )
    waiting = serializers.IntegerField(help_text="How many sub-tasks of the task wait for this one.")


class WhySerializer(Shape):
    """How the open tasks stand: held up first."""

    held_up = serializers.IntegerField()
    moving = serializers.IntegerField()
    items = StandingSerializer(many=True)
    left_out = serializers.IntegerField(help_text="Open tasks beyond those in `items`.")
