"""Forms in which people write rules, and look for them."""

from django import forms
from django.utils.translation import gettext_lazy as _

from agents.forms.prompts import Previewed, Writing
from openmoss.api.fields import LONGEST_TEXT
from tasks.models import RuleScope


class NewRule(Writing):
    long = "content"

    content = forms.CharField(label=_("Rule"), max_length=LONGEST_TEXT, strip=False, widget=Previewed())


class EditRule(NewRule):
    # By which the words that were on the screen are known again.
    seen = forms.CharField(max_length=64, widget=forms.HiddenInput)


SCOPES = [
    ("", _("All")),
    (RuleScope.GLOBAL, _("For everything")),
    (RuleScope.TASK, _("For one task")),
    (RuleScope.SUB_TASK, _("For one sub-task")),
]
