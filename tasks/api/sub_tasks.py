from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.response import Response

from agents.models import Agent
from agents.waking import retry_after
from openmoss.access import ANY_AGENT, Role, only
from openmoss.api.lookup import find, find_each
from openmoss.api.pagination import choice, paginate
from openmoss.api.schema import PAGE, enveloped
from openmoss.api.views import ApiViewSet
from openmoss.errors import Invalid, NotFound
from tasks import services
from tasks.api.tasks import given
from tasks.models import Module, SubTask, Task
from tasks.selectors import as_told_to, find_sub_task
from tasks.serializers import (
    ClaimedSerializer,
    ClaimNextSerializer,
    NewSessionSerializer,
    NewSubTaskSerializer,
    ReasonSerializer,
    ReassignSerializer,
    SessionSerializer,
    SubTaskChangesSerializer,
    SubTaskSerializer,
)
from tasks.workflow import MOVES, Status

STATUS = OpenApiParameter("status", enum=Status.values)


def _may(move: str) -> frozenset[str]:
    return MOVES[move].roles & ANY_AGENT


class SubTaskViewSet(ApiViewSet):
    access = {
        "list": ANY_AGENT,
        "mine": ANY_AGENT,
        "available": ANY_AGENT,
        "latest": ANY_AGENT,
        "retrieve": ANY_AGENT,
        "create": only(Role.PLANNER),
        "update": only(Role.PLANNER),
        "session": only(Role.EXECUTOR),
        "claim_next": _may("claim"),
        **{move: _may(move) for move in MOVES},
    }

    @extend_schema(
        responses=enveloped(SubTaskSerializer),
        parameters=[
            OpenApiParameter("task_id"),
            OpenApiParameter("module_id"),
            OpenApiParameter("assigned_agent"),
            STATUS,
            *PAGE,
        ],
    )
    def list(self, request) -> Response:
        """List sub-tasks, newest first."""
        query, filters = request.query_params, {}
        if id := query.get("task_id"):
            filters["task"] = find(Task.objects.all(), id, field="task_id")
        if id := query.get("module_id"):
            filters["module"] = find(Module.objects.all(), id, field="module_id")
        if id := query.get("assigned_agent"):
            filters["assignee"] = find(Agent.objects.all(), id, field="assigned_agent")
        return self._page(SubTask.objects.filter(**filters))

    @extend_schema(responses=enveloped(SubTaskSerializer), parameters=[STATUS, *PAGE])
    def mine(self, request) -> Response:
        """List what was given to you, in any status, newest first."""
        return self._page(SubTask.objects.filter(assignee=request.user))

    @extend_schema(responses=enveloped(SubTaskSerializer), parameters=PAGE)
    def available(self, request) -> Response:
        """List what an executor can claim now, newest first."""
        page = paginate(SubTask.objects.for_agents().available(), request.query_params)
        return Response(page.envelope(SubTaskSerializer.each(as_told_to(self.request.user, page.items))))

    @extend_schema(responses=SubTaskSerializer, parameters=[OpenApiParameter("task_id", required=True)])
    def latest(self, request) -> Response:
        """Read your most recently changed sub-task in a task."""
        if not (task_id := request.query_params.get("task_id")):
            raise Invalid.field("task_id", "Say of which task.")
        task = find(Task.objects.all(), task_id, field="task_id")
        mine = SubTask.objects.for_agents().filter(task=task, assignee=request.user)
        if (latest := mine.order_by("-updated_at").first()) is None:
            raise NotFound(
                f"Nothing in task '{task}' was given to you.", hint="`st available` lists what is free."
            )
        return Response(self._json(latest))

    @extend_schema(request=NewSubTaskSerializer, responses=SubTaskSerializer)
    def create(self, request) -> Response:
        """Add a sub-task to a task."""
        body = with_rows(self.read(NewSubTaskSerializer))
        if schedule := body.pop("recurring_config", None):
            del body["type"]
            return self._told(services.begin_recurring(**schedule, **body, by=request.user))
        return self._told(services.create_sub_task(**body, by=request.user))

    @extend_schema(responses=SubTaskSerializer)
    def retrieve(self, request, id: str) -> Response:
        """Read one sub-task."""
        return Response(self._json(self._find(id)))

    @extend_schema(request=SubTaskChangesSerializer, responses=SubTaskSerializer)
    def update(self, request, id: str) -> Response:
        """Change the brief of a sub-task that nobody has started."""
        sub_task = self._find(id)
        changes = with_rows(given(self.read(SubTaskChangesSerializer)))
        return Response(self._json(services.edit_sub_task(sub_task, by=request.user, **changes)))

    @extend_schema(request=SessionSerializer, responses=SubTaskSerializer)
    def claim(self, request, id: str) -> Response:
        """Take a pending sub-task; exactly one caller gets it."""
        sub_task = self._find(id)
        return self._told(services.claim(sub_task, by=request.user, **self.read(SessionSerializer)))

    @extend_schema(request=ClaimNextSerializer, responses=ClaimedSerializer)
    def claim_next(self, request) -> Response:
        """Get your next piece of work: own rework, own assigned work, else the most urgent free one, claimed."""
        body, where = self.read(ClaimNextSerializer), {}
        if id := body.get("task_id"):
            where["task"] = find(Task.objects.all(), id, field="task_id")
        if id := body.get("module_id"):
            where["module"] = find(Module.objects.all(), id, field="module_id")
        sub_task = services.claim_next(by=request.user, session_id=body.get("session_id"), **where)
        if sub_task is None:
            return Response({"sub_task": None, "retry_after": retry_after(request.user)})
        return Response({"sub_task": self._json(sub_task), "retry_after": None})

    @extend_schema(request=SessionSerializer, responses=SubTaskSerializer)
    def start(self, request, id: str) -> Response:
        """Begin to work on your sub-task, in this session."""
        sub_task = self._find(id)
        return self._told(services.start(sub_task, by=request.user, **self.read(SessionSerializer)))

    @extend_schema(request=SessionSerializer, responses=SubTaskSerializer)
    def submit(self, request, id: str) -> Response:
        """Hand your finished work to review."""
        sub_task = self._find(id)
        return self._told(services.submit(sub_task, by=request.user, **self.read(SessionSerializer)))

    @extend_schema(request=NewSessionSerializer, responses=SubTaskSerializer)
    def session(self, request, id: str) -> Response:
        """Say in which session your work in progress goes on."""
        sub_task = self._find(id)
        return self._told(services.bind_session(sub_task, by=request.user, **self.read(NewSessionSerializer)))

    @extend_schema(request=ReasonSerializer, responses=SubTaskSerializer)
    def release(self, request, id: str) -> Response:
        """Give your sub-task back, with a reason."""
        return self._told(services.release(self._find(id), by=request.user, why=self._reason()))

    @extend_schema(request=ReasonSerializer, responses=SubTaskSerializer)
    def block(self, request, id: str) -> Response:
        """Take stuck work out of the flow until a planner decides."""
        return self._told(services.block(self._find(id), by=request.user, why=self._reason()))

    @extend_schema(request=ReassignSerializer, responses=SubTaskSerializer)
    def reassign(self, request, id: str) -> Response:
        """Give a sub-task to another executor, as a new attempt."""
        sub_task, body = self._find(id), self.read(ReassignSerializer)
        agent = find(Agent.objects.all(), body["agent_id"], field="agent_id")
        return self._told(services.reassign(sub_task, to=agent, by=request.user, why=body["reason"]))

    @extend_schema(request=ReasonSerializer, responses=SubTaskSerializer)
    def unblock(self, request, id: str) -> Response:
        """Let anybody claim a blocked sub-task again."""
        return self._told(services.unblock(self._find(id), by=request.user, why=self._reason()))

    @extend_schema(request=ReasonSerializer, responses=SubTaskSerializer)
    def cancel(self, request, id: str) -> Response:
        """End a sub-task that is no longer wanted."""
        return self._told(services.cancel(self._find(id), by=request.user, why=self._reason()))

    def _find(self, id) -> SubTask:
        return find_sub_task(id)

    def _reason(self) -> str:
        return self.read(ReasonSerializer)["reason"]

    def _told(self, sub_task: SubTask) -> Response:
        return Response(self._json(sub_task))

    def _page(self, sub_tasks) -> Response:
        if status := choice(self.request.query_params, "status", Status):
            sub_tasks = sub_tasks.filter(status=status)
        page = paginate(sub_tasks.for_agents(), self.request.query_params)
        return Response(page.envelope(SubTaskSerializer.each(as_told_to(self.request.user, page.items))))

    def _json(self, sub_task: SubTask) -> dict:
        return sub_task_json(sub_task, by=self.request.user)


def sub_task_json(sub_task: SubTask, *, by) -> dict:
    """Return a sub-task as `by` is told of it."""
    return SubTaskSerializer.of(*as_told_to(by, [sub_task]))


def with_rows(body: dict) -> dict:
    """Return the body of a call with rows in the place of their ids, under the names that services know."""
    for field, name, rows in (
        ("task_id", "task", Task.objects.all()),
        ("module_id", "module", Module.objects.all()),
        ("assigned_agent", "assignee", Agent.objects.all()),
    ):
        if field in body:
            id = body.pop(field)
            body[name] = find(rows, id, field=field) if id else None
    if "depends_on" in body:
        body["depends_on"] = find_each(SubTask.objects.all(), body["depends_on"], field="depends_on")
    return body
