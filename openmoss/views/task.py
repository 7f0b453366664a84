from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from notifications.models import Event
from openmoss.access import STAFF, declare
from openmoss.api.lookup import find
from openmoss.errors import Invalid
from openmoss.pages import live
from openmoss.pages.listing import listing
from openmoss.selectors.graph import graph_of
from openmoss.selectors.task import Outline, cursor_of, sub_tasks_of
from openmoss.templatetags.console import look
from tasks.models import Task
from tasks.workflow import Status

ROWS = 100
LATELY = 8


@declare(STAFF)
@require_safe
def task(request: HttpRequest, id: str) -> HttpResponse:
    row = find(Task.objects.all(), id)
    shown = _timeline if request.GET.get("show") == "timeline" else _work
    return live(
        request,
        "work/task.html",
        "work/_task.html",
        lambda: {"task": row} | shown(request, Outline(row)),
        cursor=cursor_of(row),
    )


def _work(request: HttpRequest, outline: Outline) -> dict:
    module, status = request.GET.get("module", ""), request.GET.get("status", "")
    known = {str(part.module.pk) if part.module else "none" for part in outline.parts}
    if (module and module not in known) or (status and status not in Status.values):
        raise Invalid(
            _("The address asks for a module or a status that is not there."),
            hint=_("Take away what follows the question mark."),
        )
    rows = listing(
        sub_tasks_of(outline.task, module=module, status=status),
        request.GET,
        rows=ROWS,
        by=("created_at", "pk"),
    )
    return _frame(outline) | {
        "show": "work",
        "module": module,
        "status": status,
        "listing": rows,
        "parts": outline.with_rows(rows),
        "graph": None if module or status else graph_of(outline.task),
        "lately": Event.objects.in_task(outline.task).order_by("-pk")[:LATELY],
    }


def _timeline(request: HttpRequest, outline: Outline) -> dict:
    events = listing(Event.objects.in_task(outline.task), request.GET, by=("-pk",))
    return _frame(outline) | {"show": "timeline", "listing": events}


def _frame(outline: Outline) -> dict:
    shares = [(*look(status)[:1], count, look(status)[1]) for status, count in outline.by_status]
    return {"outline": outline, "shares": shares}
