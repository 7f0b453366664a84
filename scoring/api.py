from drf_spectacular.utils import extend_schema
from rest_framework.response import Response

from agents.authentication import AgentKeyAuthentication, StaffSessionAuthentication
from agents.models import Agent
from openmoss.access import ANY_AGENT, STAFF, Role, only
from openmoss.api.lookup import find
from openmoss.api.pagination import paginate
from openmoss.api.schema import PAGE, enveloped
from openmoss.api.views import ApiViewSet
from scoring import selectors, services
from scoring.models import ScoreEntry
from scoring.serializers import (
    AdjustmentSerializer,
    LeaderboardRowSerializer,
    ScoreEntrySerializer,
    ScoreSerializer,
)
from tasks.models import SubTask


class ScoreViewSet(ApiViewSet):
    access = {
        "leaderboard": ANY_AGENT,
        "me": ANY_AGENT,
        "my_logs": ANY_AGENT,
        "logs": ANY_AGENT,
        "adjust": only(Role.REVIEWER, Role.PLANNER),
        "retrieve": STAFF,
    }

    def get_authenticators(self):
        if "retrieve" in self.action_map.values():
            return [AgentKeyAuthentication(), StaffSessionAuthentication()]
        return super().get_authenticators()

    @extend_schema(responses=LeaderboardRowSerializer(many=True))
    def leaderboard(self, request) -> Response:
        """List all agents by score, best first; equal scores share a rank."""
        return Response(LeaderboardRowSerializer.each(selectors.leaderboard()))

    @extend_schema(responses=ScoreSerializer)
    def me(self, request) -> Response:
        """Read your score and rank."""
        return Response(ScoreSerializer.of(selectors.score_of(request.user)))

    @extend_schema(responses=ScoreSerializer)
    def retrieve(self, request, id: str) -> Response:
        """Read an agent's score and rank."""
        return Response(ScoreSerializer(selectors.score_of(find(Agent.objects.all(), id))).data)

    @extend_schema(responses=enveloped(ScoreEntrySerializer), parameters=PAGE)
    def my_logs(self, request) -> Response:
        """List your score entries, newest first."""
        return self._logs(request.user)

    @extend_schema(responses=enveloped(ScoreEntrySerializer), parameters=PAGE)
    def logs(self, request, id: str) -> Response:
        """List an agent's score entries, newest first."""
        return self._logs(find(Agent.objects.all(), id))

    @extend_schema(request=AdjustmentSerializer, responses=ScoreEntrySerializer)
    def adjust(self, request) -> Response:
        """Change somebody's score by hand, with a reason."""
        body = self.read(AdjustmentSerializer)
        id = body.pop("sub_task_id", None)
        entry = services.adjust(
            find(Agent.objects.all(), body.pop("agent_id"), field="agent_id"),
            sub_task=find(SubTask.objects.all(), id, field="sub_task_id") if id else None,
            by=request.user,
            **body,
        )
        return Response(ScoreEntrySerializer.of(entry))

    def _logs(self, agent: Agent) -> Response:
        page = paginate(ScoreEntry.objects.filter(agent=agent), self.request.query_params)
        return Response(page.envelope(ScoreEntrySerializer.each(page.items)))
