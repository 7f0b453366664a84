"""How well somebody works, by what reviewers said of it."""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import accumulate
from statistics import median

from django.db.models import Count, Max, Q, Sum
from django.db.models.functions import TruncDate
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
    since = timezone.now() - timedelta(days=TREND_DAYS)
    changes = defaultdict(dict)
    days = (
        ScoreEntry.objects.filter(created_at__gte=since)
        .order_by()
        .annotate(day=TruncDate("created_at"))
        .values_list("agent_id", "day")
        .annotate(change=Sum("score_delta"))
    )
    for agent_id, day, change in days:
        changes[agent_id][day] = change
    return changes


def _trend(score: int, changes: dict[date, int]) -> list[int]:
    today = timezone.localdate()
    days = [today - timedelta(days=back) for back in range(TREND_DAYS)]
    # Backwards from the score of today, which is certain.
    before = accumulate((-changes.get(day, 0) for day in days), initial=score)
    return list(before)[::-1]
