"""Ranks and sums. Everywhere the same ranking: equal scores share a rank and the next one is skipped."""

from uuid import UUID

from django.db.models import Count, F, Q, QuerySet, Value, Window
from django.db.models.functions import Rank

from agents.models import Agent
from openmoss.prepared import Prepared
from scoring.models import ScoreEntry

MOST_AGENTS = 500


def leaderboard() -> list[Agent]:
    """Return everybody who has not retired with a `rank`, best first."""
    rank = Window(Rank(), order_by=F("total_score").desc())
    return list(Agent.objects.present().annotate(rank=rank).order_by("-total_score", "name")[:MOST_AGENTS])


def entries(*, agent: Agent | None = None, sign: str = "", text: str = "") -> QuerySet[ScoreEntry]:
    """Return entries of the ledger: of one agent, only `rewards` or `penalties`, or with a text in the reason."""
    rows = ScoreEntry.objects.select_related("agent", "sub_task")
    if agent is not None:
        rows = rows.filter(agent=agent)
    if sign:
        rows = rows.filter(score_delta__gt=0) if sign == "rewards" else rows.filter(score_delta__lt=0)
    if text:
        rows = rows.filter(reason__icontains=text)
    return rows


def score_of(agent: Agent) -> dict:
    """Return an agent's score, rank and counts of entries."""
    rewards, penalties, records = next(iter(_COUNTS(agent=agent.pk)), (0, 0, 0))
    ((ahead, total),) = _STANDING(score=agent.total_score)
    return {
        "agent_id": agent.pk,
        "agent_name": agent.name,
        "total_score": agent.total_score,
        "rank": ahead + 1,
        "total_agents": total,
        "reward_count": rewards,
        "penalty_count": penalties,
        "total_records": records,
    }


_COUNTS = Prepared(
    lambda agent: (
        ScoreEntry.objects.filter(agent_id=agent)
        .order_by()
        .values("agent_id")
        .annotate(
            rewards=Count("pk", filter=Q(score_delta__gt=0)),
            penalties=Count("pk", filter=Q(score_delta__lt=0)),
            records=Count("pk"),
        )
        .values_list("rewards", "penalties", "records")
    ),
    agent=UUID,
)
_STANDING = Prepared(
    lambda score: (
        Agent.objects.present()
        .order_by()
        .annotate(all=Value(1))
        .values("all")
        .annotate(ahead=Count("pk", filter=Q(total_score__gt=score)), total=Count("pk"))
        .values_list("ahead", "total")
    ),
    score=int,
)
