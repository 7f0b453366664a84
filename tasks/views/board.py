from uuid import UUID

from django.views.decorators.http import require_safe

from openmoss.access import STAFF, declare
from openmoss.api.pagination import choice
from openmoss.pages import live
from openmoss.pages.listing import listing
from tasks import selectors
from tasks.views.tasks import nothing_yet
from tasks.workflow import FINISHED, Status


@declare(STAFF)
@require_safe
def board(request):
    status = choice(request.GET, "status", Status)
    scope = selectors.scope(*(_id(request.GET.get(name)) for name in ("task", "module", "agent")))
    fragment = "tasks/_lane.html" if status else "tasks/_board.html"

    def context() -> dict:
        shown = _lane(request, scope, status) if status else _board(scope)
        return shown | {"scope": scope, "chosen_task": scope.task, "status": status, "fragment": fragment}

    return live(request, "tasks/board.html", fragment, context, cursor=selectors.changes())


def _board(scope: selectors.Scope) -> dict:
    columns = selectors.board(scope.sub_tasks)
    empty = not any(column.count for column in columns)
    shown = {"columns": columns, "empty": empty, "unplanned": empty and not scope}
    return shown | (nothing_yet(bool(scope)) if empty else {})


def _lane(request, scope: selectors.Scope, status: str) -> dict:
    finished = status in FINISHED
    by = ("-status_since", "-pk") if finished else ("status_since", "pk")
    rows = selectors.cards(scope.sub_tasks.filter(status=status))
    return {"rows": listing(rows, request.GET, by=by), "newest_first": finished}


def _id(text: str | None) -> UUID | None:
    try:
        return UUID(text or "")
    except ValueError:
        return None
