"""What every page of the console has to know: is something wrong? Cheap, as it is asked all day."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property

from django.db.models import CharField, Count, F, IntegerField, Max, Min, QuerySet, Value
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from notifications.models import Delivery
from openmoss.clock import SILENT_AFTER, TICK
from openmoss.durations import in_words
from openmoss.models import JobClock, SiteSettings
from openmoss.prepared import Prepared
from patrol.models import Finding, Severity
from reviews.models import Review
from tasks.models import SubTask
from tasks.workflow import Status

LATELY = timedelta(days=1)


@dataclass(frozen=True)
class Alarm:
    """A sentence about something that is wrong, and where to look."""

    text: str
    url: str


class Pulse:
    """The few numbers behind the alarms, read in one query."""

    def __init__(self, site: SiteSettings) -> None:
        self._site = site
        self.now = timezone.now()

    @cached_property
    def _read(self) -> dict[str, tuple[int, datetime | None]]:
        return {what: (count, at) for what, count, at in _PULSE(since=self.now - LATELY)}

    @property
    def critical(self) -> int:
        return self._read.get(Severity.CRITICAL, (0, None))[0]

    @property
    def findings(self) -> int:
        return self.critical + self._read.get(Severity.WARNING, (0, None))[0]

    @property
    def alarms(self) -> list[Alarm]:
        """Return what is wrong; nothing as long as all is well."""
        return [
            alarm for alarm in (self._clock(), self._findings(), self._reviews(), self._unsent()) if alarm
        ]

    def _clock(self) -> Alarm | None:
        _count, tick = self._read.get("tick", (0, None))
        if tick is None:
            return Alarm(_("The worker has never run, so nothing is patrolled or sent"), reverse("patrol"))
        if self.now - tick < SILENT_AFTER:
            return None
        length = in_words(self.now - tick)
        return Alarm(_("The worker has not been seen for %(length)s") % {"length": length}, reverse("patrol"))

    def _findings(self) -> Alarm | None:
        if not self.critical:
            return None
        text = ngettext("%(count)s critical finding", "%(count)s critical findings", self.critical)
        return Alarm(text % {"count": self.critical}, f"{reverse('patrol')}?severity=critical")

    def _reviews(self) -> Alarm | None:
        waiting, oldest = self._read["review"]
        _count, last = self._read["reviewed"]
        if not waiting:
            return None
        length = self.now - max(filter(None, (oldest, last)))
        if length < timedelta(minutes=self._site.review_warning):
            return None
        text = ngettext(
            "Nothing reviewed for %(length)s while %(count)s waits",
            "Nothing reviewed for %(length)s while %(count)s wait",
            waiting,
        )
        return Alarm(text % {"length": in_words(length), "count": waiting}, reverse("reviews"))

    def _unsent(self) -> Alarm | None:
        count, _at = self._read["given_up"]
        if not count:
            return None
        text = ngettext(
            "%(count)s notification of the last 24 hours could not be sent",
            "%(count)s notifications of the last 24 hours could not be sent",
            count,
        )
        return Alarm(text % {"count": count}, f"{reverse('deliveries')}?state=given_up")


def _pulse(since: datetime) -> QuerySet:
    in_review = SubTask.objects.filter(status=Status.REVIEW).in_open_tasks()
    given_up = Delivery.objects.given_up().filter(queued_at__gte=since)
    # Where only the time matters, counting would read the whole table.
    all_of_them, none = Count("pk"), Value(0, output_field=IntegerField())
    first, *others = (
        rows.order_by()
        .annotate(what=what if isinstance(what, F) else Value(what, output_field=CharField()))
        .values("what")
        .annotate(count=count, at=at)
        .values_list("what", "count", "at")
        for what, rows, count, at in (
            (F("severity"), Finding.objects.open(), all_of_them, Max("created_at")),
            ("tick", JobClock.objects.filter(pk=TICK), none, Max("started_at")),
            ("review", in_review, all_of_them, Min("status_since")),
            ("reviewed", Review.objects.all(), none, Max("created_at")),
            ("given_up", given_up, all_of_them, Max("queued_at")),
        )
    )
    return first.union(*others, all=True)


_PULSE = Prepared(_pulse, since=datetime)
