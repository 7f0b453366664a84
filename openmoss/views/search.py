from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from openmoss.access import STAFF, declare
from openmoss.pages import page
from openmoss.selectors.search import NEWEST, SHORTEST, named_by, search, tidy

FOUND = "found"


@declare(STAFF)
@require_safe
def show(request: HttpRequest) -> HttpResponse:
    """Find anything by a word; an id leads straight to what it names."""
    text = tidy(request.GET.get("q", ""))
    named = named_by(text)
    of = request.GET.get("of", "")
    context = {"q": text, "of": of, "shortest": SHORTEST, "named": named}
    if request.htmx.target == FOUND:  # the list under the box, while somebody types
        return render(request, "site/_found.html", context | {"groups": search(text, in_names_only=True)})
    if len(named) == 1:
        return redirect(named[0].url)
    groups = [] if named else search(text, only=of)
    return page(request, "site/search.html", context | {"groups": groups, "newest": NEWEST})
