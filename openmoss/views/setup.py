from urllib.parse import urlsplit

from django.contrib import auth, messages
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods
from rest_framework.throttling import BaseThrottle

from openmoss import config_file, setup_code
from openmoss.access import EVERYONE, declare
from openmoss.brake import Brake
from openmoss.errors import Refusal
from openmoss.forms.setup import SetUp
from openmoss.models import SiteSettings
from openmoss.pages import page
from openmoss.pages.forms import sent
from openmoss.services import set_up
from openmoss.views.waiting import too_fast

WRONG_CODES = Brake("wrong-setup-codes", most=10, window=300)
OF_ONE_MACHINE = ("localhost", "127.0.0.1", "::1", "0.0.0.0")


@declare(EVERYONE)  # who has the code
@sensitive_post_parameters("password", "again", "code")
@require_http_methods(["GET", "HEAD", "POST"])
def setup(request: HttpRequest) -> HttpResponse:
    """Set a fresh server up; once somebody can sign in, this page is closed."""
    if User.objects.filter(is_superuser=True).exists():
        return redirect("login")
    address = BaseThrottle().get_ident(request)
    if seconds := WRONG_CODES.wait(address):
        return too_fast(request, seconds)
    code = request.POST.get("code") or request.GET.get("code", "")
    if not setup_code.fits(code):
        if code:
            WRONG_CODES.count(address)
        return page(request, "site/setup_code.html", {"is_wrong": bool(code)}, status=403 if code else 200)
    form = SetUp(sent(request), initial=_beginning(request))
    if form.is_bound and form.is_valid():
        values = {name: value for name, value in form.cleaned_data.items() if name != "again"}
        try:
            person = set_up(**values)
        except Refusal as refusal:
            form.refuse(refusal)
        else:
            auth.login(request, person)
            messages.success(
                request, _("This server is set up, and you are signed in as %(name)s.") % {"name": person}
            )
            return redirect("dashboard")
    context = {"form": form, "code": code, "name": form.person.username}
    return page(request, "site/setup.html", context, status=422 if form.is_bound else 200)


def _beginning(request: HttpRequest) -> dict:
    """Return what the form says before anybody types."""
    site = SiteSettings.load()
    names = ["project_name", "workspace_root", "external_url", "allow_registration", "registration_token"]
    beginning = {name: getattr(site, name) for name in names}
    here = request.build_absolute_uri("/").rstrip("/")
    # What means this machine itself would lead agents on other machines to their own.
    is_free = "external_url" not in config_file.said().settings
    if is_free and not site.external_url and urlsplit(here).hostname not in OF_ONE_MACHINE:
        beginning["external_url"] = here
    return beginning
