"""Codes with which new agents join."""

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from agents import selectors, services
from agents.downloads import server_url
from agents.forms.agents import EnrolForm
from agents.models import Enrolment
from agents.prompts.onboarding import commands
from openmoss.access import ADMINS, STAFF, declare
from openmoss.errors import NotFound
from openmoss.pages import ask, live
from openmoss.pages.forms import Form, sent


@declare(ADMINS)
@require_http_methods(["GET", "HEAD", "POST"])
def enrol(request: HttpRequest) -> HttpResponse:
    """Make a code for a new agent and show what to tell it, this once."""

    def make(given: dict) -> dict:
        prompt = given.pop("prompt")
        enrolment, code = services.enrol(**given, by=request.user)
        told = {"url": server_url(request), "code": code}
        return {
            "enrolment": enrolment,
            "command": commands(**told)["command"],
            "onboarding": selectors.compose(prompt, with_template=True, **told)
            if prompt
            else selectors.onboarding(enrolment.role, **told),
        } | _arrival(enrolment)

    return ask(
        request,
        EnrolForm(sent(request), initial=request.GET.dict()),
        make,
        title=_("Enrol an agent"),
        text=_("You get one command to give to the agent. The code in it is good for a day, and once."),
        verb=_("Make the command"),
        back="agents",
        answer="agents/_enrolled.html",
    )


@declare(STAFF)
@require_safe
def enrolment(request: HttpRequest, id: int) -> HttpResponse:
    """Show whether the agent has joined."""
    found = _find(id)
    arrival = _arrival(found)
    return live(
        request,
        "agents/enrolment.html",
        "agents/_arrival.html",
        lambda: {"enrolment": found} | arrival,
        cursor=arrival["cursor"],
    )


@declare(STAFF)
@require_http_methods(["GET", "HEAD", "POST"])
def withdraw_enrolment(request: HttpRequest, id: int) -> HttpResponse:
    """Make a code useless."""
    found = _find(id)

    def withdraw(given: dict) -> str:
        services.withdraw_enrolment(found, by=request.user)
        return _("The code for %(name)s is worth nothing now.") % {"name": found}

    return ask(
        request,
        Form(sent(request)),
        withdraw,
        title=_("Withdraw the code for %(name)s") % {"name": found},
        text=_("Who has the command can no longer join with it. You can make another one at any time."),
        verb=_("Withdraw"),
        back="agents",
        danger=True,
    )


def _find(id: int) -> Enrolment:
    found = Enrolment.objects.select_related("agent").filter(pk=id).first()
    if found is None:
        raise NotFound(_("There is no such enrolment code."))
    return found


def _arrival(enrolment: Enrolment) -> dict:
    """Return how far a newcomer has come: `open`, `used`, `ready` after its first call, `expired` or `withdrawn`."""
    ready = enrolment.agent and enrolment.agent.last_seen_at
    state = "ready" if ready else enrolment.state
    return {"state": state, "cursor": state}
