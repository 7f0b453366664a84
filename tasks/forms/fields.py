"""Names and texts with the limits that hold for agents, too, and forms that know what their reader saw."""

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.utils.translation import gettext_lazy as _

from openmoss.api.fields import LONGEST_NAME, LONGEST_TEXT
from openmoss.pages.forms import Form

_ONE_LINE = RegexValidator(
    r"[\x00-\x1f\x7f-\x9f\u2028\u2029]", _("Give one line without control characters."), inverse_match=True
)


class NameField(forms.CharField):
    """A name: one line that is not empty."""

    def __init__(self, **kwargs) -> None:
        super().__init__(label=_("Name"), max_length=LONGEST_NAME, validators=[_ONE_LINE], **kwargs)


class TextField(forms.CharField):
    """Free text, often Markdown, which may be empty."""

    def __init__(self, *, rows: int = 3, **kwargs) -> None:
        widget = forms.Textarea(attrs={"rows": rows})
        super().__init__(max_length=LONGEST_TEXT, required=False, strip=False, widget=widget, **kwargs)

    def to_python(self, value) -> str:
        # Browsers send other ends of lines than agents: what nobody touched must not count as changed.
        return super().to_python(value).replace("\r\n", "\n")


class EditForm(Form):
    """A form about a row, which refuses when that was changed after the form was opened."""

    seen = forms.CharField(widget=forms.HiddenInput)

    def __init__(self, *args, row, initial: dict, **kwargs) -> None:
        self.now = row.updated_at.isoformat()
        super().__init__(*args, initial=initial | {"seen": self.now}, **kwargs)

    def clean_seen(self) -> str:
        if self.cleaned_data["seen"] != self.now:
            raise ValidationError(
                _(
                    "Somebody changed this while you were writing, and nothing was saved."
                    " Keep a copy of your text, then open the form again."
                )
            )
        return self.cleaned_data["seen"]

    @property
    def changes(self) -> dict:
        """Return the values that go to the service."""
        return {name: value for name, value in self.cleaned_data.items() if name != "seen"}
