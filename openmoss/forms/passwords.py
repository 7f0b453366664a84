from django import forms
from django.contrib.auth.forms import AuthenticationForm
from django.contrib.auth.models import User
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from openmoss.pages.forms import Form


class SignIn(AuthenticationForm):
    """A name and a password that belong together, of somebody who may see the console."""

    error_messages = {
        "invalid_login": _("This name and this password do not belong together."),
        "inactive": _("This account is switched off. Ask an admin to let you in."),
    }

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.fields["username"].label = _("Name")
        self.fields["password"].label = _("Password")

    def confirm_login_allowed(self, user: User) -> None:
        super().confirm_login_allowed(user)
        if not (user.is_staff or user.is_superuser):
            raise ValidationError(
                _("Your account is not staff, so it opens nothing here. Ask an admin to let you in."),
                code="not_staff",
            )


class NewPassword(Form):
    """A password typed twice."""

    person: User | None = None  # whose it becomes: it must not resemble its owner's name

    password = forms.CharField(
        label=_("Password"),
        strip=False,
        max_length=4096,
        help_text=_("At least 8 characters, and none that everybody thinks of first."),
        # A mistake elsewhere in the form must not cost what was typed; the page is stored nowhere.
        widget=forms.PasswordInput(render_value=True, attrs={"autocomplete": "new-password"}),
    )
    again = forms.CharField(
        label=_("The same again"),
        strip=False,
        max_length=4096,
        widget=forms.PasswordInput(render_value=True, attrs={"autocomplete": "new-password"}),
    )

    def clean_password(self) -> str:
        validate_password(self.cleaned_data["password"], self.person)
        return self.cleaned_data["password"]

    def clean_again(self) -> str:
        if self.data.get("password") != self.cleaned_data["again"]:
            raise ValidationError(_("The two passwords are not the same."))
        return self.cleaned_data["again"]


class ChangePassword(NewPassword):
    """A new password, from somebody who knows the old one."""

    field_order = ["old", "password", "again"]

    old = forms.CharField(
        label=_("Your password now"),
        strip=False,
        max_length=4096,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )

    def clean_old(self) -> str:
        if not self.person.check_password(self.cleaned_data["old"]):
            raise ValidationError(_("This is not your password."), code="wrong")
        return self.cleaned_data["old"]
