"""The settings, one form for each section of the page."""

import copy
import hashlib
import json

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from notifications.forms import WithEvents
from openmoss import config_file
from openmoss.access import Role
from openmoss.models import OnCritical, SiteSettings
from openmoss.pages.forms import Form
from openmoss.templatetags.console import label


class Section(forms.ModelForm, Form):
    """Some of the settings; what somebody else changed meanwhile is not overwritten unseen."""

    seen = forms.CharField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args, instance: SiteSettings, **kwargs) -> None:
        super().__init__(*args, instance=instance, **kwargs)
        self.site = copy.copy(instance)  # checking the form changes the instance
        self.fields["seen"].initial = self._digest()
        said = config_file.said()
        self.lock(self.fields.keys() & said.settings.keys(), by=said.path.name)

    def clean(self) -> dict:
        values = super().clean()
        if values.get("seen") != self._digest():
            raise ValidationError(
                _("Somebody else changed these settings while you looked at them. Load the page again.")
            )
        return values

    def changes(self) -> dict:
        """Return the settings as they were typed."""
        return {name: self.cleaned_data[name] for name in self._meta.fields}

    def _digest(self) -> str:
        values = [getattr(self.site, name) for name in self._meta.fields]
        return hashlib.sha256(json.dumps(values).encode()).hexdigest()[:16]


class Project(Section):
    external_url = SiteSettings._meta.get_field("external_url").formfield(
        label=_("Address for agents"),
        assume_scheme="https",
        help_text=_(
            "For example https://moss.example.org. It goes into the instructions for new agents and into the "
            "links of notifications; while it is empty, agents are told the address under which the server "
            "is called."
        ),
    )

    class Meta:
        model = SiteSettings
        fields = ["project_name", "workspace_root", "external_url"]
        labels = {
            "project_name": _("Name of the project"),
            "workspace_root": _("Workspace"),
        }
        help_texts = {
            "project_name": _("It stands at the top of every page, and agents read it in their rules."),
            "workspace_root": _("The folder that all agents share, as it is called on their machines."),
        }


class Agents(Section):
    registration_roles = forms.MultipleChoiceField(
        label=_("Roles that the token is good for"),
        required=False,
        choices=lambda: [(role, label(role)) for role in Role.values],
        widget=forms.CheckboxSelectMultiple,
        help_text=_("None chosen means all of them."),
    )

    class Meta:
        model = SiteSettings
        fields = ["allow_registration", "registration_roles", "public_feed"]
        labels = {
            "allow_registration": _("Agents may register by themselves with the token"),
            "public_feed": _("Show the feed of calls to everybody, without signing in"),
        }
        help_texts = {
            "allow_registration": _(
                "Without it, each agent joins with a code of its own that you make for it."
            ),
            "public_feed": _("It shows names of agents, tasks and sub-tasks, and what agents sent."),
        }


class Notifications(WithEvents, Section):
    class Meta:
        model = SiteSettings
        fields = ["notifications_enabled"]
        labels = {"notifications_enabled": _("Tell people what happens")}
        help_texts = {
            "notifications_enabled": _(
                "Through the channels; what happened while this was off is not told later."
            )
        }

    def __init__(self, *args, instance: SiteSettings, **kwargs) -> None:
        super().__init__(*args, instance=instance, **kwargs)
        self.show_events(instance.notification_events)
        said = config_file.said()
        if "notification_events" in said.settings:
            self.lock(["usual", "more"], by=said.path.name)

    def changes(self) -> dict:
        return super().changes() | {"notification_events": self.cleaned_data["events"]}

    def _digest(self) -> str:
        return (
            super()._digest()
            + hashlib.sha256(json.dumps(self.site.notification_events).encode()).hexdigest()[:16]
        )


class Patrol(Section):
    # What is watched, what it means, and the settings of its warning and its critical limit.
    LIMITS = [
        (_("Too long in progress"), _("minutes since it was started; critical only if its holder is silent too"), "timeout"),
        (_("No change and no word"), _("minutes"), "stuck"),
        (_("Not taken, not started, or its holder gone"), _("minutes"), "orphan"),
        (_("Sent back again and again"), _("rounds of rework"), "rework"),
        (_("Penalties in a row"), _("score entries"), "score_drop"),
        (_("Waits for its review"), _("minutes"), "review"),
        (_("A task with nothing left to do in it"), _("minutes"), "plan"),
        (_("An agent with work is silent"), _("minutes"), "silent"),
        (_("A call for help is not answered"), _("minutes"), "help"),
    ]  # fmt: skip
    OTHERS = ["timeout_silent", "timeout_limit", "silent_intervals"]

    class Meta:
        model = SiteSettings
        fields = [
            "on_critical",
            *(f"{what}_{level}" for what in
              ("timeout", "stuck", "orphan", "rework", "score_drop", "review", "plan", "silent", "help")
              for level in ("warning", "critical")),
            "timeout_silent",
            "timeout_limit",
            "silent_intervals",
        ]  # fmt: skip
        labels = {
            "on_critical": _("When running work becomes critical"),
            "timeout_silent": _("A holder counts as silent after (minutes)"),
            "timeout_limit": _("In progress it is critical in any case after (minutes)"),
            "silent_intervals": _("An agent may miss so many of its usual intervals"),
        }
        help_texts = {"on_critical": "", "timeout_silent": "", "timeout_limit": "", "silent_intervals": ""}

    on_critical = forms.ChoiceField(
        label=_("When running work becomes critical"),
        choices=[
            (OnCritical.BLOCK, _("Block it until the planner decides")),
            (OnCritical.REQUEUE, _("Give it back, free for anybody")),
            (OnCritical.TELL, _("Only tell")),
        ],
    )

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        for title, unit, what in self.LIMITS:
            for level in ("warning", "critical"):
                said = f"{title}, {label(level)} ({unit})"
                self.fields[f"{what}_{level}"].widget.attrs |= {"aria-label": said}

    def limits(self) -> list[dict]:
        """Return what is watched, each with its two limits, for the table."""
        return [
            {
                "title": title,
                "unit": unit,
                "warning": self[f"{what}_warning"],
                "critical": self[f"{what}_critical"],
            }
            for title, unit, what in self.LIMITS
        ]

    def others(self) -> list:
        return [self[name] for name in self.OTHERS]


class Retention(Section):
    class Meta:
        model = SiteSettings
        fields = ["request_log_days", "activity_log_days", "event_days", "delivery_days", "job_run_days"]
        labels = {
            "request_log_days": _("Calls of agents (days)"),
            "activity_log_days": _("What agents said (days)"),
            "event_days": _("What happened (days)"),
            "delivery_days": _("Notifications that were sent or given up (days)"),
            "job_run_days": _("What the clock did (days)"),
        }
        help_texts = {
            "request_log_days": _("They make the feed. 1 to 365 days."),
            "activity_log_days": _("0 keeps it for good. What open work needs is kept in any case."),
            "event_days": _("0 keeps it for good. Timelines, statistics and the audit trail are made of it."),
            "delivery_days": _("0 keeps them for good."),
            "job_run_days": _("0 keeps it for good."),
        }


class Token(Form):
    """A token: typed, or made at random."""

    token = forms.CharField(
        label=_("A token of your own"),
        required=False,
        max_length=200,
        help_text=_("Leave this empty for one made at random."),
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
