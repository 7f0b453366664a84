from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from agents.request_log import buffer, row_of


class RequestLogMiddleware:
    """Note every call of an agent that was let in; the writing happens elsewhere."""

    def __init__(self, get_response) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        started = timezone.now()
        response = self.get_response(request)
        if (
            hasattr(request, "agent")
            and not hasattr(request, "unlogged")
            and response.status_code not in (401, 403)
        ):
            buffer.add(row_of(request, response, started))
        return response
