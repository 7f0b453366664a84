from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.response import Response

from agents.api import feed_must_be_open
from agents.models import Agent
from openmoss.access import ANY_AGENT, EVERYONE
from openmoss.api.lookup import find
from openmoss.api.pagination import choice, whole_number
from openmoss.api.views import ApiViewSet
from tasks import selectors, services
from tasks.models import Action
from tasks.serializers import ActivityLogSerializer, AgentSummarySerializer, NewActivityLogSerializer

WHICH = [
    OpenApiParameter("action", enum=Action.values),
    OpenApiParameter("days", OpenApiTypes.INT64, description="How far back, 1 to 60; 7 by default."),
    OpenApiParameter("limit", OpenApiTypes.INT64, description="At most so many, 1 to 500; 20 by default."),
]


class ActivityLogViewSet(ApiViewSet):
    access = {"list": ANY_AGENT, "mine": ANY_AGENT, "create": ANY_AGENT}

    @extend_schema(request=NewActivityLogSerializer, responses=ActivityLogSerializer)
    def create(self, request) -> Response:
        """Write down what you did, learnt or need."""
        body = self.read(NewActivityLogSerializer)
        id = body.pop("sub_task_id", None)
        sub_task = selectors.find_sub_task(id, field="sub_task_id") if id else None
        entry = services.say(by=request.user, sub_task=sub_task, **body)
        return Response(ActivityLogSerializer.of(entry))

    @extend_schema(
        responses=ActivityLogSerializer(many=True),
        parameters=[OpenApiParameter("sub_task_id"), OpenApiParameter("agent_id"), *WHICH],
    )
    def list(self, request) -> Response:
        """List what was said, newest first."""
        query, which = request.query_params, {}
        if id := query.get("sub_task_id"):
            which["sub_task"] = selectors.find_sub_task(id, field="sub_task_id")
        if id := query.get("agent_id"):
            which["agent"] = find(Agent.objects.all(), id, field="agent_id")
        return self._listed(**which)

    @extend_schema(responses=ActivityLogSerializer(many=True), parameters=WHICH)
    def mine(self, request) -> Response:
        """List what you said, newest first."""
        return self._listed(agent=request.user)

    def _listed(self, **which) -> Response:
        query = self.request.query_params
        rows = selectors.activity(
            action=choice(query, "action", Action),
            days=min(max(1, whole_number(query, "days", default=7)), 60),
            limit=min(max(1, whole_number(query, "limit", default=20) or 20), 500),
            **which,
        )
        return Response(ActivityLogSerializer.each(rows))


class FeedSummaryViewSet(ApiViewSet):
    access = {"list": EVERYONE}
    authentication_classes = []

    @extend_schema(responses=AgentSummarySerializer(many=True))
    def list(self, request) -> Response:
        """Say for each agent what it does now and did today; for the public feed, best first."""
        feed_must_be_open()
        return Response(AgentSummarySerializer.each(selectors.feed_summary()))
