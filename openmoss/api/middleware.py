"""What every call under /api meets first."""

from django.conf import settings
from django.core.exceptions import TooManyFieldsSent
from django.http import HttpRequest, HttpResponse

from openmoss.api.errors import error_response


class ApiGate:
    """Answer both forms of an address, with and without a trailing slash, and refuse bodies over the limit."""

    def __init__(self, get_response) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.path_info == "/admin":
            request.path_info = "/admin/"
        elif not request.path_info.startswith("/admin/"):
            # Rewritten rather than redirected: a redirect would turn a POST into a GET.
            request.path_info = request.path_info.rstrip("/") or "/"
        if request.path_info.startswith("/api/"):
            request._dont_enforce_csrf_checks = True
            if refusal := _refuse_query(request) or _refuse_body(request):
                return refusal
        return self.get_response(request)


def _refuse_query(request: HttpRequest) -> HttpResponse | None:
    try:
        request.GET  # noqa: B018 - parsed here, once and for all
    except TooManyFieldsSent:
        return error_response(400, "malformed", "The address has too many parameters.")
    return None


def _refuse_body(request: HttpRequest) -> HttpResponse | None:
    if "chunked" in request.META.get("HTTP_TRANSFER_ENCODING", "").lower():
        return error_response(
            411, "length_required", "The body has no length.", hint="Send a Content-Length header."
        )
    try:
        length = int(request.META.get("CONTENT_LENGTH") or 0)
    except ValueError:
        length = -1
    if length < 0:
        return error_response(400, "malformed", "The Content-Length header is not a number.")
    if length > settings.MAX_BODY_BYTES:
        return error_response(
            413,
            "too_large",
            f"The body has {length} bytes; the limit is {settings.MAX_BODY_BYTES}.",
            hint="Keep files in the workspace and write down where they are.",
        )
    return None
