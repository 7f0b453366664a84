"""Forms in which people write what agents are told."""

from django import forms
from django.urls import reverse_lazy
from django.utils.translation import gettext_lazy as _

from agents.selectors import changed_lines
from agents.services.prompts import LONGEST_SLUG
from openmoss.access import Role
from openmoss.api.fields import LONGEST_NAME, LONGEST_TEXT
from openmoss.pages.forms import Form
from openmoss.templatetags.console import label

MAX_INTEGER = 2**31 - 2


class Seen(Form):
    """Which version was on the screen when the person decided."""

    seen = forms.IntegerField(min_value=0, max_value=MAX_INTEGER, widget=forms.HiddenInput)


class Previewed(forms.Textarea):
    """A text in Markdown that shows what becomes of it while it is written."""

    def __init__(self, **attrs) -> None:
        asks = {
            "hx-post": reverse_lazy("preview-prompt"),
            "hx-trigger": "input changed delay:400ms",
            "hx-target": "#preview",
            "hx-swap": "outerHTML",
            "hx-sync": "this:replace",
            "hx-push-url": "false",
        }
        super().__init__({"rows": 24, **asks, **attrs})


class Writing(Form):
    """A form whose one long text stands beside its preview, and which never loses what was written."""

    long = "text"
    theirs: str | None = None  # what somebody else saved meanwhile

    @property
    def written(self):
        """Return the long text as it is on the screen, as a bound field."""
        return self[self.long]

    @property
    def others(self) -> list:
        return [field for field in self.visible_fields() if field.name != self.long]

    @property
    def preview(self) -> str:
        return self.written.value() or ""

    def meet(self, theirs: str, *, seen) -> None:
        """Show what was saved meanwhile beside what was written; who saves again has seen both."""
        self.theirs = theirs
        self.data = self.data.copy()
        self.data["seen"] = str(seen)

    @property
    def changes(self) -> list[tuple[str, str]]:
        """Return what saving this would change in theirs."""
        return changed_lines(self.theirs, self.preview)


class EditPrompt(Seen, Writing):
    text = forms.CharField(label=_("Text"), max_length=LONGEST_TEXT, strip=False, widget=Previewed())


class EditAgentPrompt(Seen, Writing):
    name = forms.CharField(label=_("Name"), max_length=LONGEST_NAME)
    description = forms.CharField(
        label=_("Description"), max_length=500, required=False, help_text=_("One line, for people.")
    )
    text = forms.CharField(label=_("Prompt"), max_length=LONGEST_TEXT, strip=False, widget=Previewed())


class NewPrompt(Writing):
    role = forms.ChoiceField(label=_("Role"), choices=[(role, label(role)) for role in Role.values])
    slug = forms.CharField(
        label=_("Slug"),
        max_length=LONGEST_SLUG,
        help_text=_(
            "Small letters, digits and hyphens; the role is put before it. It cannot be changed later."
        ),
    )
    name = forms.CharField(label=_("Name"), max_length=LONGEST_NAME, required=False)
    description = forms.CharField(
        label=_("Description"), max_length=500, required=False, help_text=_("One line, for people.")
    )
    text = forms.CharField(label=_("Prompt"), max_length=LONGEST_TEXT, strip=False, widget=Previewed())


class MakeCode(Form):
    name = forms.CharField(
        label=_("Name of the new agent"),
        max_length=100,
        help_text=_("The code lets in one agent of this name, once, within 24 hours."),
    )
