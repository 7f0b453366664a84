"""How people look through the activity log."""

from datetime import date, datetime, timedelta

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from tasks.models import Action

EARLIEST, LATEST = date(2000, 1, 1), date(2999, 12, 31)


class _Day(forms.DateField):
    widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    input_formats = ["%Y-%m-%d"]

    def clean(self, value) -> date | None:
        day = super().clean(value)
        return day and min(max(day, EARLIEST), LATEST)


class LogFilter(forms.Form):
    """What stands in the address; days are those of the reader."""

    action = forms.ChoiceField(choices=[("", ""), *Action.choices], required=False)
    q = forms.CharField(label=_("Words"), max_length=200, required=False)
    from_ = _Day(label=_("From"), required=False)
    to = _Day(label=_("To"), required=False)

    def add_prefix(self, field_name: str) -> str:
        return field_name.rstrip("_")  # `from` is a word of Python

    @property
    def since(self) -> datetime | None:
        return _midnight(self.cleaned_data["from_"])

    @property
    def until(self) -> datetime | None:
        day = self.cleaned_data["to"]
        return _midnight(day and day + timedelta(days=1))


def _midnight(day: date | None) -> datetime | None:
    return day and timezone.make_aware(datetime(day.year, day.month, day.day))
