from datetime import datetime
from itertools import islice

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from openmoss.errors import Invalid
from openmoss.pages.forms import Form
from tasks.recurrence import LONGEST_CRON, LONGEST_ZONE, CatchUp, Overlap, Schedule

SHOWN_TIMES = 5


class ScheduleFields(Form):
    """When the clock makes work; the fields are named as the service names them."""

    cron = forms.CharField(
        label=_("Schedule"),
        max_length=LONGEST_CRON,
        help_text=_(
            "Minute, hour, day of month, month, day of week: “0 9 * * 1-5” is nine o'clock from Monday to Friday."
        ),
    )
    timezone = forms.CharField(
        label=_("Time zone"),
        max_length=LONGEST_ZONE,
        initial=timezone.get_current_timezone_name,
        help_text=_("For example UTC, Europe/Berlin or Asia/Shanghai."),
    )
    overlap = forms.ChoiceField(
        label=_("When the last one is unfinished at its time"),
        choices=[(Overlap.SKIP, _("Skip this time")), (Overlap.QUEUE, _("Make up for it afterwards"))],
    )
    catch_up = forms.ChoiceField(
        label=_("When times were missed because the server stood still"),
        choices=[(CatchUp.ONE, _("Make up for the latest one")), (CatchUp.SKIP, _("Skip them"))],
    )

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.fields["cron"].mono = True

    @property
    def next_times(self) -> list[datetime]:
        """Return when it would be due next, as far as the form can be read."""
        try:
            return next_times(str(self["cron"].value() or ""), str(self["timezone"].value() or ""))
        except Invalid:
            return []


def next_times(cron: str, zone: str) -> list[datetime]:
    """Return the next five times of a schedule, in its own zone; raise Invalid when it is none."""
    schedule = Schedule(cron, zone)
    at = schedule.after(timezone.now())
    zone = schedule.zone
    return [
        at.astimezone(zone),
        *(time.astimezone(zone) for time in islice(schedule.times(at), SHOWN_TIMES - 1)),
    ]
