from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from openmoss.access import STAFF, declare
from openmoss.errors import Invalid
from openmoss.models import SiteSettings
from openmoss.pages import live
from openmoss.selectors import dashboard as selectors
from openmoss.selectors.trends import days, total
from patrol.selectors.news import cursor

SPANS = ("7", "30")
WEEK = 7


@declare(STAFF)
@require_safe
def dashboard(request: HttpRequest) -> HttpResponse:
    """Show the company at a glance."""
    span = request.GET.get("days") or SPANS[0]
    if span not in SPANS:
        raise Invalid(_("Choose 7 or 30 days."))
    site = SiteSettings.load()

    def context() -> dict:
        trend = days(int(span))
        return {
            "now": selectors.now(site, trend),
            "days": trend,
            "total": total(trend),
            "week": total(trend[-WEEK:]),
            "span": span,
            "spans": SPANS,
        }

    return live(request, "dashboard/dashboard.html", "dashboard/_now.html", context, cursor=cursor())
