"""The console: the ledger of scores, and changing one by hand."""

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_safe

from agents.models import Agent
from openmoss.access import STAFF, declare
from openmoss.api.lookup import find
from openmoss.errors import Invalid
from openmoss.pages import ask, page
from openmoss.pages.listing import listing
from scoring import selectors, services
from scoring.forms import AdjustmentForm

SIGNS = ("rewards", "penalties")


@declare(STAFF)
@require_safe
def log(request: HttpRequest) -> HttpResponse:
    """Show every change of a score, newest first."""
    sign = request.GET.get("sign", "")
    if sign and sign not in SIGNS:
        raise Invalid.field("sign", f"Choose one of {', '.join(SIGNS)}.")
    id, text = request.GET.get("agent", ""), request.GET.get("q", "").strip()[:100]
    agent = find(Agent.objects.all(), id) if id else None
    return page(
        request,
        "scores/log.html",
        {
            "rows": listing(selectors.entries(agent=agent, sign=sign, text=text), request.GET),
            "agents": selectors.leaderboard(),
            "chosen": agent,
            "sign": sign,
            "text": text,
        },
    )


@declare(STAFF)
@require_http_methods(["GET", "HEAD", "POST"])
def adjust(request: HttpRequest, id: str) -> HttpResponse:
    """Give or take points, with a reason."""
    agent = find(Agent.objects.all(), id)

    def do(given: dict) -> str:
        points = services.adjust(agent, by=request.user, **given).score_delta
        return ngettext("%(agent)s: %(points)+d point.", "%(agent)s: %(points)+d points.", abs(points)) % {
            "agent": agent,
            "points": points,
        }

    return ask(
        request,
        AdjustmentForm(request.POST or None),
        do,
        title=_("Adjust the score of %s") % agent,
        text=_("It is %d now. The change stands in the ledger for good, with your name.") % agent.total_score,
        verb=_("Adjust"),
        back=agent,
        then="score-log",
    )
