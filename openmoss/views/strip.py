from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from openmoss.access import STAFF, declare
from openmoss.console import Console


@declare(STAFF)
@require_safe
def strip(request: HttpRequest) -> HttpResponse:
    """Answer with the alarms alone; an empty 204 while the reader has them already."""
    if request.GET.get("cursor") == Console(request).alarms_cursor:
        return HttpResponse(status=204)
    return render(request, "parts/_strip.html")
