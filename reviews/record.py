"""How well somebody works, by what reviewers said of it."""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from itertools import accumulate
from statistics import median

from django.db.models import Case, Count, IntegerField, Max, Q, Sum, Value, When
from django.utils import timezone

from agents.models import Agent
from reviews.models import Result, Review
from scoring.models import ScoreEntry
from scoring.selectors import leaderboard
from tasks.models import SubTask
from tasks.workflow import Status

TREND_DAYS = 30
# A median needs no more, and a history of years must not be read for it.
MOST_DONE = 5000


@dataclass
class Record:
    """An agent on the leaderboard, with what its place rests on."""

    agent: Agent
    trend: list[int] = field(default_factory=list)  # the score at the end of each of the last days
    reviews: int = 0
    sent_back: int = 0
    judged: int = 0  # sub-tasks
    first_pass: int = 0  # of them, approved in the first round
    rewards: int = 0
    penalties: int = 0
    last_change: object = None
    median: timedelta | None = None  # from being handed to somebody to being done

    @property
    def rank(self) -> int:
        return self.agent.rank

    @property
    def first_pass_rate(self) -> int | None:
        """Percent of the judged sub-tasks that were approved in the first round."""
        return round(100 * self.first_pass / self.judged) if self.judged else None

    @property
    def rework_rate(self) -> int | None:
        """Percent of the reviews that sent work back."""
        return round(100 * self.sent_back / self.reviews) if self.reviews else None


def records() -> list[Record]:
    """Return everybody who has not retired, best first, in a fixed number of queries."""
    rows = {agent.pk: Record(agent) for agent in leaderboard()}
    for said in _verdicts():
        if record := rows.get(said.pop("assignee_id")):
            vars(record).update(said)
    for said in _ledger():
        if record := rows.get(said.pop("agent_id")):
            vars(record).update(said)
    for agent_id, times in _times_to_done().items():
        if record := rows.get(agent_id):
            record.median = median(times)
    changes = _changes()
    for agent_id, record in rows.items():
        record.trend = _trend(record.agent.total_score, changes.get(agent_id, {}))
    return list(rows.values())


def summary(everybody: list[Record]) -> dict:
    """Return what the scores of all look like together."""
    scores = [record.agent.total_score for record in everybody]
    return {
        "top": max(scores, default=0),
        "average": round(sum(scores) / len(scores), 1) if scores else 0,
        "above": sum(score > 0 for score in scores),
        "zero": sum(score == 0 for score in scores),
        "below": sum(score < 0 for score in scores),
    }


def _verdicts():
    first = Q(round=1)
    return (
        Review.objects.order_by()
        .values("assignee_id")
        .annotate(
            reviews=Count("pk"),
            sent_back=Count("pk", filter=Q(result=Result.REJECTED)),
            judged=Count("pk", filter=first),
            first_pass=Count("pk", filter=first & Q(result=Result.APPROVED)),
        )
    )


def _ledger():
    return (
        ScoreEntry.objects.order_by()
        .values("agent_id")
        .annotate(
            rewards=Count("pk", filter=Q(score_delta__gt=0)),
            penalties=Count("pk", filter=Q(score_delta__lt=0)),
            last_change=Max("created_at"),
        )
    )


def _times_to_done() -> dict:
    done = SubTask.objects.filter(status=Status.DONE, assigned_at__isnull=False)
    times = defaultdict(list)
    newest = done.order_by("-created_at").values_list("assignee_id", "assigned_at", "completed_at")
    for agent_id, began, ended in newest[:MOST_DONE]:
        times[agent_id].append(ended - began)
    return times


def _changes() -> dict[object, dict[date, int]]:
    days = _last_days()
    starts = [timezone.make_aware(datetime.combine(day, time.min)) for day in days]
    # Compared with the beginnings of the days, which are worked out here: a database that cuts moments into
    # days of a time zone by itself calls back into Python for each row (SQLite).
    places = (When(created_at__gte=start, then=Value(place)) for place, start in enumerate(starts))
    sums = (
        ScoreEntry.objects.filter(created_at__gte=starts[-1])
        .order_by()
        .annotate(place=Case(*places, output_field=IntegerField()))
        .values_list("agent_id", "place")
        .annotate(change=Sum("score_delta"))
    )
    changes = defaultdict(dict)
    for agent_id, place, change in sums:
        changes[agent_id][days[place]] = change
    return changes


def _trend(score: int, changes: dict[date, int]) -> list[int]:
    # Backwards from the score of today, which is certain.
    before = accumulate((-changes.get(day, 0) for day in _last_days()), initial=score)
    return list(before)[::-1]


def _last_days() -> list[date]:
    today = timezone.localdate()
    return [today - timedelta(days=back) for back in range(TREND_DAYS)]
