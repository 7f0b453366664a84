from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from openmoss.access import STAFF, declare
from openmoss.api.lookup import find
from openmoss.pages import live
from openmoss.selectors.sub_task import Surroundings, cursor_of
from openmoss.selectors.timeline import timeline_of
from tasks.models import SubTask


@declare(STAFF)
@require_safe
def sub_task(request: HttpRequest, id: str) -> HttpResponse:
    row = find(SubTask.objects.select_related("task", "module", "assignee", "recurrence"), id)
    newest_first = request.GET.get("order") == "newest"
    return live(
        request,
        "work/sub_task.html",
        "work/_sub_task.html",
        lambda: {
            "sub_task": row,
            "around": Surroundings(row),
            "newest_first": newest_first,
            "timeline": timeline_of(row, request.GET, newest_first=newest_first),
        },
        cursor=cursor_of(row),
    )
