from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods, require_safe

from agents.models import Agent
from openmoss.access import STAFF, declare
from openmoss.api.lookup import find
from openmoss.api.pagination import choice
from openmoss.errors import Conflict, Invalid
from openmoss.markdown import plain
from openmoss.pages import ask, live, whence
from openmoss.pages.forms import Reason
from openmoss.pages.listing import listing
from openmoss.templatetags.console import label
from tasks import selectors, services
from tasks.forms.tasks import KINDS, EditTask, NewModule, NewTask, TaskStatusForm
from tasks.models import Kind, Task
from tasks.workflow import TASK_CLOSING, TaskStatus

OPEN, ALL = "open", "all"
STATUSES = {
    OPEN: gettext_lazy("Open"),
    TaskStatus.COMPLETED: gettext_lazy("Completed"),
    TaskStatus.ARCHIVED: gettext_lazy("Archived"),
    TaskStatus.CANCELLED: gettext_lazy("Cancelled"),
    ALL: gettext_lazy("All"),
}


@declare(STAFF)
@require_safe
def index(request):
    status = request.GET.get("status") or OPEN
    if status not in STATUSES and status not in TaskStatus.values:
        raise Invalid(_("There is no such status."), hint=_("Choose one on the page of tasks."))
    kind = choice(request.GET, "type", Kind)
    words = request.GET.get("q", "").replace("\x00", "").strip()[:200]
    found = selectors.tasks_like(status, kind, words)

    def context() -> dict:
        rows = listing(found, request.GET)
        selectors.with_progress(rows)
        return {
            "rows": rows,
            "status": status,
            "statuses": (STATUSES | ({} if status in STATUSES else {status: label(status)})).items(),
            "kind": kind,
            "kinds": KINDS,
            "words": words,
        } | nothing_yet(bool(rows))

    return live(request, "tasks/list.html", "tasks/_list.html", context, cursor=selectors.changes())


def nothing_yet(found: bool) -> dict:
    """Return what a newcomer is told who has no task yet."""
    if found or Task.objects.exists():
        return {}
    return {"nothing_yet": True, "has_agents": Agent.objects.present().exists()}


@declare(STAFF)
@require_http_methods(["GET", "HEAD", "POST"])
def new(request):
    task = None

    def do(values: dict) -> str:
        nonlocal task
        task = services.create_task(**values, by=request.user)
        return _("The task is there. Add sub-tasks, or leave that to the planner.")

    return ask(
        request,
        NewTask(request.POST or None),
        do,
        title=_("New task"),
        text=_("It begins in planning. The planner is woken to split it into sub-tasks."),
        verb=_("Create task"),
        back="tasks",
        then=lambda: task,
    )


@declare(STAFF)
@require_http_methods(["GET", "HEAD", "POST"])
def edit(request, id: str):
    task = find(Task.objects.all(), id)
    form = EditTask(request.POST or None, task=task)

    def do(values: dict) -> str:
        services.edit_task(task, **form.changes, by=request.user)
        return _("Saved.")

    return ask(request, form, do, title=_("Edit the task"), verb=_("Save"), back=whence(request, task))


@declare(STAFF)
@require_http_methods(["GET", "HEAD", "POST"])
def set_status(request, id: str):
    task = find(Task.objects.all(), id)
    form = TaskStatusForm(request.POST or None, task=task)
    if not form.fields["status"].choices:
        raise Conflict(
            _("This task is %(status)s, for good.") % {"status": label(task.status)},
            hint=_("Create a new one."),
        )
    still_open, _agents = selectors.at_stake(task)
    text = _("It is %(status)s now.") % {"status": label(task.status)}
    if still_open and TASK_CLOSING & {choice for choice, _words in form.fields["status"].choices}:
        text = ngettext(
            "It is %(status)s now. It can be completed or archived when its %(open)s open sub-task is finished.",
            "It is %(status)s now. It can be completed or archived when its %(open)s open sub-tasks are finished.",
            still_open,
        ) % {"status": label(task.status), "open": still_open}

    def do(values: dict) -> str:
        services.set_task_status(task, values["status"], by=request.user)
        return _("The task is %(status)s now.") % {"status": label(task.status)}

    return ask(
        request,
        form,
        do,
        title=_("Status of “%(name)s”") % {"name": plain(task.name)},
        text=text,
        verb=_("Set status"),
        back=whence(request, task),
    )


@declare(STAFF)
@require_http_methods(["GET", "HEAD", "POST"])
def cancel(request, id: str):
    task = find(Task.objects.all(), id)
    still_open, agents = selectors.at_stake(task)
    sentences = [
        _("It ends for good, and nothing in it can be claimed any more.")
        if not still_open
        else ngettext(
            "It ends for good, and %(count)s open sub-task is cancelled with it.",
            "It ends for good, and %(count)s open sub-tasks are cancelled with it.",
            still_open,
        )
        % {"count": still_open}
    ]
    if agents:
        sentences.append(
            ngettext(
                "%(count)s agent loses the work it holds.",
                "%(count)s agents lose the work they hold.",
                agents,
            )
            % {"count": agents}
        )

    def do(values: dict) -> str:
        services.cancel_task(task, why=values["why"], by=request.user)
        return _("The task is cancelled.")

    return ask(
        request,
        Reason(request.POST or None),
        do,
        title=_("Cancel “%(name)s”?") % {"name": plain(task.name)},
        text=" ".join(sentences),
        verb=_("Cancel the task"),
        back=whence(request, task),
        danger=True,
    )


@declare(STAFF)
@require_http_methods(["GET", "HEAD", "POST"])
def new_module(request, id: str):
    task = find(Task.objects.all(), id)

    def do(values: dict) -> str:
        services.create_module(task, **values, by=request.user)
        return _("The module is there.")

    return ask(
        request,
        NewModule(request.POST or None),
        do,
        title=_("New module"),
        text=_("A part of “%(name)s” that belongs together.") % {"name": plain(task.name)},
        verb=_("Create module"),
        back=whence(request, task),
    )
