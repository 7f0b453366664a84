from django import forms
from django.utils.translation import gettext_lazy as _

from openmoss.pages.forms import Form
from tasks.forms.fields import EditForm, NameField, TextField
from tasks.models import Kind, Task
from tasks.workflow import TASK_MOVES, TaskStatus

KINDS = [(Kind.ONCE, _("once")), (Kind.RECURRING, _("recurring"))]
# What a task in this status means for the team; cancelling is an action of its own.
MEANINGS = {
    TaskStatus.PLANNING: _("Planning: it is being split into sub-tasks; its text can be edited."),
    TaskStatus.ACTIVE: _("Active: the plan stands; its text can still be edited."),
    TaskStatus.IN_PROGRESS: _("In progress: the team works on it; its text stays as it is."),
    TaskStatus.COMPLETED: _(
        "Completed: everything is done, and its recurring work rests. It can be reopened."
    ),
    TaskStatus.ARCHIVED: _("Archived: put away for good. It cannot be reopened."),
}


class NewTask(Form):
    name = NameField()
    description = TextField(
        label=_("Description"),
        rows=6,
        help_text=_("The goal, and all that a planner must know to split it. Markdown."),
    )
    type = forms.ChoiceField(
        label=_("Type"), choices=KINDS, help_text=_("Recurring work is never over; its sub-tasks are.")
    )


class EditTask(EditForm):
    name = NameField()
    description = TextField(label=_("Description"), rows=6)

    def __init__(self, *args, task: Task, **kwargs) -> None:
        initial = {"name": task.name, "description": task.description}
        super().__init__(*args, row=task, initial=initial, **kwargs)


class TaskStatusForm(Form):
    """Offers the statuses that may follow now."""

    status = forms.ChoiceField(label=_("New status"), widget=forms.RadioSelect)

    def __init__(self, *args, task: Task, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        following = TASK_MOVES[TaskStatus(task.status)] - {task.status}
        self.fields["status"].choices = [each for each in MEANINGS.items() if each[0] in following]


class NewModule(Form):
    name = NameField()
    description = TextField(label=_("Description"))
