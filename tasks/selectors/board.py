"""The board: sub-tasks by status, the most urgent of each, and how many there are."""

from dataclasses import dataclass, field
from uuid import UUID

from django.db.models import Count, QuerySet

from agents.models import Agent
from notifications.models import Event
from openmoss.access import Role
from tasks.models import Module, SubTask, Task
from tasks.workflow import FINISHED, Status

CARDS = 30
FINISHED_CARDS = 20
MOST_CHOICES = 200
RECENT = 50

# What a card shows: briefs are long, and each moment that is read but not shown costs its conversion.
CARD = (
    *("name", "status", "status_since", "priority", "rework_count", "updated_at"),
    *("task__name", "module__name", "assignee__name", "assignee__role"),
)


@dataclass
class Column:
    """The sub-tasks of one status: how many, and those that a person should see first."""

    status: str
    count: int
    cards: list[SubTask] = field(default_factory=list)

    @property
    def more(self) -> int:
        return self.count - len(self.cards)


@dataclass(frozen=True)
class Scope:
    """What the board is narrowed to; what the address names and is not there narrows nothing."""

    task: Task | None
    module: Module | None
    agent: Agent | None

    def __bool__(self) -> bool:
        return any((self.task, self.module, self.agent))

    @property
    def sub_tasks(self) -> QuerySet[SubTask]:
        chosen = {"task": self.task, "module": self.module, "assignee": self.agent}
        return SubTask.objects.filter(**{name: row for name, row in chosen.items() if row})

    @property
    def tasks(self) -> list[Task]:
        """The open tasks to choose from, and the chosen one."""
        tasks = list(Task.objects.open().defer("description")[:MOST_CHOICES])
        return tasks if self.task is None or self.task in tasks else [*tasks, self.task]

    @property
    def modules(self) -> list[Module]:
        return list(Module.objects.filter(task=self.task)[:MOST_CHOICES]) if self.task else []

    @property
    def executors(self) -> list[Agent]:
        agents = list(Agent.objects.present().filter(role=Role.EXECUTOR).order_by("name")[:MOST_CHOICES])
        return agents if self.agent is None or self.agent in agents else [*agents, self.agent]


def scope(task: UUID | None, module: UUID | None, agent: UUID | None) -> Scope:
    """Return what ids in the address stand for; a module counts with its own task only."""
    chosen = Task.objects.filter(pk=task).first() if task else None
    return Scope(
        task=chosen,
        module=Module.objects.filter(pk=module, task=chosen).first() if module and chosen else None,
        agent=Agent.objects.filter(pk=agent).first() if agent else None,
    )


def cards(sub_tasks: QuerySet[SubTask]) -> QuerySet[SubTask]:
    """Read along what a card shows, and nothing else."""
    return sub_tasks.select_related("task", "module", "assignee").only(*CARD)


def board(sub_tasks: QuerySet[SubTask]) -> list[Column]:
    """Return a column for each status, in the order of the work; finished ones show what ended last."""
    counts = dict(sub_tasks.order_by().values_list("status").annotate(Count("pk")))
    columns = []
    for status in Status:
        column = Column(status, counts.get(status, 0))
        if column.count:
            # The ids alone first: thousands would be sorted with everything that their cards show.
            first = _first(sub_tasks.filter(status=status), status)
            found = cards(SubTask.objects.filter(pk__in=first.values("pk")))
            column.cards = list(_first(found, status))
        columns.append(column)
    return columns


def _first(rows: QuerySet[SubTask], status: Status) -> QuerySet[SubTask]:
    if status in FINISHED:
        return rows.order_by("-status_since", "-pk")[:FINISHED_CARDS]
    return rows.most_urgent_first()[:CARDS]


def changes() -> str:
    """Return a text that is another one as soon as anything happened."""
    # Not the newest alone: on PostgreSQL an event can become visible after one that has a greater id.
    newest = list(Event.objects.order_by("-pk").values_list("pk", flat=True)[:RECENT])
    return f"{newest[0]}-{newest[-1]}-{len(newest)}" if newest else ""
