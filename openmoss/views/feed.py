from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from openmoss.access import EVERYONE, STAFF, Role, declare
from openmoss.models import SiteSettings
from openmoss.pages import live
from openmoss.pages.gate import turned_away
from openmoss.selectors import feed as selectors


@declare(EVERYONE)
@require_safe
def feed(request: HttpRequest) -> HttpResponse:
    """Show what agents ask of the API; to people outside only while the settings open it, and less of it."""
    refusal = turned_away(request, STAFF)
    if refusal is not None and not SiteSettings.load().public_feed:
        return refusal
    inside = refusal is None
    wanted = selectors.Wanted.of(request.GET)

    def context() -> dict:
        return {
            "inside": inside,
            "frame": "base.html" if inside else "bare.html",
            "wanted": wanted,
            "page": selectors.feed_page(wanted, inside=inside),
            "side": selectors.at_the_side(inside=inside),
            "agents": selectors.everybody(),
            "roles": Role.values,
        }

    return live(request, "feed/feed.html", "feed/_feed.html", context, cursor=str(selectors.newest_call()))
