"""What the console's forms have in common."""

from collections.abc import Iterable

from django import forms
from django.forms.renderers import TemplatesSetting
from django.http import HttpRequest, QueryDict
from django.utils.translation import gettext_lazy as _

from openmoss.errors import Refusal


class Renderer(TemplatesSetting):
    form_template_name = "forms/form.html"
    field_template_name = "forms/field.html"


def sent(request: HttpRequest) -> QueryDict | None:
    """Return what was typed into a form, or None while somebody only looks at it; a form may have no fields."""
    return request.POST if request.method == "POST" else None


class Form(forms.Form):
    """A form that can show what a service refused."""

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.label_suffix = ""

    def lock(self, names: Iterable[str], *, by: str) -> None:
        """Show fields that nobody can change here, and the file that sets them."""
        for name in names:
            self.fields[name].disabled = True
            self.fields[name].required = False  # it is as it is
            self.fields[name].locked_by = by

    def refuse(self, refusal: Refusal) -> None:
        """Show a refusal at the fields at fault, or above them all."""
        known = {name: whys for name, whys in refusal.fields.items() if name in self.fields}
        for name, whys in known.items():
            self.add_error(name, whys)
        if not known or refusal.hint:
            self.add_error(None, f"{'' if known else refusal.detail} {refusal.hint}".strip())


class Reason(Form):
    """One line that says why."""

    why = forms.CharField(
        label=_("Why"),
        max_length=1000,
        required=False,
        help_text=_("Whoever meets this later will read it."),
        widget=forms.Textarea(attrs={"rows": 2}),
    )


class GivenReason(Reason):
    """One line that has to say why."""

    why = forms.CharField(label=_("Why"), max_length=1000, widget=forms.Textarea(attrs={"rows": 2}))
