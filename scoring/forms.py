"""What a person types to change a score by hand."""

from django import forms
from django.utils.translation import gettext_lazy as _

from openmoss.pages.forms import Form
from scoring.services import LARGEST_DELTA


class AdjustmentForm(Form):
    score_delta = forms.IntegerField(
        label=_("Points"),
        min_value=-LARGEST_DELTA,
        max_value=LARGEST_DELTA,
        help_text=_("Below zero they are taken away."),
    )
    reason = forms.CharField(
        label=_("Why"),
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("The agent reads it when it wakes up next."),
    )
