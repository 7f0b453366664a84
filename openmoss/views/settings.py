from django.contrib import messages
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from openmoss import config_file
from openmoss.access import ADMINS, declare
from openmoss.errors import NotFound, Refusal
from openmoss.forms import settings as forms
from openmoss.models import SiteSettings, new_token
from openmoss.pages import ask, page
from openmoss.pages.forms import sent
from openmoss.services import change_settings
from openmoss.services.config import fault_of

SECTIONS = {
    "project": (gettext_lazy("Project"), forms.Project),
    "agents": (gettext_lazy("Agents"), forms.Agents),
    "notifications": (gettext_lazy("Notifications"), forms.Notifications),
    "patrol": (gettext_lazy("Patrol"), forms.Patrol),
    "retention": (gettext_lazy("Retention"), forms.Retention),
    "access": (gettext_lazy("Access"), None),
}
MOST_PEOPLE = 100


@declare(ADMINS)
@require_http_methods(["GET", "HEAD", "POST"])
def settings(request: HttpRequest) -> HttpResponse:
    """Show a section of the settings, and change it."""
    section = request.GET.get("section", "project")
    if section not in SECTIONS:
        raise NotFound(_("There is no such section."), hint=_("Choose one of the tabs of the settings."))
    site, form_class = SiteSettings.load(), SECTIONS[section][1]
    form = form_class(sent(request), instance=site) if form_class else None
    if form and form.is_bound and form.is_valid():
        try:
            change_settings(form.site, by=request.user, **form.changes())
        except Refusal as refusal:
            form.refuse(refusal)
        else:
            messages.success(request, _("Saved."))
            return redirect(f"{reverse('settings')}?section={section}")
    said = config_file.said()
    context = {
        "section": section,
        "said": said,
        "fault": fault_of(said),
        "sections": [(name, title) for name, (title, _form) in SECTIONS.items()],
        "form": form,
    }
    if section == "access":
        context["people"] = User.objects.order_by("-is_active", "username")[:MOST_PEOPLE]
    return page(request, "site/settings.html", context, status=422 if form and form.is_bound else 200)


@declare(ADMINS)
@require_http_methods(["GET", "HEAD", "POST"])
def renew_registration_token(request: HttpRequest) -> HttpResponse:
    """Give agents another token to register with."""

    def renew(values: dict) -> str:
        token = values["token"].strip() or new_token()
        change_settings(SiteSettings.load(), by=request.user, registration_token=token)
        return _("There is a new registration token; the old one lets nobody in any more.")

    return ask(
        request,
        forms.Token(sent(request)),
        renew,
        title=_("New registration token"),
        text=_("The old one lets nobody in any more. Agents that have joined keep their keys."),
        verb=_("Make a new token"),
        back=f"{reverse('settings')}?section=agents",
        danger=True,
    )


@declare(ADMINS)
@require_http_methods(["GET", "HEAD", "POST"])
def renew_metrics_token(request: HttpRequest) -> HttpResponse:
    """Open the metrics to who has a new token."""

    def renew(values: dict) -> str:
        token = values["token"].strip() or new_token()
        change_settings(SiteSettings.load(), by=request.user, metrics_token=token)
        return _("There is a new metrics token.")

    return ask(
        request,
        forms.Token(sent(request)),
        renew,
        title=_("New metrics token"),
        text=_("It opens the numbers at /metrics for your monitoring. A former token opens them no more."),
        verb=_("Make a new token"),
        back=f"{reverse('settings')}?section=access",
    )


@declare(ADMINS)
@require_http_methods(["GET", "HEAD", "POST"])
def close_metrics(request: HttpRequest) -> HttpResponse:
    """Show the metrics to nobody any more."""

    def close(values: dict) -> str:
        change_settings(SiteSettings.load(), by=request.user, metrics_token="")
        return _("The metrics are closed.")

    return ask(
        request,
        forms.Form(sent(request)),
        close,
        title=_("Close the metrics"),
        text=_("Your monitoring gets no numbers any more, until there is a new token."),
        verb=_("Close them"),
        back=f"{reverse('settings')}?section=access",
        danger=True,
    )
