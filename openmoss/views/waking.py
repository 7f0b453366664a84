import hashlib
import json

from django.http import HttpResponse, HttpResponseNotModified
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.response import Response

from agents.request_log import buffer
from openmoss import briefing
from openmoss.access import ANY_AGENT
from openmoss.api.pagination import whole_number
from openmoss.api.views import ApiViewSet
from openmoss.errors import Invalid
from openmoss.selectors.brief import brief
from openmoss.selectors.peek import peek


class PeekSerializer(serializers.Serializer):
    wake = serializers.BooleanField(help_text="Whether there is something to do.")
    reason = serializers.CharField(help_text="`idle`, or what there is, for example `1 rework, 2 free`.")
    cursor = serializers.CharField(help_text="Stays the same until there is something new.")
    retry_after = serializers.IntegerField(help_text="Seconds; 0 means now.")


class BriefSerializer(serializers.Serializer):
    wake = serializers.BooleanField()
    cursor = serializers.CharField()
    retry_after = serializers.IntegerField()
    agent = serializers.DictField()
    rules = serializers.DictField(help_text="`digest`, and `content` unless you sent this digest.")
    reflections = serializers.ListField(child=serializers.DictField())
    items = serializers.ListField(child=serializers.DictField(), help_text="What to do, most urgent first.")
    left_out = serializers.IntegerField(help_text="How many items were left out to fit.")


class WakingViewSet(ApiViewSet):
    access = {"peek": ANY_AGENT, "brief": ANY_AGENT}

    @extend_schema(responses=PeekSerializer)
    def peek(self, request) -> Response:
        """Is there anything for me? Made for a gate that asks every minute without waking a model."""
        # A gate that asks is no sign of life of the agent behind it, and nothing for the feed.
        request._request.unlogged = True
        look = peek(request.user)
        if look.wake:
            buffer.note_wake(look.wake)
        return Response(look.answer)

    @extend_schema(
        responses={
            (200, "application/json"): BriefSerializer,
            (200, "text/markdown"): OpenApiTypes.STR,
            304: None,
        },
        parameters=[
            OpenApiParameter("as", enum=["json", "markdown"], description="`json` by default."),
            OpenApiParameter(
                "max_chars",
                OpenApiTypes.INT64,
                description=f"Room beside the rules, {briefing.SHORTEST} to {briefing.LONGEST}; "
                f"{briefing.USUAL} by default.",
            ),
            OpenApiParameter(
                "rules", description="The digest of the rules that you know; they are not sent again."
            ),
            OpenApiParameter("If-None-Match", OpenApiTypes.STR, OpenApiParameter.HEADER),
        ],
    )
    def brief(self, request) -> Response | HttpResponse:
        """Wake up in one call: rules, what you learnt, and what to do, complete enough to begin."""
        query = request.query_params
        form = query.get("as") or "json"
        if form not in ("json", "markdown"):
            raise Invalid.field("as", "Choose json or markdown.")
        max_chars = whole_number(query, "max_chars", default=briefing.USUAL)
        if not briefing.SHORTEST <= max_chars <= briefing.LONGEST:
            raise Invalid.field("max_chars", f"Give {briefing.SHORTEST} to {briefing.LONGEST}.")
        whole = brief(request.user, known_rules=query.get("rules", ""))
        if form == "markdown":
            said = briefing.fit(whole, max_chars=max_chars, measure=briefing.markdown_size)
            answer = HttpResponse(briefing.markdown(said), content_type="text/markdown; charset=utf-8")
        else:
            said = briefing.fit(whole, max_chars=max_chars, measure=briefing.json_size)
            answer = Response(said)
        etag = _etag(form, said)
        if request.headers.get("If-None-Match") == etag:
            answer = HttpResponseNotModified()
        answer["ETag"] = etag
        return answer


def _etag(form: str, said: dict) -> str:
    # The time until the next look passes by itself and is no news.
    stable = {name: value for name, value in said.items() if name != "retry_after"}
    return f'W/"{hashlib.sha256((form + json.dumps(stable, sort_keys=True)).encode()).hexdigest()[:20]}"'
