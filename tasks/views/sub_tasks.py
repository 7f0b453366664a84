from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from openmoss.access import STAFF, declare
from openmoss.api.lookup import find
from openmoss.markdown import plain
from openmoss.pages import ask, whence
from tasks import services
from tasks.forms.sub_tasks import EditSubTask, GivenMove, Move, NewSubTask, Reassign
from tasks.models import SubTask, Task
from tasks.selectors import find_sub_task
from tasks.workflow import Status


@declare(STAFF)
@require_http_methods(["GET", "HEAD", "POST"])
def new(request, id: str):
    task = find(Task.objects.all(), id)
    form = NewSubTask(request.POST or None, task=task)
    sub_task = None

    def do(_values: dict) -> str:
        nonlocal sub_task
        brief, schedule = form.values
        create = services.begin_recurring if schedule else services.create_sub_task
        sub_task = create(task, **brief, **schedule, by=request.user)
        return _("The sub-task is there.")

    return ask(
        request,
        form,
        do,
        title=_("New sub-task"),
        text=_("A piece of “%(name)s” that one executor can do in one go.") % {"name": plain(task.name)},
        verb=_("Create sub-task"),
        back=whence(request, task),
        then=lambda: sub_task,
        template="tasks/_new_sub_task.html",
    )


@declare(STAFF)
@require_http_methods(["GET", "HEAD", "POST"])
def edit(request, id: str):
    sub_task = find_sub_task(id)
    form = EditSubTask(request.POST or None, sub_task=sub_task)

    def do(_values: dict) -> str:
        services.edit_sub_task(sub_task, **form.changes, by=request.user)
        return _("Saved.")

    return ask(
        request, form, do, title=_("Edit the sub-task"), verb=_("Save"), back=whence(request, sub_task)
    )


@declare(STAFF)
@require_http_methods(["GET", "HEAD", "POST"])
def reassign(request, id: str):
    sub_task = find_sub_task(id)
    form = Reassign(request.POST or None, sub_task=sub_task)

    def do(values: dict) -> str:
        services.reassign(form.as_seen(), to=values["to"], why=values["why"], by=request.user)
        return _("%(agent)s has it now.") % {"agent": plain(values["to"].name)}

    text = _("The executor finds it with its next call, as a new attempt.")
    if sub_task.assignee_id and sub_task.status != Status.BLOCKED:
        text = _("%(agent)s loses it; the executor that you choose begins a new attempt.") % _names(sub_task)
    return ask(
        request,
        form,
        do,
        title=_("Give “%(name)s” to an executor") % _names(sub_task),
        text=text,
        verb=_("Reassign") if sub_task.assignee_id else _("Assign"),
        back=whence(request, sub_task),
    )


@declare(STAFF)
@require_http_methods(["GET", "HEAD", "POST"])
def block(request, id: str):
    sub_task = find_sub_task(id)
    return _move(
        request,
        GivenMove(request.POST or None, sub_task=sub_task),
        services.block,
        title=_("Block “%(name)s”?") % _names(sub_task),
        text=_("%(agent)s has to stop, and it waits until a planner or an admin unblocks or reassigns it.")
        % _names(sub_task),
        verb=_("Block"),
        said=_("It is blocked."),
    )


@declare(STAFF)
@require_http_methods(["GET", "HEAD", "POST"])
def unblock(request, id: str):
    sub_task = find_sub_task(id)
    return _move(
        request,
        Move(request.POST or None, sub_task=sub_task),
        services.unblock,
        title=_("Unblock “%(name)s”?") % _names(sub_task),
        text=_("Any executor may claim it then. To give it to a certain one, reassign it instead."),
        verb=_("Unblock"),
        said=_("It is pending again."),
    )


@declare(STAFF)
@require_http_methods(["GET", "HEAD", "POST"])
def release(request, id: str):
    sub_task = find_sub_task(id)
    return _move(
        request,
        GivenMove(request.POST or None, sub_task=sub_task),
        services.release,
        title=_("Release “%(name)s”?") % _names(sub_task),
        text=_("%(agent)s loses it, and any executor may claim it.") % _names(sub_task),
        verb=_("Release"),
        said=_("It is pending again."),
    )


@declare(STAFF)
@require_http_methods(["GET", "HEAD", "POST"])
def cancel(request, id: str):
    sub_task = find_sub_task(id)
    sentences = [_("It ends for good: cancelled work cannot be taken up again.")]
    if sub_task.assignee_id:
        sentences.append(_("%(agent)s loses it.") % _names(sub_task))
    if waiting := SubTask.objects.unfinished().filter(dependencies__needs=sub_task).count():
        sentences.append(
            ngettext(
                "%(count)s sub-task waits for it, and would wait in vain until you change what it waits for.",
                "%(count)s sub-tasks wait for it, and would wait in vain until you change what they wait for.",
                waiting,
            )
            % {"count": waiting}
        )
    return _move(
        request,
        Move(request.POST or None, sub_task=sub_task),
        services.cancel,
        title=_("Cancel “%(name)s”?") % _names(sub_task),
        text=" ".join(sentences),
        verb=_("Cancel the sub-task"),
        said=_("It is cancelled."),
        danger=True,
    )


def _move(request, form: Move | GivenMove, service, *, said: str, **question):
    def do(values: dict) -> str:
        service(form.as_seen(), why=values["why"], by=request.user)
        return said

    return ask(request, form, do, back=whence(request, form.sub_task), **question)


def _names(sub_task: SubTask) -> dict[str, str]:
    agent = sub_task.assignee.name if sub_task.assignee_id else _("Nobody")
    return {"name": plain(sub_task.name), "agent": plain(agent)}
