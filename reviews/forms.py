"""What a person types to judge work."""

from django import forms
from django.utils.translation import gettext_lazy as _

from openmoss.pages.forms import Form
from reviews.models import Result
from tasks.models import eligible_executors

SCORES = [
    (5, _("5, as it should be")),
    (4, _("4, good, with small things left")),
    (3, _("3, just enough")),
    (2, _("2, not enough")),
    (1, _("1, not what was asked for")),
]


class ReviewForm(Form):
    """A verdict; `round` is the one that its writer looked at."""

    result = forms.ChoiceField(
        label=_("Verdict"),
        choices=[(Result.APPROVED, _("Approve")), (Result.REJECTED, _("Send back"))],
        widget=forms.RadioSelect,
    )
    score = forms.TypedChoiceField(
        label=_("Score"),
        choices=SCORES,
        coerce=int,
        widget=forms.RadioSelect,
        help_text=_("4 and 5 give the executor five points, 1 and 2 take five."),
    )
    issues = forms.CharField(
        label=_("What is wrong"),
        required=False,
        max_length=10_000,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_(
            "Needed to send it back: point by point, one for each acceptance criterion that is not met."
        ),
    )
    comment = forms.CharField(
        label=_("Comment"), required=False, max_length=10_000, widget=forms.Textarea(attrs={"rows": 2})
    )
    rework_agent = forms.ModelChoiceField(
        label=_("Who does the rework"),
        queryset=None,
        required=False,
        empty_label=_("Whoever did it"),
        help_text=_("Only counts when it is sent back."),
    )
    round = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.fields["rework_agent"].queryset = eligible_executors().order_by("name")
