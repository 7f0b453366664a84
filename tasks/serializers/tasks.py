from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from openmoss.api.fields import NameField, TextField
from openmoss.api.shapes import Shape
from tasks.models import Kind
from tasks.workflow import TaskStatus


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
