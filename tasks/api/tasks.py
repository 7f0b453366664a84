from uuid import UUID

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.response import Response

from openmoss.access import ANY_AGENT, Role, only
from openmoss.api.lookup import find
from openmoss.api.pagination import choice, paginate
from openmoss.api.parsers import StrictJSONParser, YAMLParser
from openmoss.api.schema import PAGE, enveloped
from openmoss.api.views import ApiViewSet
from openmoss.prepared import Prepared
from tasks import services
from tasks.models import Module, Task
from tasks.planning import PlanSerializer, read_plan
from tasks.serializers import (
    ModuleSerializer,
    NewModuleSerializer,
    NewTaskSerializer,
    OutcomeSerializer,
    ReasonSerializer,
    TaskChangesSerializer,
    TaskSerializer,
    TaskStatusSerializer,
)
from tasks.workflow import TaskStatus

PLANNER = only(Role.PLANNER)


_BY_PK = Prepared(lambda pk: Task.objects.order_by().filter(pk=pk), pk=UUID)


class TaskViewSet(ApiViewSet):
    parser_classes = [StrictJSONParser, YAMLParser]
    access = {
        "list": ANY_AGENT,
        "retrieve": ANY_AGENT,
        "modules": ANY_AGENT,
        "create": PLANNER,
        "update": PLANNER,
        "set_status": PLANNER,
        "cancel": PLANNER,
        "create_module": PLANNER,
        "plan": PLANNER,
    }

    @extend_schema(
        responses=enveloped(TaskSerializer),
        parameters=[OpenApiParameter("status", enum=TaskStatus.values), *PAGE],
    )
    def list(self, request) -> Response:
        """List tasks, newest first."""
        tasks = Task.objects.all()
        if status := choice(request.query_params, "status", TaskStatus):
            tasks = tasks.filter(status=status)
        page = paginate(tasks, request.query_params)
        return Response(page.envelope(TaskSerializer.each(page.items)))

    @extend_schema(request=NewTaskSerializer, responses=TaskSerializer)
    def create(self, request) -> Response:
        """Open a task in planning."""
        task = services.create_task(**self.read(NewTaskSerializer), by=request.user)
        return Response(TaskSerializer.of(task))

    @extend_schema(responses=TaskSerializer)
    def retrieve(self, request, id: str) -> Response:
        """Read one task."""
        return Response(TaskSerializer.of(find(Task.objects.all(), id, by_pk=_BY_PK)))

    @extend_schema(request=TaskChangesSerializer, responses=TaskSerializer)
    def update(self, request, id: str) -> Response:
        """Change name or description of a task in planning or active."""
        task = find(Task.objects.all(), id)
        services.edit_task(task, by=request.user, **given(self.read(TaskChangesSerializer)))
        return Response(TaskSerializer.of(task))

    @extend_schema(request=TaskStatusSerializer, responses=TaskSerializer)
    def set_status(self, request, id: str) -> Response:
        """Move a task to another status; it closes only when nothing in it is open."""
        task = find(Task.objects.all(), id)
        services.set_task_status(task, **self.read(TaskStatusSerializer), by=request.user)
        return Response(TaskSerializer.of(task))

    @extend_schema(request=ReasonSerializer, responses=TaskSerializer)
    def cancel(self, request, id: str) -> Response:
        """Cancel a task and all its open sub-tasks."""
        task = find(Task.objects.all(), id)
        services.cancel_task(task, why=self.read(ReasonSerializer)["reason"], by=request.user)
        return Response(TaskSerializer.of(task))

    @extend_schema(
        request={"application/json": PlanSerializer, "application/yaml": PlanSerializer},
        responses=OutcomeSerializer,
    )
    def plan(self, request) -> Response:
        """Write a whole plan at once, or learn everything that is wrong with it."""
        plan = read_plan(request.data)
        outcome = services.carry_out(plan, by=request.user)
        return Response(OutcomeSerializer.of({"dry_run": plan.dry_run, "outcome": outcome}))

    @extend_schema(responses=ModuleSerializer(many=True))
    def modules(self, request, id: str) -> Response:
        """List the modules of a task, oldest first; at most 500."""
        modules = Module.objects.filter(task=find(Task.objects.all(), id))[:500]
        return Response(ModuleSerializer.each(modules))

    @extend_schema(request=NewModuleSerializer, responses=ModuleSerializer)
    def create_module(self, request, id: str) -> Response:
        """Add a module to a task."""
        task = find(Task.objects.all(), id)
        module = services.create_module(task, **self.read(NewModuleSerializer), by=request.user)
        return Response(ModuleSerializer.of(module))


def given(changes: dict) -> dict:
    """Return the fields that are not null: null means unchanged."""
    return {name: value for name, value in changes.items() if value is not None}
