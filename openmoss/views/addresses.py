"""The front door, and answers to addresses that do not exist."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views import defaults

from openmoss.access import EVERYONE, declare
from openmoss.api.errors import error_response


@declare(EVERYONE)
def home(request: HttpRequest) -> HttpResponse:
    """Send people to the console."""
    return redirect("dashboard")


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
