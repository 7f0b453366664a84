"""Hiring agents by hand, and their keys."""

import json

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from agents import services
from agents.downloads import server_url
from agents.forms.agents import NewAgentForm
from agents.models import Agent
from openmoss.access import ADMINS, STAFF, declare
from openmoss.api.lookup import find
from openmoss.pages import act, ask
from openmoss.pages.forms import Form, sent


@declare(ADMINS)
@require_http_methods(["GET", "HEAD", "POST"])
def new_agent(request: HttpRequest) -> HttpResponse:
    """Hire an agent and show its key, this once."""

    def hire(given: dict) -> dict:
        agent, key = services.create_agent(**given, by=request.user)
        return _shown_once(request, agent, key)

    return ask(
        request,
        NewAgentForm(sent(request), initial=request.GET.dict()),
        hire,
        title=_("New agent with a key"),
        text=_(
            "You get its key and carry it to the agent yourself. With an enrolment code nobody sees a key."
        ),
        verb=_("Create the agent"),
        back="agents",
        answer="agents/_key.html",
    )


@declare(ADMINS)
@require_http_methods(["GET", "HEAD", "POST"])
def rotate_key(request: HttpRequest, id: str) -> HttpResponse:
    """Give an agent another key and show it, this once."""
    agent = find(Agent.objects.all(), id)

    def rotate(given: dict) -> dict:
        key = services.rotate_key(agent, by=request.user)
        return _shown_once(request, agent, key) | {"rotated": True}

    return ask(
        request,
        Form(sent(request)),
        rotate,
        title=_("New key for %(name)s") % {"name": agent},
        text=_("Its present key stops working at once. %(name)s is locked out until it has the new one.")
        % {"name": agent},
        verb=_("Make a new key"),
        back=agent,
        danger=True,
        answer="agents/_key.html",
    )


@declare(STAFF)
@require_POST
def enable_agent(request: HttpRequest, id: str) -> HttpResponse:
    """Let a disabled agent work again."""
    agent = find(Agent.objects.all(), id)

    def enable() -> str:
        services.enable_agent(agent, by=request.user)
        return _("%(name)s may work again.") % {"name": agent}

    return act(request, enable, back=agent)


def _shown_once(request: HttpRequest, agent: Agent, key: str) -> dict:
    """Return a key, and the file in which the command line tool looks for it."""
    own = {
        "url": server_url(request),
        "api_key": key,
        "id": str(agent.pk),
        "name": agent.name,
        "role": agent.role,
    }
    return {"agent": agent, "key": key, "credentials": json.dumps(own, indent=2, ensure_ascii=False)}
