from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from agents.models import Agent
from openmoss.markdown import plain
from openmoss.pages.forms import Form, GivenReason, Reason
from openmoss.templatetags.console import label
from tasks.forms.fields import EditForm, NameField, TextField
from tasks.forms.schedule import ScheduleFields
from tasks.models import Module, Priority, Recurrence, SubTask, Task
from tasks.selectors import executors_by_load, possible_needs

PRIORITIES = [(Priority.HIGH, _("high")), (Priority.MEDIUM, _("medium")), (Priority.LOW, _("low"))]


class ExecutorField(forms.ModelChoiceField):
    """A choice of those who may be given work, the freest first."""

    def __init__(self, **kwargs) -> None:
        super().__init__(queryset=Agent.objects.none(), **kwargs)

    def label_from_instance(self, agent: Agent) -> str:
        return ngettext(
            "%(name)s (has %(load)s sub-task)", "%(name)s (has %(load)s sub-tasks)", agent.load
        ) % {
            "name": plain(agent.name),
            "load": agent.load,
        }


class ModuleField(forms.ModelChoiceField):
    def label_from_instance(self, module: Module) -> str:
        return plain(module.name)


class Brief(Form):
    """What whoever does the work is told."""

    name = NameField()
    description = TextField(label=_("Description"), rows=5, help_text=_("What to do, and why. Markdown."))
    deliverable = TextField(label=_("Deliverable"), help_text=_("What there is when it is done, and where."))
    acceptance = TextField(label=_("Acceptance"), help_text=_("What the reviewer checks, one point a line."))
    priority = forms.ChoiceField(label=_("Priority"), choices=PRIORITIES, initial=Priority.MEDIUM)
    module = ModuleField(
        queryset=Module.objects.none(), label=_("Module"), required=False, empty_label=_("none")
    )

    def __init__(self, *args, task: Task, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.fields["module"].queryset = Module.objects.filter(task=task)
        if "assignee" in self.fields:
            self.fields["assignee"].queryset = executors_by_load()


class NeedsField(forms.MultipleChoiceField):
    """A choice of sub-tasks of the same task."""

    widget = forms.CheckboxSelectMultiple

    def offer(self, sub_tasks: list[SubTask]) -> None:
        """Set what can be chosen."""
        self.rows = {str(row.pk): row for row in sub_tasks}
        self.choices = [(pk, f"{plain(row.name)} ({label(row.status)})") for pk, row in self.rows.items()]

    def clean(self, value) -> list[SubTask]:
        return [self.rows[pk] for pk in super().clean(value)]


def _needs() -> NeedsField:
    return NeedsField(
        label=_("Waits for"), required=False, help_text=_("It can begin when all of these are done.")
    )


def _assignee() -> ExecutorField:
    return ExecutorField(
        label=_("Executor"),
        required=False,
        empty_label=_("anybody, who claims it"),
    )


class NewSubTask(Brief, ScheduleFields):
    depends_on = _needs()
    assignee = _assignee()

    def __init__(self, *args, task: Task, **kwargs) -> None:
        super().__init__(*args, task=task, **kwargs)
        self.fields["depends_on"].offer(possible_needs(task))
        self.fields["cron"].required = False

    @property
    def values(self) -> tuple[dict, dict]:
        """Return the brief, and the schedule if there is one."""
        schedule = {name: self.cleaned_data[name] for name in ScheduleFields.base_fields}
        brief = {name: value for name, value in self.cleaned_data.items() if name not in schedule}
        return brief, schedule if schedule["cron"] else {}


class EditSubTask(Brief, EditForm):
    depends_on = _needs()

    def __init__(self, *args, sub_task: SubTask, **kwargs) -> None:
        initial = {name: getattr(sub_task, name) for name in Brief.base_fields}
        self.needs = set(sub_task.depends_on.values_list("pk", flat=True))
        initial["depends_on"] = [str(pk) for pk in self.needs]
        super().__init__(*args, task=sub_task.task, row=sub_task, initial=initial, **kwargs)
        self.fields["depends_on"].offer(possible_needs(sub_task.task, of=sub_task))

    @property
    def changes(self) -> dict:
        changes = super().changes
        if {need.pk for need in changes["depends_on"]} == self.needs:
            del changes["depends_on"]
        return changes


class NewRecurrence(Brief, ScheduleFields):
    assignee = _assignee()


class EditRecurrence(NewRecurrence, EditForm):
    def __init__(self, *args, recurrence: Recurrence, **kwargs) -> None:
        names = [*Brief.base_fields, *ScheduleFields.base_fields, "assignee"]
        initial = {name: getattr(recurrence, name) for name in names}
        super().__init__(*args, task=recurrence.task, row=recurrence, initial=initial, **kwargs)
        # Who was chosen once stays, even when work cannot be given to it now.
        self.fields["assignee"].queryset = executors_by_load(also=recurrence.assignee)


class _Move(Form):
    """Remembers what the sub-task was like when the question was asked."""

    seen = forms.RegexField(r"^[a-z_]{1,20} \d{1,9} \d{1,9}$", widget=forms.HiddenInput)

    def __init__(self, *args, sub_task: SubTask, **kwargs) -> None:
        self.sub_task = sub_task
        seen = f"{sub_task.status} {sub_task.attempt} {sub_task.rework_count}"
        super().__init__(*args, initial={"seen": seen}, **kwargs)

    def as_seen(self) -> SubTask:
        """Return the sub-task as the person saw it: no move is made if somebody was faster."""
        status, attempt, rework_count = self.cleaned_data["seen"].split()
        self.sub_task.status = status
        self.sub_task.attempt, self.sub_task.rework_count = int(attempt), int(rework_count)
        return self.sub_task


class Move(_Move, Reason):
    pass


class GivenMove(_Move, GivenReason):
    pass


class Reassign(_Move, Reason):
    to = ExecutorField(label=_("Executor"), empty_label=_("Choose an executor"))
    field_order = ["to", "why"]

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.fields["to"].queryset = executors_by_load()
