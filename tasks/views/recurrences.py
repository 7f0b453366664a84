from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from openmoss.access import STAFF, declare
from openmoss.api.lookup import find
from openmoss.errors import Invalid
from openmoss.markdown import plain
from openmoss.pages import ask, whence
from openmoss.pages.forms import Reason
from tasks import services
from tasks.forms.schedule import next_times
from tasks.forms.sub_tasks import EditRecurrence, NewRecurrence
from tasks.models import Recurrence, Task
from tasks.recurrence import LONGEST_CRON, LONGEST_ZONE


@declare(STAFF)
@require_http_methods(["GET", "HEAD", "POST"])
def new(request, id: str):
    task = find(Task.objects.all(), id)

    def do(values: dict) -> str:
        services.create_recurrence(task, **values, by=request.user)
        return _("The clock makes the first sub-task at its next time.")

    return ask(
        request,
        NewRecurrence(request.POST or None, task=task),
        do,
        title=_("New recurring work"),
        text=_("The clock makes a sub-task of “%(name)s” at every time of the schedule.")
        % {"name": plain(task.name)},
        verb=_("Begin"),
        back=whence(request, task),
        template="tasks/_recurrence.html",
    )


@declare(STAFF)
@require_http_methods(["GET", "HEAD", "POST"])
def edit(request, id: str):
    recurrence = _find(id)
    form = EditRecurrence(request.POST or None, recurrence=recurrence)

    def do(_values: dict) -> str:
        services.edit_recurrence(recurrence, **form.changes, by=request.user)
        return _("Saved.")

    return ask(
        request,
        form,
        do,
        title=_("Edit recurring work"),
        text=_("It counts from the next time on; sub-tasks that are there stay as they are."),
        verb=_("Save"),
        back=whence(request, recurrence.task),
        template="tasks/_recurrence.html",
    )


@declare(STAFF)
@require_http_methods(["GET", "HEAD", "POST"])
def pause(request, id: str):
    return _change(
        request,
        _find(id),
        services.pause_recurrence,
        title=_("Pause “%(name)s”?"),
        text=_("The clock makes no more sub-tasks until somebody resumes it; what is there goes on."),
        verb=_("Pause"),
        said=_("It is paused."),
    )


@declare(STAFF)
@require_http_methods(["GET", "HEAD", "POST"])
def resume(request, id: str):
    return _change(
        request,
        _find(id),
        services.resume_recurrence,
        title=_("Resume “%(name)s”?"),
        text=_("It goes on with its next time; what was due in the pause is not made up for."),
        verb=_("Resume"),
        said=_("It goes on with its next time."),
    )


@declare(STAFF)
@require_http_methods(["GET", "HEAD", "POST"])
def end(request, id: str):
    return _change(
        request,
        _find(id),
        services.end_recurrence,
        title=_("End “%(name)s”?"),
        text=_("The clock makes no more sub-tasks, for good; those that are there stay."),
        verb=_("End it"),
        said=_("It has ended."),
        danger=True,
    )


@declare(STAFF)
@require_safe
def preview(request):
    """Show when a schedule that somebody is typing would be due."""
    cron = request.GET.get("cron", "").strip()[:LONGEST_CRON]
    zone = request.GET.get("timezone", "").strip()[:LONGEST_ZONE]
    try:
        context = {"times": next_times(cron, zone)} if cron else {}
    except Invalid as refusal:
        context = {"wrong": next(iter(refusal.fields.values()))[0]}
    return render(request, "tasks/_next_times.html", context)


def _find(id: str) -> Recurrence:
    return find(Recurrence.objects.select_related("task", "module", "assignee"), id)


def _change(request, recurrence: Recurrence, service, *, title: str, said: str, **question):
    def do(values: dict) -> str:
        service(recurrence, why=values["why"], by=request.user)
        return said

    return ask(
        request,
        Reason(request.POST or None),
        do,
        title=title % {"name": plain(recurrence.name)},
        back=whence(request, recurrence.task),
        **question,
    )
