from functools import cache
from zoneinfo import ZoneInfo, available_timezones

from django.http import HttpRequest, HttpResponse
from django.utils import timezone

COOKIE = "timezone"


class ReadersZone:
    """Show times in the zone that the reader's browser named in a cookie; in UTC until it has."""

    def __init__(self, get_response) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        name = request.COOKIES.get(COOKIE, "")
        if name not in _zones():
            return self.get_response(request)
        with timezone.override(ZoneInfo(name)):
            return self.get_response(request)


@cache
def _zones() -> set[str]:
    # Walks through hundreds of files, which is longer than many a page takes.
    return available_timezones()
