"""The activity log: what agents say."""

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from agents.models import Agent
from openmoss.access import STAFF, declare
from openmoss.api.lookup import find
from openmoss.errors import Invalid
from openmoss.pages import live, page
from openmoss.pages.listing import listing
from tasks.forms.logs import LogFilter
from tasks.models import Action, ActivityLog, SubTask, Task
from tasks.selectors.logs import BEGINNING, as_read, entries

MOST_AGENTS = 500
# What is longer, in characters or in lines, is folded.
SHORT, FEW_LINES = 240, 3

_TEMPLATE, _FRAGMENT = "logs/logs.html", "logs/_entries.html"
_SUBJECTS = {"agent": Agent, "sub_task": SubTask, "task": Task}


@declare(STAFF)
@require_safe
def logs(request: HttpRequest) -> HttpResponse:
    """Show what agents said, newest first; the first page keeps itself fresh. `?entry=` shows one whole."""
    if id := request.GET.get("entry"):
        entry = find(as_read(ActivityLog.objects.all(), whole=True), id)
        return page(request, "logs/entry.html", {"entry": entry})
    form, subjects = LogFilter(request.GET), _subjects(request)
    if not form.is_valid():
        raise Invalid(
            _("These filters name something that is not there."),
            hint=_("Take away what follows the question mark in the address."),
        )

    def context() -> dict:
        return _shown(request, form, subjects)

    if request.GET.get("before") or request.GET.get("after"):
        return page(request, _TEMPLATE, context())
    newest = ActivityLog.objects.values_list("pk", flat=True).first()
    return live(request, _TEMPLATE, _FRAGMENT, context, cursor=f"{newest or 'none'}")


def _shown(request: HttpRequest, form: LogFilter, subjects: dict) -> dict:
    given = form.cleaned_data
    rows, searched_since = entries(
        **subjects, action=given["action"], since=form.since, until=form.until, words=given["q"]
    )
    shown = listing(as_read(rows), request.GET)
    for entry in shown:
        entry.is_long = entry.length > SHORT or entry.said.count("\n") >= FEW_LINES
        entry.is_cut = entry.length > BEGINNING
    return {
        **subjects,
        "rows": shown,
        "filter": form,
        "filtered": bool(subjects) or any(given.values()),
        "searched_since": searched_since,
        "actions": Action.values,
        "agents": Agent.objects.order_by("name")[:MOST_AGENTS],
    }


def _subjects(request: HttpRequest) -> dict:
    return {
        name: find(model.objects.all(), id)
        for name, model in _SUBJECTS.items()
        if (id := request.GET.get(name))
    }
