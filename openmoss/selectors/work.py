"""What counts as work for whom: the one selector behind `peek` and `brief`, so that they never disagree."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Case, CharField, Exists, F, OuterRef, Q, QuerySet, Value, When
from django.utils import timezone

from agents.models import Agent
from openmoss.access import Role
from openmoss.prepared import Prepared
from patrol.models import Finding, FindingKind, Severity
from tasks.models import Dependency, Kind, SubTask, Task, urgency
from tasks.selectors import HELP_KEPT_FOR, unanswered_calls
from tasks.workflow import HELD, Status

MOST_ITEMS = 50
# So many free sub-tasks are shown to one executor; the others find theirs among the rest.
MOST_FREE = 5
# Work in progress of an agent that was heard of within this time is being done right now, perhaps in
# another conversation; waking it again would do the work twice.
AT_WORK = timedelta(minutes=30)


@dataclass(frozen=True)
class Item:
    """One thing to do: its kind, the row it is about, and since when it stands there."""

    kind: str
    id: UUID
    since: datetime
    actionable: bool = True

    @property
    def key(self) -> str:
        """Return a short name that changes when there is something new about it."""
        return f"{self.id.hex[:8]}{int(self.since.timestamp() * 1000) % 0xFFFFFF:x}"


def work_for(agent: Agent) -> list[Item]:
    """Return what there is to do for this agent, most urgent first, at most 50 items, in one query."""
    return sorted(_READERS[Role(agent.role)](agent), key=lambda item: not item.actionable)


def _executor_rows(agent: UUID) -> QuerySet:
    free = SubTask.objects.available().most_urgent_first().values("pk")[:MOST_FREE]
    waits_assigned = Q(status=Status.ASSIGNED) & ~Q(
        pk__in=SubTask.objects.with_dependencies_done().values("pk")
    )
    return (
        SubTask.objects.filter(Q(assignee=agent, status__in=HELD) | Q(pk__in=free))
        .exclude(waits_assigned)
        .order_by(_first(Status.REWORK, Status.IN_PROGRESS, Status.ASSIGNED), *urgency())
        .values_list("status", "pk", "status_since")[:MOST_ITEMS]
    )


_EXECUTOR_ROWS = Prepared(_executor_rows, agent=UUID)


def _executor(agent: Agent) -> list[Item]:
    at_work = agent.last_seen_at is not None and timezone.now() - agent.last_seen_at < AT_WORK
    kinds = {
        Status.REWORK: "rework",
        Status.IN_PROGRESS: "resume",
        Status.ASSIGNED: "assigned",
        Status.PENDING: "free",
    }
    return [
        Item(kinds[status], pk, since, actionable=not (status == Status.IN_PROGRESS and at_work))
        for status, pk, since in _EXECUTOR_ROWS(agent=agent.pk)
    ]


_QUEUE = Prepared(
    lambda agent: (
        SubTask.objects.filter(~Q(assignee=agent), status=Status.REVIEW)
        .order_by(*urgency())
        .values_list("pk", "status_since")[:MOST_ITEMS]
    ),
    agent=UUID,
)


def _reviewer(agent: Agent) -> list[Item]:
    return [Item("review", pk, since) for pk, since in _QUEUE(agent=agent.pk)]


def _planner_rows(help_since: datetime) -> QuerySet:
    return _union(
        (1, "blocked", SubTask.objects.filter(status=Status.BLOCKED).in_open_tasks(), "status_since"),
        (1, "stranded", _stranded(), "status_since"),
        (2, "help", unanswered_calls(since=help_since), "created_at"),
        (2, "finding", _for_planners(), "created_at"),
        (
            3,
            "unplanned",
            Task.objects.open().without_recurrence().filter(~Exists(_sub_tasks())),
            "created_at",
        ),
        (4, "closable", _closable(), "updated_at"),
        (5, "repeat", _to_repeat(), "completed_at"),
    )


_PLANNER_ROWS = Prepared(_planner_rows, help_since=datetime)


def _planner(agent: Agent) -> list[Item]:
    rows = _PLANNER_ROWS(help_since=timezone.now() - HELP_KEPT_FOR)
    return [Item(kind, pk, since) for _, kind, pk, since in rows]


def _for_planners() -> QuerySet[Finding]:
    """Return critical findings that show in no other item: not as blocked work, a question or a task at rest."""
    shown_otherwise = [FindingKind.PLAN_STALLED, FindingKind.HELP_UNANSWERED]
    critical = Finding.objects.open().filter(severity=Severity.CRITICAL).exclude(kind__in=shown_otherwise)
    return critical.filter(Q(sub_task=None) | ~Q(sub_task__status=Status.BLOCKED))


_FINDINGS = Prepared(
    lambda: (
        Finding.objects.open()
        .order_by(Case(When(severity=Severity.CRITICAL, then=0), default=1), "created_at")
        .values_list("pk", "created_at")[:MOST_ITEMS]
    )
)


def _patrol(agent: Agent) -> list[Item]:
    return [Item("finding", pk, since) for pk, since in _FINDINGS()]


_READERS: dict[Role, Callable[[Agent], list[Item]]] = {
    Role.EXECUTOR: _executor,
    Role.REVIEWER: _reviewer,
    Role.PLANNER: _planner,
    Role.PATROL: _patrol,
}


def _sub_tasks() -> QuerySet[SubTask]:
    return SubTask.objects.filter(task=OuterRef("pk"))


def _closable() -> QuerySet[Task]:
    finished = Task.objects.open().without_open_work().filter(Exists(_sub_tasks()), type=Kind.ONCE)
    return finished.without_recurrence()


def _stranded() -> QuerySet[SubTask]:
    """Return sub-tasks that wait for a cancelled one, which will never be done."""
    cancelled = Dependency.objects.filter(sub_task=OuterRef("pk"), needs__status=Status.CANCELLED)
    waiting = SubTask.objects.filter(Exists(cancelled), status__in=[Status.PENDING, Status.ASSIGNED])
    return waiting.in_open_tasks()


def _to_repeat() -> QuerySet[SubTask]:
    """Return done recurring sub-tasks without a schedule that nobody has created again."""
    newer = SubTask.objects.filter(
        task=OuterRef("task"), name=OuterRef("name"), created_at__gt=OuterRef("created_at")
    )
    return SubTask.objects.filter(
        ~Exists(newer), type=Kind.RECURRING, recurrence=None, status=Status.DONE
    ).in_open_tasks()


def _first(*statuses: str) -> Case:
    return Case(*(When(status=status, then=place) for place, status in enumerate(statuses)), default=9)


def _union(*parts: tuple[int, str, QuerySet, str]) -> QuerySet:
    """Read several kinds of work in one query, as rows of place, kind, id and since when."""
    first, *others = (
        queryset.order_by()
        .annotate(place=Value(rank), what=Value(kind, output_field=CharField()), stands_since=F(since))
        .values_list("place", "what", "pk", "stands_since")
        for rank, kind, queryset, since in parts
    )
    return first.union(*others, all=True).order_by("place", "stands_since")[:MOST_ITEMS]
