"""What staff type to add or change a channel."""

from django import forms
from django.utils.translation import gettext_lazy as _

from notifications.models import EVERYTHING, Channel
from notifications.services.channels import checked_address, checked_events
from openmoss.errors import Refusal
from openmoss.pages.forms import Form


class EventNames(forms.CharField):
    """Names of events, separated by commas."""

    def prepare_value(self, value):
        return ", ".join(value) if isinstance(value, list) else value

    def clean(self, value) -> list[str]:
        names = [name.strip() for name in super().clean(self.prepare_value(value)).split(",")]
        return checked(checked_events, list(filter(None, names)))

    def has_changed(self, initial, data) -> bool:
        return super().has_changed(self.prepare_value(initial), data)


class ChannelForm(forms.ModelForm):
    by = None  # who fills it in; set by the admin

    events = EventNames(
        required=False,
        label=_("Events"),
        help_text=_(
            "Separated by commas: names like task_completed, kinds like sub_task.block, or *. "
            "Empty means those of the site settings."
        ),
    )

    class Meta:
        model = Channel
        fields = ["address", "name", "events", "enabled"]

    def clean_address(self) -> str:
        return checked(checked_address, self.cleaned_data["address"], by=self.by)


USUAL = {
    "task_completed": _("A sub-task was approved"),
    "review_rejected": _("Work was sent back for rework"),
    "all_done": _("A whole task is completed"),
    "patrol_alert": _("Something that stands still became critical"),
    EVERYTHING: _("Everything that happens"),
}


class WithEvents(Form):
    """Of what people are told: the usual by boxes, the rest by their names; `events` holds both."""

    usual = forms.MultipleChoiceField(
        label=_("Tell of"),
        required=False,
        choices=list(USUAL.items()),
        widget=forms.CheckboxSelectMultiple,
    )
    more = EventNames(
        required=False,
        label=_("And of these kinds"),
        help_text=_("Separated by commas, for example sub_task.block, agent.disable."),
    )

    def show_events(self, events: list[str]) -> None:
        self.initial |= {
            "usual": [name for name in events if name in USUAL],
            "more": [name for name in events if name not in USUAL],
        }

    def clean(self) -> dict:
        values = super().clean() or self.cleaned_data
        values["events"] = [*values.get("usual", []), *(n for n in values.get("more", []) if n not in USUAL)]
        return values


class NewChannel(WithEvents):
    field_order = ["address", "name", "usual", "more"]

    address = forms.CharField(
        label=_("Address"),
        max_length=500,
        help_text=_(
            "A webhook (https://…), an e-mail address, a URL that Apprise knows, or chat:<id> and user:<id>, "
            "which are left to agents."
        ),
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    name = forms.CharField(
        label=_("Name"),
        max_length=100,
        required=False,
        help_text=_("What people call it, for example Newsroom."),
    )


class EditChannel(WithEvents):
    field_order = ["name", "enabled", "usual", "more"]

    name = NewChannel.base_fields["name"]
    enabled = forms.BooleanField(
        label=_("Switched on"),
        required=False,
        help_text=_("When it is switched off, what waits for it is given up."),
    )


def checked(check, value, **how):
    """Return what a check of a service returns; what that refuses, a field refuses."""
    try:
        return check(value, **how)
    except Refusal as refusal:
        reason = refusal.fields and next(iter(refusal.fields.values()))[0]
        raise forms.ValidationError(f"{reason or refusal.detail} {refusal.hint}".strip()) from None
