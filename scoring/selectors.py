"""Ranks and sums. Everywhere the same ranking: equal scores share a rank and the next one is skipped."""

from django.db.models import Count, F, Q, Window
from django.db.models.functions import Rank

from agents.models import Agent
from scoring.models import ScoreEntry

MOST_AGENTS = 500


def leaderboard() -> list[Agent]:
    """Return everybody who has not retired with a `rank`, best first."""
    rank = Window(Rank(), order_by=F("total_score").desc())
    return list(Agent.objects.present().annotate(rank=rank).order_by("-total_score", "name")[:MOST_AGENTS])


def score_of(agent: Agent) -> dict:
    """Return an agent's score, rank and counts of entries."""
    present = Agent.objects.present()
    counts = ScoreEntry.objects.filter(agent=agent).aggregate(
        reward_count=Count("pk", filter=Q(score_delta__gt=0)),
        penalty_count=Count("pk", filter=Q(score_delta__lt=0)),
        total_records=Count("pk"),
    )
    standing = present.aggregate(
        ahead=Count("pk", filter=Q(total_score__gt=agent.total_score)), total_agents=Count("pk")
    )
    return {
        "agent_id": agent.pk,
        "agent_name": agent.name,
        "total_score": agent.total_score,
        "rank": standing["ahead"] + 1,
        "total_agents": standing["total_agents"],
        **counts,
    }
