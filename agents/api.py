import hashlib
from datetime import timezone

from django.http import HttpResponse, HttpResponseNotModified
from django.utils.dateparse import parse_datetime
from django.utils.timezone import is_naive, make_aware
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.response import Response

from agents import selectors, services
from agents.downloads import bundle_for, cli_for, server_url, skill_for
from agents.models import Agent, AgentStatus
from agents.serializers import (
    AgentSerializer,
    EnrolSerializer,
    FeedAgentSerializer,
    FeedLogSerializer,
    FeedStatusSerializer,
    RegisteredSerializer,
    RegisterSerializer,
)
from agents.throttle import wrong_tokens
from openmoss.access import ANY_AGENT, EVERYONE, Role
from openmoss.api.lookup import find
from openmoss.api.pagination import choice, whole_number
from openmoss.api.views import ApiViewSet
from openmoss.errors import Forbidden, Invalid
from openmoss.models import SiteSettings


class AgentViewSet(ApiViewSet):
    access = {
        "register": EVERYONE,
        "enrol": EVERYONE,
        "list": ANY_AGENT,
        "me": ANY_AGENT,
        "skill": ANY_AGENT,
        "skill_bundle": ANY_AGENT,
        "cli": EVERYONE,
    }

    def get_authenticators(self):
        # A newcomer has no key yet, and an old one in the header must not be in the way.
        actions = self.action_map.values()
        open_to_all = all(self.access[action] == EVERYONE for action in actions)
        return [] if open_to_all else super().get_authenticators()

    @extend_schema(
        request=RegisterSerializer,
        responses=RegisteredSerializer,
        parameters=[
            OpenApiParameter("X-Registration-Token", str, OpenApiParameter.HEADER, required=True),
        ],
    )
    def register(self, request) -> Response:
        """Join with the registration token; the answer holds the API key, once."""
        token = _as_meant(request.headers.get("X-Registration-Token", ""))
        with wrong_tokens(request):
            return _joined(*services.register(token=token, **self.read(RegisterSerializer)))

    @extend_schema(
        request=EnrolSerializer,
        responses=RegisteredSerializer,
        parameters=[
            OpenApiParameter(
                "Idempotency-Key",
                OpenApiTypes.STR,
                OpenApiParameter.HEADER,
                description="Random; the same again gets a key again, as long as none was ever used.",
            ),
        ],
    )
    def enrol(self, request) -> Response:
        """Join with an enrolment code, which is used up by that; the answer holds the API key, once."""
        with wrong_tokens(request):
            attempt = request.headers.get("Idempotency-Key", "")
            return _joined(*services.redeem(attempt=attempt, **self.read(EnrolSerializer)))

    @extend_schema(
        responses=AgentSerializer(many=True),
        parameters=[
            OpenApiParameter("role", enum=Role.values),
            OpenApiParameter("status", enum=AgentStatus.values),
        ],
    )
    def list(self, request) -> Response:
        """List who works here, oldest first; at most 500."""
        agents = Agent.objects.all()
        status = choice(request.query_params, "status", AgentStatus)
        agents = agents.filter(status=status) if status else agents.present()
        if role := choice(request.query_params, "role", Role):
            agents = agents.filter(role=role)
        return Response(AgentSerializer.each(agents[: selectors.MOST_AGENTS]))

    @extend_schema(responses=AgentSerializer)
    def me(self, request) -> Response:
        """Read who you are here."""
        return Response(AgentSerializer.of(request.user))

    @extend_schema(responses={(200, "text/plain"): OpenApiTypes.STR})
    def skill(self, request) -> HttpResponse:
        """Download the skill of your role, with your key filled in."""
        return _text(skill_for(request.user, key=request.auth))

    @extend_schema(
        responses={(200, "application/zip"): OpenApiTypes.BINARY, 304: None},
        parameters=[OpenApiParameter("If-None-Match", OpenApiTypes.STR, OpenApiParameter.HEADER)],
    )
    def skill_bundle(self, request) -> HttpResponse:
        """Download the whole skill of your role as a zip, with the tool and your key in it."""
        packed = bundle_for(request.user, key=request.auth, url=server_url(request))
        answer = HttpResponse(packed, content_type="application/zip")
        answer["Content-Disposition"] = f'attachment; filename="task-{request.user.role}-skill.zip"'
        etag = f'"{hashlib.sha256(packed).hexdigest()[:20]}"'
        if request.headers.get("If-None-Match") == etag:
            answer = HttpResponseNotModified()
        answer["ETag"] = etag
        return answer

    @extend_schema(responses={(200, "text/plain"): OpenApiTypes.STR})
    def cli(self, request) -> HttpResponse:
        """Download the command line tool, pointed at this server."""
        return _text(cli_for(server_url(request)))


class FeedViewSet(ApiViewSet):
    """What agents asked of the API, for a public page; closed unless the settings open it."""

    access = {"status": EVERYONE, "logs": EVERYONE, "agents": EVERYONE}
    authentication_classes = []

    @extend_schema(responses=FeedStatusSerializer)
    def status(self, request) -> Response:
        """Say whether the feed is open."""
        return Response({"enabled": SiteSettings.load().public_feed})

    @extend_schema(
        responses=FeedLogSerializer(many=True),
        parameters=[
            OpenApiParameter("after", OpenApiTypes.DATETIME, description="Only calls after this moment."),
            OpenApiParameter("agent_id", OpenApiTypes.STR),
            OpenApiParameter("limit", OpenApiTypes.INT64, description="1 to 200, 50 by default."),
        ],
    )
    def logs(self, request) -> Response:
        """List the newest calls, newest first."""
        feed_must_be_open()
        query = request.query_params
        limit = whole_number(query, "limit", default=50)
        if not 1 <= limit <= 200:
            raise Invalid.field("limit", "Give 1 to 200.")
        agent_id = query.get("agent_id")
        agent = find(Agent.objects.all(), agent_id, field="agent_id") if agent_id else None
        rows = selectors.feed(after=_moment(query, "after"), agent_id=agent and agent.pk, limit=limit)
        return Response(FeedLogSerializer.each(rows))

    @extend_schema(responses=FeedAgentSerializer(many=True))
    def agents(self, request) -> Response:
        """List the agents, best first."""
        feed_must_be_open()
        return Response(FeedAgentSerializer.each(selectors.agents_by_score()))


def feed_must_be_open() -> None:
    """Raise Forbidden unless the settings open the feed to everybody."""
    if not SiteSettings.load().public_feed:
        raise Forbidden("The public feed is off.", hint="An admin can switch it on in the settings.")


def _moment(query, name: str):
    text = query.get(name, "")
    if not text:
        return None
    try:
        moment = parse_datetime(text.replace(" ", "+"))
        if moment is not None:
            # At either end of the calendar the same moment may not exist in UTC.
            moment = make_aware(moment) if is_naive(moment) else moment.astimezone(timezone.utc)
    except (ValueError, OverflowError):
        moment = None
    if moment is None:
        raise Invalid.field(name, "Give a time such as 2026-11-22T12:37:45Z.")
    return moment


def _joined(agent: Agent, key: str) -> Response:
    joined = {"id": str(agent.pk), "name": agent.name, "role": agent.role, "api_key": key}
    return Response({**joined, "message": "Keep this key; it is shown only now."})


def _as_meant(header: str) -> str:
    # A header is read as Latin-1, and most who send other letters send them as UTF-8.
    try:
        return header.encode("latin-1").decode()
    except UnicodeError:
        return header


def _text(content: str) -> HttpResponse:
    return HttpResponse(content, content_type="text/plain; charset=utf-8")
