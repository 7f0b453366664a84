"""Agents that are missed, or whose work gets worse."""

from collections.abc import Iterator
from datetime import datetime, timedelta, timezone

from django.db.models import Count, Min, OuterRef, Subquery, Value
from django.db.models.functions import Coalesce

from agents.models import Agent
from openmoss.access import Role
from openmoss.durations import in_words
from patrol.detectors.scene import Scene
from patrol.detectors.symptom import Symptom, graded
from patrol.models import FindingKind, Severity
from scoring.models import ScoreEntry

_LONG_AGO = datetime(1970, 1, 1, tzinfo=timezone.utc)
_WAITS = {
    Role.EXECUTOR: "free work waits",
    Role.REVIEWER: "work waits for its review",
    Role.PLANNER: "decisions wait",
}


def agent_silent(scene: Scene) -> Iterator[Symptom]:
    """Find agents that have not been heard of for too long although there is work for them."""
    limits = scene.limits
    for role in (Role.EXECUTOR, Role.REVIEWER, Role.PLANNER):
        for agent in scene.active(role):
            work_since = agent.held_since if role == Role.EXECUTOR else scene.waits_since(role)
            if work_since is None:
                continue
            silence = scene.silence(agent, work_since)
            usual = timedelta(seconds=(agent.usual_interval or 0) * limits.silent_intervals)
            severity = graded(
                silence,
                warning=max(usual, timedelta(minutes=limits.silent_warning)),
                critical=timedelta(minutes=limits.silent_critical),
            )
            if severity:
                work = "holding work" if role == Role.EXECUTOR else f"while {_WAITS[role]}"
                seen = "has been silent" if agent.last_seen_at else "has never been heard of, silent"
                yield Symptom(
                    FindingKind.AGENT_SILENT,
                    severity,
                    f"The {role} {agent} {seen} for {in_words(silence)}, {work}.",
                    since=scene.now - silence,
                    agent=agent.pk,
                )


def nobody_eligible(scene: Scene) -> Iterator[Symptom]:
    """Find roles that work waits for and that no active agent has."""
    for role, waits in _WAITS.items():
        since = scene.waits_since(role)
        if since is not None and not scene.active(role):
            yield Symptom(
                FindingKind.NOBODY_ELIGIBLE,
                Severity.CRITICAL,
                f"There is no active {role}, and {waits}, by now {in_words(scene.now - since)}.",
                since=since,
                role=role,
            )


def score_drop(scene: Scene) -> Iterator[Symptom]:
    """Find agents whose last score entries are all negative."""
    limits = scene.limits
    mine = ScoreEntry.objects.filter(agent=OuterRef("pk")).order_by()
    last_good = mine.filter(score_delta__gt=0).order_by("-created_at").values("created_at")[:1]
    since_then = mine.filter(created_at__gt=Coalesce(OuterRef("last_good"), Value(_LONG_AGO)))
    agents = (
        Agent.objects.present()
        .annotate(last_good=Subquery(last_good))
        .annotate(
            drops=Subquery(since_then.values("agent").annotate(n=Count("pk")).values("n")),
            began=Subquery(since_then.values("agent").annotate(first=Min("created_at")).values("first")),
        )
        .filter(drops__gte=limits.score_drop_warning)
    )
    for agent in agents.order_by():
        yield Symptom(
            FindingKind.SCORE_DROP,
            graded(agent.drops, warning=limits.score_drop_warning, critical=limits.score_drop_critical),
            f"The last {agent.drops} score entries of {agent} are all negative.",
            since=agent.began,
            agent=agent.pk,
            rounds=agent.drops,
        )
