from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

from openmoss.access import EVERYONE, declare
from openmoss.console import THEMES

A_YEAR = 60 * 60 * 24 * 365


@declare(EVERYONE)
@require_POST
def theme(request: HttpRequest) -> HttpResponse:
    """Remember the theme that this browser likes; an empty one is that of its system."""
    wanted, back = request.POST.get("theme", ""), request.POST.get("next", "")
    answer = redirect(back if url_has_allowed_host_and_scheme(back, None) else "home")
    if wanted in THEMES:
        answer.set_cookie("theme", wanted, max_age=A_YEAR, samesite="Lax")
    else:
        answer.delete_cookie("theme", samesite="Lax")
    return answer
