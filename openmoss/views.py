"""Health, the front door, and answers to addresses that do not exist."""

from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views import defaults
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.response import Response

from openmoss import __version__, clock
from openmoss.access import EVERYONE, declare
from openmoss.api.errors import error_response
from openmoss.api.views import ApiViewSet
from openmoss.models import SiteSettings


class HealthSerializer(serializers.Serializer):
    status = serializers.ChoiceField([("ok", "ok"), ("unhealthy", "unhealthy")])
    service = serializers.CharField()
    version = serializers.CharField()
    worker = serializers.ChoiceField([("alive", "alive"), ("silent", "silent")])
    reasons = serializers.ListField(child=serializers.CharField())


class HealthViewSet(ApiViewSet):
    access = {"retrieve": EVERYONE}
    authentication_classes = []

    @extend_schema(responses={200: HealthSerializer, 503: HealthSerializer})
    def retrieve(self, request) -> Response:
        """Say whether the server, its database and its clock work; 503 with the reasons when not."""
        reasons, service, alive = [], "OpenMOSS", False
        try:
            service = SiteSettings.load().project_name
            alive = clock.is_alive()
        except DatabaseError as error:
            reasons.append(f"The database does not answer: {type(error).__name__}.")
        else:
            if not alive:
                reasons.append("The clock stands still: start `manage.py worker` or `manage.py serve`.")
        return Response(
            {
                "status": "unhealthy" if reasons else "ok",
                "service": service,
                "version": __version__,
                "worker": "alive" if alive else "silent",
                "reasons": reasons,
            },
            status=503 if reasons else 200,
        )


@declare(EVERYONE)
def home(request: HttpRequest) -> HttpResponse:
    """Send people to the console."""
    return redirect("admin:index")


@declare(EVERYONE)
def unknown_address(request: HttpRequest, rest: str = "") -> HttpResponse:
    """Answer an unknown address under /api in the error shape."""
    return error_response(
        404,
        "not_found",
        f"There is nothing at {request.method} {request.path_info[:200]}.",
        hint="GET /api/docs/ lists every call.",
    )


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    if not request.path_info.startswith("/api"):
        return defaults.bad_request(request, exception)
    return error_response(400, "malformed", "The server could not read this request.")


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    if not request.path_info.startswith("/api"):
        return defaults.page_not_found(request, exception)
    return unknown_address(request)


def server_error(request: HttpRequest) -> HttpResponse:
    if not request.path_info.startswith("/api"):
        return defaults.server_error(request)
    return error_response(500, "server_error", "The server failed on this call; nothing was changed.")
