"""How the last days went: what was created, done, judged, scored and asked, day by day of the reader."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache

from django.db.models import Case, CharField, Count, F, IntegerField, QuerySet, Sum, Value, When
from django.utils import timezone

from agents.models import RequestHour
from openmoss.prepared import Prepared
from reviews.models import Review
from scoring.models import ScoreEntry
from tasks.models import SubTask
from tasks.workflow import Status


@dataclass
class Day:
    """The numbers of one day."""

    date: date
    created: int = 0
    done: int = 0
    approved: int = 0
    rejected: int = 0
    score: int = 0
    requests: int = 0

    @property
    def reviews(self) -> int:
        return self.approved + self.rejected

    @property
    def verdicts(self) -> dict[str, int]:
        return {"approved": self.approved, "rejected": self.rejected}

    @property
    def reject_rate(self) -> float | None:
        return 100 * self.rejected / self.reviews if self.reviews else None


def days(count: int) -> list[Day]:
    """Return the last days in the reader's zone, today last; takes one query.

    The request log has its own sums by the hour, as it may hold millions of calls: an hour counts for the day
    in which it begins.
    """
    today = timezone.localdate()
    days = [Day(today - timedelta(days=back)) for back in range(count - 1, -1, -1)]
    starts = [_midnight(day.date) for day in days]
    for what, place, number in _numbers_of(count)(**_named(starts)):
        setattr(days[place], what, int(number))
    return days


def total(days: list[Day]) -> Day:
    """Return the sum of days, under the date of the first."""
    names = ("created", "done", "approved", "rejected", "score", "requests")
    return Day(days[0].date, **{name: sum(getattr(day, name) for day in days) for name in names})


def _midnight(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, datetime.min.time()))


def _named(starts: list) -> dict:
    return {f"day_{place}": start for place, start in enumerate(starts)}


@cache
def _numbers_of(count: int) -> Prepared:
    """Return the statement for so many days: to make it takes ten times as long as to run it."""
    return Prepared(lambda **starts: _numbers(list(starts.values())), **_named([datetime] * count))


def _numbers(starts: list[datetime]) -> QuerySet:
    done = SubTask.objects.filter(status=Status.DONE)
    first, *others = (
        _by_day(rows.order_by(), what, field, starts, number)
        for what, rows, field, number in (
            (Value("created", output_field=CharField()), SubTask.objects.all(), "created_at", Count("pk")),
            (Value("done", output_field=CharField()), done, "completed_at", Count("pk")),
            (F("result"), Review.objects.all(), "created_at", Count("pk")),
            (
                Value("score", output_field=CharField()),
                ScoreEntry.objects.all(),
                "created_at",
                Sum("score_delta"),
            ),
            (Value("requests", output_field=CharField()), RequestHour.objects.all(), "hour", Sum("calls")),
        )
    )
    return first.union(*others, all=True)


def _by_day(rows: QuerySet, what, field: str, starts: list[datetime], number) -> QuerySet:
    # Compared with the beginnings of the days, which are worked out here: a database that cuts moments into
    # days of a time zone by itself calls back into Python for each row (SQLite).
    day = Case(
        *(
            When(**{f"{field}__gte": start}, then=Value(place))
            for place, start in reversed([*enumerate(starts)])
        ),
        output_field=IntegerField(),
    )
    rows = rows.filter(**{f"{field}__gte": starts[0]}).annotate(what=what, day=day)
    return rows.values("what", "day").annotate(number=number).values_list("what", "day", "number")
