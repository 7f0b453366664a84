"""The company at a glance: who is there, what moves and what does not, and what to look at first."""

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db.models import CharField, Count, F, QuerySet, Value
from django.utils import timezone

from agents.models import Agent, AgentStatus, Enrolment
from notifications.models import Event
from openmoss.access import Role
from openmoss.models import SiteSettings
from openmoss.prepared import Prepared
from openmoss.selectors.needs import Needs, needs
from openmoss.selectors.trends import Day
from patrol.detectors.scene import Scene
from patrol.models import Finding
from patrol.selectors.office import Office
from reviews.models import Review
from tasks.models import SubTask, Task
from tasks.workflow import HELD, OPEN, TASK_OPEN, Status, TaskStatus

LATELY = timedelta(minutes=15)
IDLE_AFTER = timedelta(hours=1)
SHOWN = 5
ACTIVE = (Status.ASSIGNED, Status.IN_PROGRESS, Status.REVIEW, Status.REWORK)


class Counts:
    """How many there are of everything; takes one query."""

    def __init__(self) -> None:
        self._all = defaultdict(Counter)
        for what, key, more, number in _COUNTS():
            self._all[what][key, more] = number

    def _sums(self, what: str, keys: list[str], place: int = 0) -> dict[str, int]:
        return {key: sum(n for names, n in self._all[what].items() if names[place] == key) for key in keys}

    @property
    def tasks(self) -> dict[str, int]:
        return self._sums("task", TaskStatus.values)

    @property
    def sub_tasks(self) -> dict[str, int]:
        return self._sums("sub_task", Status.values)

    @property
    def roles(self) -> dict[str, int]:
        """Who has not retired."""
        present = Counter()
        for (role, status), number in self._all["agent"].items():
            present[role] += number if status != AgentStatus.RETIRED else 0
        return {role: present[role] for role in Role.values}

    @property
    def ever(self) -> set[str]:
        """The roles of which there ever was an agent."""
        return {role for role, _status in self._all["agent"]}

    @property
    def agents(self) -> dict[str, int]:
        return self._sums("agent", AgentStatus.values, place=1)

    @property
    def stuck(self) -> int:
        """Sub-tasks that are blocked, or about which a finding is open."""
        return self.sub_tasks[Status.BLOCKED] + sum(self._found(status) for status in OPEN)

    @property
    def moving(self) -> int:
        return sum(self.sub_tasks[status] - self._found(status) for status in ACTIVE)

    def _found(self, status: str) -> int:
        return self._all["found"][status, ""] if status != Status.BLOCKED else 0

    @property
    def open_tasks(self) -> int:
        return sum(self.tasks[status] for status in TASK_OPEN)


def _counts() -> QuerySet:
    nothing = Value("", output_field=CharField())
    first, *others = (
        rows.order_by()
        .annotate(what=Value(what, output_field=CharField()), key=F(key), more=more)
        .values("what", "key", "more")
        .annotate(number=number)
        .values_list("what", "key", "more", "number")
        for what, rows, key, more, number in (
            ("task", Task.objects.all(), "status", nothing, Count("pk")),
            ("sub_task", SubTask.objects.all(), "status", nothing, Count("pk")),
            ("agent", Agent.objects.all(), "role", F("status"), Count("pk")),
            (
                "found",
                Finding.objects.open().exclude(sub_task=None),
                "sub_task__status",
                nothing,
                Count("sub_task", distinct=True),
            ),
        )
    )
    return first.union(*others, all=True)


_COUNTS = Prepared(_counts)
_DELIVERY = Prepared(
    lambda: Event.objects.filter(kind="sub_task.submit").order_by("-pk").values_list("at")[:1]
)


@dataclass(frozen=True)
class Step:
    """A step of a newcomer, and whether it is done."""

    name: str
    done: bool
    invited: bool = False


@dataclass
class Now:
    """Everything on the dashboard that changes while somebody looks."""

    counts: Counts
    agents: list[Agent]
    last_delivery: datetime | None
    today: Day
    yesterday: Day
    needs: Needs
    first_steps: list[Step]
    blocked: list[SubTask] = field(default_factory=list)
    in_review: list[SubTask] = field(default_factory=list)
    reviews: list[Review] = field(default_factory=list)
    busiest: list[tuple[Agent, int]] = field(default_factory=list)

    @property
    def active(self) -> list[Agent]:
        return [agent for agent in self.agents if agent.status == AgentStatus.ACTIVE]

    @property
    def seen(self) -> int:
        since = timezone.now() - LATELY
        return sum(agent.last_seen_at is not None and agent.last_seen_at > since for agent in self.active)

    @property
    def idle(self) -> list[Agent]:
        """The active agents that were not heard of for an hour, the longest first."""
        since = timezone.now() - IDLE_AFTER
        silent = [agent for agent in self.active if agent.last_seen_at is None or agent.last_seen_at < since]
        return sorted(silent, key=lambda agent: (agent.last_seen_at is not None, agent.last_seen_at))[:SHOWN]

    @property
    def is_starting(self) -> bool:
        """Whether the first steps are still to be made; the address matters to them, but not for good."""
        return not all(step.done for step in self.first_steps if step.name != "address")


def now(site: SiteSettings, days: list[Day]) -> Now:
    """Read what the dashboard tells of this moment; `days` end with yesterday and today."""
    office = Office(Scene(timezone.now(), site), None)
    counts = Counts()
    agents = {agent.pk: agent for agent in office.scene.agents}
    return Now(
        counts=counts,
        agents=list(agents.values()),
        last_delivery=next((at for (at,) in _DELIVERY()), None),
        today=days[-1],
        yesterday=days[-2],
        needs=needs(office),
        first_steps=_first_steps(site, counts),
        blocked=_longest(Status.BLOCKED, counts),
        in_review=_longest(Status.REVIEW, counts),
        reviews=list(Review.objects.select_related("sub_task", "reviewer", "assignee")[:SHOWN]),
        busiest=[(agents[pk], number) for pk, number in _busiest() if pk in agents],
    )


def _longest(status: str, counts: Counts) -> list[SubTask]:
    """Return what has had this status longest."""
    if not counts.sub_tasks[status]:
        return []
    # The ids alone first: all of them would be sorted with everything that is shown.
    longest = SubTask.objects.filter(status=status).in_open_tasks().order_by("status_since")[:SHOWN]
    rows = SubTask.objects.filter(pk__in=longest.values("pk")).for_agents()
    return list(rows.order_by("status_since"))


def _busiest() -> QuerySet:
    held = SubTask.objects.filter(status__in=HELD).order_by().values_list("assignee")
    return held.annotate(number=Count("pk")).order_by("-number", "assignee")[:SHOWN]


def _first_steps(site: SiteSettings, counts: Counts) -> list[Step]:
    team = (Role.PLANNER, Role.EXECUTOR, Role.REVIEWER)
    missing = [role for role in team if role not in counts.ever]
    invited = set(Enrolment.objects.usable().values_list("role", flat=True)) if missing else set()
    return [
        Step("address", bool(site.external_url)),
        *(Step(role.value, role not in missing, role in invited) for role in team),
        Step("task", any(counts.tasks.values())),
    ]
