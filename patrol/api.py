from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.response import Response

from agents.models import Agent
from openmoss.access import ANY_AGENT, Role, only
from openmoss.api.lookup import find
from openmoss.api.pagination import choice, paginate
from openmoss.api.schema import PAGE, enveloped
from openmoss.api.views import ApiViewSet
from patrol import services
from patrol.advice import with_steps
from patrol.models import Finding, FindingKind, FindingStatus, Severity
from patrol.selectors import why
from patrol.serializers import (
    FindingSerializer,
    IgnoreSerializer,
    NewFindingSerializer,
    StandingSerializer,
    WhySerializer,
)
from tasks.models import Task
from tasks.selectors import find_sub_task
from tasks.serializers import ReasonSerializer

DECIDES = only(Role.PATROL, Role.PLANNER)
MOST_STANDINGS = 100


class FindingViewSet(ApiViewSet):
    access = {
        "list": ANY_AGENT,
        "retrieve": ANY_AGENT,
        "create": only(Role.PATROL),
        "resolve": DECIDES,
        "ignore": DECIDES,
    }

    @extend_schema(
        responses=enveloped(FindingSerializer),
        parameters=[
            OpenApiParameter("status", enum=FindingStatus.values),
            OpenApiParameter("kind", enum=FindingKind.values),
            OpenApiParameter("severity", enum=Severity.values),
            OpenApiParameter("task_id"),
            OpenApiParameter("sub_task_id"),
            *PAGE,
        ],
    )
    def list(self, request) -> Response:
        """List findings of what stands still, newest first."""
        query, filters = request.query_params, {}
        for name, choices in (("status", FindingStatus), ("kind", FindingKind), ("severity", Severity)):
            if value := choice(query, name, choices):
                filters[name] = value
        if id := query.get("task_id"):
            filters["task"] = find(Task.objects.all(), id, field="task_id")
        if id := query.get("sub_task_id"):
            filters["sub_task"] = find_sub_task(id, field="sub_task_id")
        page = paginate(Finding.objects.filter(**filters), query)
        findings = with_steps(page.items, reader=request.user.role)
        return Response(page.envelope(FindingSerializer.each(findings)))

    @extend_schema(responses=FindingSerializer)
    def retrieve(self, request, id: str) -> Response:
        """Read one finding."""
        return self._told(self._find(id))

    @extend_schema(request=NewFindingSerializer, responses=FindingSerializer)
    def create(self, request) -> Response:
        """Report what you saw standing still, about one sub-task, task or agent."""
        body = self.read(NewFindingSerializer)
        sub_task, task, agent = (body.pop(name, None) for name in ("sub_task_id", "task_id", "agent_id"))
        finding = services.report(
            sub_task=find_sub_task(sub_task, field="sub_task_id") if sub_task else None,
            task=find(Task.objects.all(), task, field="task_id") if task else None,
            agent=find(Agent.objects.all(), agent, field="agent_id") if agent else None,
            by=request.user,
            **body,
        )
        return self._told(finding)

    @extend_schema(request=ReasonSerializer, responses=FindingSerializer)
    def resolve(self, request, id: str) -> Response:
        """Close a finding that was dealt with; if its cause still stands in an hour, it is found again."""
        why = self.read(ReasonSerializer)["reason"]
        return self._told(services.resolve(self._find(id), by=request.user, why=why))

    @extend_schema(request=IgnoreSerializer, responses=FindingSerializer)
    def ignore(self, request, id: str) -> Response:
        """Close a finding that needs nobody; it stays quiet until its cause is gone or becomes worse."""
        why = self.read(IgnoreSerializer)["reason"]
        return self._told(services.ignore(self._find(id), by=request.user, why=why))

    def _find(self, id: str) -> Finding:
        return find(Finding.objects.all(), id)

    def _told(self, finding: Finding) -> Response:
        return Response(FindingSerializer.of(*with_steps([finding], reader=self.request.user.role)))


class WhyViewSet(ApiViewSet):
    access = {"list": only(Role.PLANNER, Role.PATROL)}

    @extend_schema(responses=WhySerializer, parameters=[OpenApiParameter("task_id")])
    def list(self, request) -> Response:
        """Say for each open task why it does not move: the one fact that holds it up, and what frees it."""
        id = request.query_params.get("task_id")
        standings = why.why(task=find(Task.objects.all(), id, field="task_id") if id else None)
        shown = standings[:MOST_STANDINGS]
        return Response(
            {
                "held_up": sum(not standing.moving for standing in standings),
                "moving": sum(standing.moving for standing in standings),
                "items": StandingSerializer.each(shown),
                "left_out": len(standings) - len(shown),
            }
        )
