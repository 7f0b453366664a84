"""The console: what stands still, who may go on, and why nothing moves."""

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from notifications.models import Event
from openmoss.access import STAFF, declare
from openmoss.api.lookup import find
from openmoss.api.pagination import choice
from openmoss.pages import act, ask, live, page
from openmoss.pages.forms import GivenReason, Reason, sent
from openmoss.pages.listing import listing
from patrol import services
from patrol.advice import steps
from patrol.models import FindingKind, FindingStatus, Severity
from patrol.remedies import for_finding
from patrol.selectors.findings import found, with_remedies
from patrol.selectors.news import cursor
from patrol.selectors.reasons import reasons
from patrol.selectors.watch import watch

MOST_EVENTS = 50
# The most pressing first, and of those what has stood longest; what is closed as it was found.
PRESSING = ("severity", "created_at", "pk")
NEWEST = ("-created_at", "-pk")


@declare(STAFF)
@require_safe
def why(request: HttpRequest) -> HttpResponse:
    """Show for each open task the one fact that holds it up, and what frees it."""
    return live(
        request, "patrol/why.html", "patrol/_reasons.html", lambda: {"reasons": reasons()}, cursor=cursor()
    )


@declare(STAFF)
@require_safe
def findings(request: HttpRequest) -> HttpResponse:
    """Show what stands still, and who keeps watch."""
    query = request.GET
    state = choice(query, "state", FindingStatus) if query.get("state") != "all" else "all"
    filters = {
        "state": state or FindingStatus.OPEN.value,
        "severity": choice(query, "severity", Severity),
        "kind": choice(query, "kind", FindingKind),
        "text": query.get("q", "").replace("\x00", "").strip()[:100],
    }

    def rows() -> dict:
        by = PRESSING if filters["state"] == FindingStatus.OPEN else NEWEST
        page_of_them = listing(found(**filters), query, by=by)
        return {"rows": page_of_them, "findings": with_remedies(page_of_them)}

    context = {
        "filters": filters,
        "filtered": any(filters[name] for name in ("severity", "kind", "text")),
        "states": [*FindingStatus.values, "all"],
        "severities": Severity.values,
        "kinds": FindingKind.values,
    }
    watching = watch()
    return live(
        request,
        "patrol/findings.html",
        "patrol/_findings.html",
        lambda: context | {"watch": watching} | rows(),
        cursor=f"{cursor()}-{watching.last_scan or ''}",
    )


@declare(STAFF)
@require_safe
def finding(request: HttpRequest, id: str) -> HttpResponse:
    """Show one finding, what became of it, and what there is to do."""
    finding = find(found(), id)
    return page(
        request,
        "patrol/finding.html",
        {
            "finding": finding,
            "remedies": for_finding(finding),
            "steps": steps(finding),
            "events": Event.objects.about(finding)[:MOST_EVENTS],
        },
    )


@declare(STAFF)
@require_http_methods(["GET", "HEAD", "POST"])
def resolve(request: HttpRequest, id: str) -> HttpResponse:
    """Close a finding that was dealt with."""
    finding = find(found(), id)

    def do(values: dict) -> str:
        services.resolve(finding, by=request.user, why=values["why"])
        return _("The finding is resolved.")

    return ask(
        request,
        Reason(sent(request)),
        do,
        title=_("Resolve this finding"),
        text=_("Say what you did about it. If its cause still stands in an hour, it is found again."),
        verb=_("Resolve"),
        back=finding,
    )


@declare(STAFF)
@require_http_methods(["GET", "HEAD", "POST"])
def ignore(request: HttpRequest, id: str) -> HttpResponse:
    """Close a finding that needs nobody."""
    finding = find(found(), id)

    def do(values: dict) -> str:
        services.ignore(finding, by=request.user, why=values["why"])
        return _("The finding is ignored.")

    return ask(
        request,
        GivenReason(sent(request)),
        do,
        title=_("Ignore this finding"),
        text=_("It stays quiet until its cause is gone, or becomes worse."),
        verb=_("Ignore"),
        back=finding,
    )


@declare(STAFF)
@require_POST
def scan(request: HttpRequest) -> HttpResponse:
    """Look now, without waiting for the clock."""

    def do() -> str:
        done = services.scan()
        if not done:
            return _("Nothing has changed since the last scan.")
        return _(
            "Scanned: %(opened)s found, %(escalated)s became worse, %(resolved)s resolved, "
            "%(acted)s sub-tasks taken out of the flow."
        ) % vars(done)

    return act(request, do, back="patrol")
