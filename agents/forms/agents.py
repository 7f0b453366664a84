"""Hiring and editing agents."""

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from agents import selectors
from agents.models import Agent, PromptKind
from openmoss.access import Role
from openmoss.pages.forms import Form
from openmoss.templatetags.console import label

LONGEST_DESCRIPTION = 10_000


def roles() -> list[tuple[str, str]]:
    """Return the roles as people choose them."""
    return [(role, label(role)) for role in Role.values]


class RoleForm(Form):
    """What an agent is there for."""

    role = forms.ChoiceField(label=gettext_lazy("Role"), choices=roles)
    description = forms.CharField(
        label=gettext_lazy("Description"),
        required=False,
        max_length=LONGEST_DESCRIPTION,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=gettext_lazy("What it is good at. Planners read it when they hand out work."),
    )


class NewAgentForm(RoleForm):
    """Somebody who works here from now on."""

    name = forms.CharField(
        label=gettext_lazy("Name"), max_length=100, widget=forms.TextInput(attrs={"autocomplete": "off"})
    )
    field_order = ["name", "role", "description"]

    def clean_name(self) -> str:
        name = self.cleaned_data["name"]
        if not name.isprintable():
            raise ValidationError(_("Give one line without invisible characters."))
        return name


def prompt_choices() -> list[tuple[str, str]]:
    """Return the agent prompts of each role, and the choice to give none."""
    written = [prompt for prompt in selectors.prompts(PromptKind.AGENT) if prompt.role]
    named = _("%(name)s, for the role %(role)s")
    return [
        ("", _("None: only how to join")),
        *((prompt.slug, named % {"name": prompt.name, "role": label(prompt.role)}) for prompt in written),
    ]


class EnrolForm(NewAgentForm):
    """Somebody who joins by a code."""

    prompt = forms.ChoiceField(
        label=gettext_lazy("Prompt"),
        choices=prompt_choices,
        required=False,
        help_text=gettext_lazy("Who it is to be. It becomes a part of what you give it."),
    )

    def clean(self) -> dict:
        given = super().clean()
        slug = given.get("prompt")
        if slug and given.get("role") and selectors.read_prompt(PromptKind.AGENT, slug).role != given["role"]:
            self.add_error("prompt", _("This prompt is for another role."))
        return given


class RetireForm(Form):
    """Goodbye for good, said twice."""

    why = forms.CharField(
        label=gettext_lazy("Why"), max_length=1000, required=False, widget=forms.Textarea(attrs={"rows": 2})
    )
    name = forms.CharField(
        label=gettext_lazy("Type its name to confirm"), widget=forms.TextInput(attrs={"autocomplete": "off"})
    )
    field_order = ["why", "name"]

    def __init__(self, agent: Agent, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.agent = agent

    def clean_name(self) -> str:
        if self.cleaned_data["name"] != self.agent.name.strip():
            raise ValidationError(_("That is not its name."))
        return self.agent.name
