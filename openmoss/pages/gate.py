"""What every page of the console meets first."""

from django.conf import settings
from django.contrib.auth.models import User
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext as _

from openmoss.access import EVERYONE, STAFF
from openmoss.api.errors import STATUS
from openmoss.errors import Refusal
from openmoss.pages.answers import QUESTION

# Nothing from another host and nothing inline: what an agent wrote can neither run nor call home.
POLICY = "; ".join(
    [
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "font-src 'self'",
        "connect-src 'self'",
        "manifest-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    ]
)
# These bring styles of their own.
OTHERS_PAGES = ("/api/docs", "/admin/")


class ConsoleGate:
    """Let staff look and superusers act, as each view declares; show what is refused as a page."""

    def __init__(self, get_response) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if not request.path_info.startswith(OTHERS_PAGES):
            response.headers.setdefault("Content-Security-Policy", POLICY)
        if getattr(request, "is_console", False):
            # One address answers with a page or with a part of it, to one person only.
            response.headers.setdefault("Cache-Control", "private, no-store")
            patch_vary_headers(response, ["HX-Request", "HX-Target", "Cookie"])
        return response

    def process_view(self, request: HttpRequest, view, args, kwargs) -> HttpResponse | None:
        access = getattr(view, "access", None)
        if not isinstance(access, frozenset) or request.path_info.startswith("/api/"):
            return None
        request.is_console = True
        return None if access == EVERYONE else turned_away(request, access)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if isinstance(exception, Refusal) and getattr(request, "is_console", False):
            return refused(request, STATUS[type(exception)], exception.detail, exception.hint)
        return None


def turned_away(request: HttpRequest, access: frozenset[str]) -> HttpResponse | None:
    """Return the answer for somebody whom `access` keeps out, and None for everybody else."""
    if not request.user.is_authenticated:
        return _to_the_door(request)
    looks = request.method in ("GET", "HEAD") and access == STAFF
    if request.user.is_superuser or (looks and request.user.is_staff):
        return None
    return refused(
        request,
        403,
        _("This is for admins."),
        _("You may look, but not change anything. Ask an admin to make you one.")
        if request.user.is_staff
        else _("Your account is not staff. Ask an admin to let you in."),
    )


def _to_the_door(request: HttpRequest) -> HttpResponse:
    if not User.objects.filter(is_superuser=True).exists():
        to = redirect("setup")
    elif back := _page_of(request):
        to = redirect_to_login(back)
    else:
        to = redirect(settings.LOGIN_URL)
    if not request.htmx or request.htmx.boosted:
        return to
    # A part of a page is no place for a login form.
    return HttpResponse(status=204, headers={"HX-Redirect": to.url})


def _page_of(request: HttpRequest) -> str | None:
    """Return the page to come back to: for a part, the one that it stands in."""
    if request.htmx and not request.htmx.boosted:
        return request.htmx.current_url_abs_path
    return request.get_full_path() if request.method in ("GET", "HEAD") else None


def refused(request: HttpRequest, status: int, detail: str, hint: str = "") -> HttpResponse:
    """Answer with a page, or in the dialog that asked, what was refused and how to go on."""
    template = "parts/_refusal.html" if request.htmx.target == QUESTION else "refused.html"
    return render(request, template, {"detail": detail, "hint": hint}, status=status)
