"""Reads for the pages of agents: who works here, at what, how it goes, and when they should come again."""

from dataclasses import dataclass
from datetime import timedelta

from django.db.models import Case, Count, F, Q, QuerySet, When, Window
from django.db.models.functions import Coalesce, RowNumber
from django.http import QueryDict
from django.utils import timezone

from agents.models import Agent, AgentStatus, Enrolment, RequestLog
from agents.selectors import pulses
from agents.waking import APART, expected_at
from notifications.models import Event
from openmoss.access import Role
from openmoss.api.pagination import choice
from reviews.models import Review
from scoring.models import ScoreEntry
from scoring.selectors import score_of
from tasks.models import ActivityLog, SubTask
from tasks.workflow import HELD, OPEN, Status

SHOWN = 2  # of what an agent holds, in a list of agents
MOST_HELD = 20
VERDICTS = 20
SCORES = 40
MOST_CODES = 20

ORDERS = {
    "seen": ("-seen", "-pk"),
    "score": ("-total_score", "-pk"),
    "name": ("name",),
}
# What an agent is at comes before what waits for it.
_NEAREST = (
    Case(
        *(
            When(status=status, then=place)
            for place, status in enumerate(
                (Status.IN_PROGRESS, Status.REWORK, Status.ASSIGNED, Status.BLOCKED, Status.REVIEW)
            )
        ),
        default=9,
    ),
    "status_since",
    "pk",
)


@dataclass(frozen=True)
class Wanted:
    """Which agents a person asked for in the address."""

    role: str
    status: str
    q: str
    sort: str

    @classmethod
    def of(cls, query: QueryDict) -> "Wanted":
        sort = query.get("sort", "")
        return cls(
            role=choice(query, "role", Role) or "",
            status=choice(query, "status", AgentStatus) or "",
            q=query.get("q", "").strip()[:100],
            sort=sort if sort in ORDERS else "seen",
        )

    @property
    def is_narrow(self) -> bool:
        return bool(self.role or self.status or self.q)

    @property
    def order(self) -> tuple:
        return ORDERS[self.sort]

    def agents(self) -> QuerySet[Agent]:
        """Return those agents, who has retired only when asked for; `seen` is when they were, or were hired."""
        rows = Agent.objects.filter(status=self.status) if self.status else Agent.objects.present()
        if self.role:
            rows = rows.filter(role=self.role)
        for word in self.q.split():
            rows = rows.filter(Q(name__icontains=word) | Q(description__icontains=word))
        return rows.annotate(seen=Coalesce("last_seen_at", "created_at"))


def with_work(agents: list[Agent]) -> list[Agent]:
    """Add to agents `pulse`, `expected_at`, `is_late`, `open_count` and `holds`, the nearest of their open work."""
    beats = pulses(agents)
    held = {agent.pk: [] for agent in agents}
    mine = Window(RowNumber(), partition_by=F("assignee"), order_by=_NEAREST)
    # Only ids go through the window: the briefs of ten thousand sub-tasks would be carried along and dropped.
    nearest = (
        SubTask.objects.filter(assignee__in=agents, status__in=OPEN)
        .annotate(place=mine, of=Window(Count("pk"), partition_by=F("assignee")))
        .filter(place__lte=SHOWN)
        .order_by("place")
        .values_list("pk", "assignee", "of")
    )
    rows = list(nearest)
    sub_tasks = SubTask.objects.only("name", "status").in_bulk([pk for pk, _, _ in rows])
    counts = {assignee: of for _, assignee, of in rows}
    for pk, assignee, _ in rows:
        held[assignee].append(sub_tasks[pk])
    for agent in agents:
        agent.holds = held[agent.pk]
        agent.open_count = counts.get(agent.pk, 0)
        agent.pulse = beats.get(agent.pk, [])
        _with_rhythm(agent)
    return agents


def _with_rhythm(agent: Agent) -> None:
    agent.expected_at = expected_at(agent) if agent.status == AgentStatus.ACTIVE else None
    # Nobody is as regular as a clock: who misses one wake-up is not late yet.
    missed = max(timedelta(seconds=agent.usual_interval or 0), APART * 2)
    agent.is_late = agent.expected_at is not None and agent.expected_at + missed < timezone.now()


def open_work_of(agent: Agent) -> dict[str, int]:
    """Return how much open work an agent has by status."""
    counts = SubTask.objects.filter(assignee=agent, status__in=OPEN).order_by().values_list("status")
    return dict(counts.annotate(Count("pk")))


def returned_if_retired(agent: Agent) -> int:
    """Return how many sub-tasks would be free for others if an agent retired."""
    counts = open_work_of(agent)
    return sum(counts.get(status, 0) for status in HELD | {Status.BLOCKED})


def missing_roles() -> list[str]:
    """Return the roles for which nobody works here."""
    present = set(Agent.objects.active().order_by().values_list("role", flat=True).distinct())
    return [role for role in Role.values if role not in present]


def open_codes() -> list[Enrolment]:
    """Return the newest codes that nobody has used, also those that expired."""
    return list(Enrolment.objects.unsettled()[:MOST_CODES])


def newest() -> str:
    """Return what changes whenever an agent calls or anything happens."""
    calls = RequestLog.objects.order_by("-pk").values_list("pk", flat=True)
    events = Event.objects.order_by("-pk").values_list("pk", flat=True)
    return f"{calls.first() or 0}.{events.first() or 0}"


@dataclass(frozen=True)
class Portrait:
    """One agent, as its page shows it."""

    agent: Agent
    held: list[SubTask]
    counts: dict[str, int]
    standing: dict
    trend: list[int]
    verdicts: list[Review]

    @property
    def open_count(self) -> int:
        return sum(self.counts.values())

    @property
    def gives_verdicts(self) -> bool:
        return self.agent.role == Role.REVIEWER


def portrait(agent: Agent) -> Portrait:
    """Return what there is to say of an agent, in a fixed number of queries."""
    agent.pulse = pulses([agent]).get(agent.pk, [])
    _with_rhythm(agent)
    judged = Review.objects.filter(reviewer=agent) if agent.role == Role.REVIEWER else agent.reviews_received
    return Portrait(
        agent=agent,
        held=list(
            SubTask.objects.filter(assignee=agent, status__in=OPEN)
            .select_related("task")
            .order_by(*_NEAREST)[:MOST_HELD]
        ),
        counts=open_work_of(agent),
        standing=score_of(agent),
        trend=_trend(agent),
        verdicts=list(judged.select_related("sub_task")[:VERDICTS])[::-1],
    )


def _trend(agent: Agent) -> list[int]:
    """Return the last scores of an agent, oldest first."""
    deltas = ScoreEntry.objects.filter(agent=agent).values_list("score_delta", flat=True)[:SCORES]
    scores = [agent.total_score]
    for delta in deltas:
        scores.append(scores[-1] - delta)
    return scores[::-1]


# The tabs of an agent's page, and the order of what is in them.
TAB_ORDERS = {
    "work": ("-created_at", "-pk"),
    "requests": ("-at", "-pk"),
    "activity": ("-created_at", "-pk"),
    "scores": ("-created_at", "-pk"),
}
TABS = list(TAB_ORDERS)


def rows_of(agent: Agent, tab: str) -> QuerySet:
    """Return what a tab of an agent's page lists."""
    rows = {
        "work": SubTask.objects.select_related("task").filter(assignee=agent),
        "requests": RequestLog.objects.filter(agent=agent),
        "activity": ActivityLog.objects.select_related("sub_task").filter(agent=agent),
        "scores": ScoreEntry.objects.select_related("sub_task").filter(agent=agent),
    }
    return rows[tab]
