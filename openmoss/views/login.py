from django.conf import settings
from django.contrib import auth
from django.contrib.auth import update_session_auth_hash
from django.contrib.auth.models import User
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, resolve_url
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST
from rest_framework.throttling import BaseThrottle

from openmoss import services
from openmoss.access import EVERYONE, declare
from openmoss.brake import Brake
from openmoss.forms.passwords import ChangePassword, SignIn
from openmoss.pages import ask, page
from openmoss.pages.forms import sent
from openmoss.views.waiting import too_fast

# A name may be tried from several addresses; that its owner is locked out must cost a stranger more.
BY_ADDRESS = Brake("wrong-passwords-from", most=10, window=300)
BY_NAME = Brake("wrong-passwords-of", most=30, window=300)


@declare(EVERYONE)
@sensitive_post_parameters("password")
@require_http_methods(["GET", "HEAD", "POST"])
def login(request: HttpRequest) -> HttpResponse:
    """Let people in who may see the console."""
    if not User.objects.filter(is_superuser=True).exists():
        return redirect("setup")
    then = _where_to(request)
    if request.user.is_staff or request.user.is_superuser:
        # Django admin sends back here whoever is not staff: to it once more would be a circle.
        return redirect(then if request.user.is_staff else settings.LOGIN_REDIRECT_URL)
    form = SignIn(request, sent(request))
    if form.is_bound:
        address, name = BaseThrottle().get_ident(request), request.POST.get("username", "").strip().lower()
        if seconds := max(BY_ADDRESS.wait(address), BY_NAME.wait(name)):
            return too_fast(request, seconds)
        if form.is_valid():
            BY_NAME.forget(name)
            auth.login(request, form.get_user())
            return redirect(then)
        BY_ADDRESS.count(address)
        BY_NAME.count(name)
    return page(
        request, "site/login.html", {"form": form, "then": then}, status=422 if form.is_bound else 200
    )


@declare(EVERYONE)
@require_POST
def logout(request: HttpRequest) -> HttpResponse:
    """End this browser's session."""
    auth.logout(request)
    return redirect(settings.LOGOUT_REDIRECT_URL)


@declare(EVERYONE)
@require_http_methods(["GET", "HEAD"])
def admin_login(request: HttpRequest) -> HttpResponse:
    """Lead who wants into Django admin through the one door, which has the brake."""
    return redirect_to_login(_where_to(request))


@declare(EVERYONE)  # of the staff, each for themselves
@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
def change_password(request: HttpRequest) -> HttpResponse:
    """Let people change their own password."""
    person = request.user
    if not (person.is_staff or person.is_superuser):
        return redirect_to_login(request.get_full_path())
    form = ChangePassword(sent(request))
    form.person = person
    if form.is_bound:
        if seconds := BY_NAME.wait(person.username.lower()):
            return too_fast(request, seconds)
        if not form.is_valid() and form.has_error("old", "wrong"):
            BY_NAME.count(person.username.lower())

    def change(values: dict) -> str:
        services.change_password(person, password=values["password"], by=person)
        update_session_auth_hash(request, person)
        return _("You have a new password. All your other browsers are signed out.")

    return ask(
        request,
        form,
        change,
        title=_("Change your password"),
        text=_("Your other browsers will be signed out."),
        verb=_("Change it"),
        back="settings" if person.is_superuser else "dashboard",
    )


def _where_to(request: HttpRequest) -> str:
    """Return where somebody wanted to go, if that is a page of this server."""
    then = request.POST.get("next") or request.GET.get("next", "")
    hosts, is_secure = {request.get_host()}, request.is_secure()
    if url_has_allowed_host_and_scheme(then, hosts, require_https=is_secure):
        return then
    return resolve_url(settings.LOGIN_REDIRECT_URL)
