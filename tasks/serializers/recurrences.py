from contextlib import contextmanager

from django.utils import timezone
from rest_framework import serializers

from openmoss.api.fields import IdField, NameField, TextField
from openmoss.api.shapes import Shape
from openmoss.errors import Invalid
from tasks.models import Priority
from tasks.recurrence import LONGEST_CRON, LONGEST_ZONE, CatchUp, Overlap, Schedule


class TemplateSerializer(serializers.Serializer):
    """What a sub-task begins with, whoever makes it."""

    name = NameField()
    description = TextField(default="")
    deliverable = TextField(default="")
    acceptance = TextField(default="")
    priority = serializers.ChoiceField(Priority.choices, default=Priority.MEDIUM)
    module_id = IdField(required=False, allow_null=True)
    assigned_agent = IdField(
        required=False,
        allow_null=True,
        allow_blank=True,
        help_text="An active executor; empty leaves it free.",
    )


class TemplateChangesSerializer(serializers.Serializer):
    """Fields that are absent or null stay as they are."""

    name = NameField(required=False, allow_null=True)
    description = TextField(allow_null=True)
    deliverable = TextField(allow_null=True)
    acceptance = TextField(allow_null=True)
    priority = serializers.ChoiceField(Priority.choices, required=False, allow_null=True)


class RecurringConfigSerializer(serializers.Serializer):
    """A schedule by which the clock makes a sub-task again and again."""

    cron = NameField(max_length=LONGEST_CRON, help_text="Minute, hour, day of month, month, day of week.")
    timezone = NameField(max_length=LONGEST_ZONE, default="UTC", help_text="For example Asia/Shanghai.")
    overlap = serializers.ChoiceField(
        Overlap.choices, default=Overlap.SKIP, help_text="When the last one is unfinished at its time."
    )
    catch_up = serializers.ChoiceField(
        CatchUp.choices,
        default=CatchUp.ONE,
        help_text="When times were missed because the clock stood still.",
    )

    def validate_cron(self, cron: str) -> str:
        with _fault_of_a_field():
            Schedule(cron, "UTC").after(timezone.now())
        return cron

    def validate_timezone(self, zone: str) -> str:
        with _fault_of_a_field():
            Schedule("* * * * *", zone)
        return zone


@contextmanager
def _fault_of_a_field():
    """Say a refusal as DRF collects the faults of fields, so that all are told at once."""
    try:
        yield
    except Invalid as refusal:
        raise serializers.ValidationError(*refusal.fields.values()) from None


class NewRecurrenceSerializer(RecurringConfigSerializer, TemplateSerializer):
    task_id = IdField()


class RecurrenceChangesSerializer(TemplateChangesSerializer):
    """Fields that are absent or null stay as they are."""

    module_id = IdField(required=False, allow_null=True, allow_blank=True, help_text="Empty means none.")
    assigned_agent = IdField(
        required=False, allow_null=True, allow_blank=True, help_text="Empty leaves it free."
    )
    cron = NameField(required=False, allow_null=True, max_length=LONGEST_CRON)
    timezone = NameField(required=False, allow_null=True, max_length=LONGEST_ZONE)
    overlap = serializers.ChoiceField(Overlap.choices, required=False, allow_null=True)
    catch_up = serializers.ChoiceField(CatchUp.choices, required=False, allow_null=True)


class RecurrenceSerializer(Shape):
    """A recurrence with its next times; takes what `tasks.selectors.with_next_times` returns."""

    id = serializers.UUIDField()
    task_id = serializers.UUIDField()
    module_id = serializers.UUIDField(allow_null=True)
    name = serializers.CharField()
    description = serializers.CharField()
    deliverable = serializers.CharField()
    acceptance = serializers.CharField()
    priority = serializers.ChoiceField(Priority.choices)
    assigned_agent = serializers.UUIDField(source="assignee_id", allow_null=True)
    cron = serializers.CharField()
    timezone = serializers.CharField()
    overlap = serializers.ChoiceField(Overlap.choices)
    catch_up = serializers.ChoiceField(CatchUp.choices)
    state = serializers.ChoiceField(["active", "paused", "ended"])
    next = serializers.ListField(
        child=serializers.DateTimeField(), help_text="The next five times; none when nothing will come."
    )
    open_sub_task = serializers.UUIDField(
        source="open_id", allow_null=True, help_text="The unfinished sub-task; until it is done none is made."
    )
    paused_at = serializers.DateTimeField(allow_null=True)
    ended_at = serializers.DateTimeField(allow_null=True)
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()
