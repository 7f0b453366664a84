"""What staff type to add or change a channel."""

from django import forms
from django.utils.translation import gettext_lazy as _

from notifications.models import Channel
from notifications.services.channels import checked_address, checked_events
from openmoss.errors import Refusal


class EventNames(forms.CharField):
    """Names of events, separated by commas."""

    def prepare_value(self, value):
        return ", ".join(value) if isinstance(value, list) else value

    def clean(self, value) -> list[str]:
        names = [name.strip() for name in super().clean(value).split(",")]
        return _checked(checked_events, list(filter(None, names)))

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
        return _checked(checked_address, self.cleaned_data["address"], by=self.by)


def _checked(check, value, **how):
    try:
        return check(value, **how)
    except Refusal as refusal:
        reason = refusal.fields and next(iter(refusal.fields.values()))[0]
        raise forms.ValidationError(f"{reason or refusal.detail} {refusal.hint}".strip()) from None
