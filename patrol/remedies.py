"""What a person can do about something that stands still, as links to the pages that ask before it is done."""

from dataclasses import dataclass

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from agents.models import Agent
from openmoss.access import Role
from patrol.models import Finding, FindingKind, FindingStatus
from patrol.selectors.standing import Fact, Standing
from patrol.selectors.why import PERSON
from tasks.models import SubTask, Task
from tasks.templatetags.work import can_be_edited, steps
from tasks.workflow import FINISHED


@dataclass(frozen=True)
class Remedy:
    """A link to where it is done; `asks` says that the page fits into a dialog."""

    verb: str
    url: str
    danger: bool = False
    asks: bool = True


# The most useful first. What is a move stands here by its name, and is left out where it is not possible now.
_FOR_FACT = {
    Fact.BLOCKED: ("reassign", "unblock", "cancel"),
    Fact.STRANDED: ("edit", "cancel"),
    Fact.HELP: ("answer", "reassign"),
    Fact.HOLDER_GONE: ("reassign", "release"),
    Fact.NO_EXECUTOR: ("enrol executor", "agents executor"),
    Fact.NO_REVIEWER: ("review", "enrol reviewer"),
    Fact.HOLDER_SILENT: ("reassign", "release", "agent"),
    Fact.SENT_BACK_OFTEN: ("rule", "reassign"),
    Fact.NOT_RESUMED: ("reassign", "release"),
    Fact.NOT_STARTED: ("reassign", "release"),
    Fact.REVIEW_OVERDUE: ("review", "agents reviewer"),
    Fact.NOT_TAKEN: ("reassign", "agents executor"),
    Fact.TAKES_LONG: ("reassign", "block"),
    Fact.UNPLANNED: ("plan", "close"),
    Fact.NOT_CLOSED: ("close", "plan"),
    Fact.PAUSED: ("task", "close"),
}
_PEOPLE_ONLY = (Fact.NO_EXECUTOR, Fact.NO_REVIEWER, Fact.REVIEW_OVERDUE)
_AFTER_A_BLOCK = ("reassign", "unblock", "cancel")
_FOR_KIND = {
    FindingKind.TIMEOUT: ("reassign", "review", "block"),
    FindingKind.STUCK: ("reassign", "review", "unblock", "cancel"),
    FindingKind.ORPHAN: ("reassign", "release"),
    FindingKind.REWORK_OVERFLOW: ("rule", "reassign", "review"),
    FindingKind.SCORE_DROP: ("agent",),
    FindingKind.REVIEW_OVERDUE: ("review", "agents reviewer"),
    FindingKind.PLAN_STALLED: ("close", "plan"),
    FindingKind.AGENT_SILENT: ("agent",),
    FindingKind.NOBODY_ELIGIBLE: ("enrol", "agents"),
    FindingKind.HELP_UNANSWERED: ("answer", "reassign"),
}


def for_standing(standing: Standing) -> list[Remedy]:
    """Return what a person can do about what holds a task up; nothing when it moves."""
    wanted = _FOR_FACT.get(standing.fact, ())
    if standing.who == PERSON and standing.fact not in _PEOPLE_ONLY:
        wanted = (*wanted, "enrol planner")
    holder = standing.sub_task and standing.sub_task.assignee
    return _Links(standing.task, standing.sub_task, holder).all(wanted)


def for_finding(finding: Finding) -> list[Remedy]:
    """Return what a person can do about an open finding; its subjects should have been read along."""
    if finding.status != FindingStatus.OPEN:
        return []
    wanted = _AFTER_A_BLOCK if finding.awaits_decision else _FOR_KIND[FindingKind(finding.kind)]
    return _Links(finding.task, finding.sub_task, finding.agent, finding.role).all(wanted)


def for_call(row: SubTask) -> list[Remedy]:
    """Return what a person can do about a call for help."""
    return _Links(row.task, row, row.assignee).all(_FOR_FACT[Fact.HELP])


class _Links:
    """The links about one task, sub-task, agent or role, by their names."""

    def __init__(self, task: Task | None, row: SubTask | None, agent: Agent | None, role: str = "") -> None:
        self.task, self.row, self.agent, self.role = task, row, agent, role
        self.moves = {step.url: step for step in steps(row)} if row else {}

    def all(self, names: tuple[str, ...]) -> list[Remedy]:
        return [remedy for name in names if (remedy := self._one(*name.split()))]

    def _one(self, name: str, role: str = "") -> Remedy | None:
        if link := getattr(self, f"to_{name}", None):
            return link(role or self.role)
        step = self.row and self.moves.get(reverse(name, args=[self.row.pk]))
        return Remedy(step.verb, step.url, step.danger) if step else None

    def to_review(self, _role: str) -> Remedy | None:
        step = self.row and self.moves.get(reverse("review-sub-task", args=[self.row.pk]))
        return Remedy(step.verb, step.url, asks=False) if step else None

    def to_edit(self, _role: str) -> Remedy | None:
        if not self.row or not can_be_edited(self.row):
            return None
        return Remedy(_("Say what it needs"), reverse("edit-sub-task", args=[self.row.pk]), asks=False)

    def to_answer(self, _role: str) -> Remedy | None:
        return self._write(_("Answer in a rule"))

    def to_rule(self, _role: str) -> Remedy | None:
        return self._write(_("Say it in a rule"))

    def _write(self, verb: str) -> Remedy | None:
        if not self.row or self.row.status in FINISHED:
            return None
        return Remedy(verb, f"{reverse('new-rule')}?sub_task={self.row.pk}", asks=False)

    def to_plan(self, _role: str) -> Remedy | None:
        if not self.task or not self.task.is_open:
            return None
        return Remedy(_("Add a sub-task"), reverse("new-sub-task", args=[self.task.pk]), asks=False)

    def to_close(self, _role: str) -> Remedy | None:
        if not self.task or not self.task.is_open:
            return None
        return Remedy(_("Close the task"), reverse("set-task-status", args=[self.task.pk]))

    def to_task(self, _role: str) -> Remedy | None:
        return Remedy(_("See the task"), self.task.get_absolute_url(), asks=False) if self.task else None

    def to_agent(self, _role: str) -> Remedy | None:
        return Remedy(_("See the agent"), self.agent.get_absolute_url(), asks=False) if self.agent else None

    def to_agents(self, role: str) -> Remedy:
        return Remedy(_("See the agents"), f"{reverse('agents')}?role={role}", asks=False)

    def to_enrol(self, role: str) -> Remedy:
        return Remedy(_ENROL[Role(role)], f"{reverse('enrol')}?role={role}")


_ENROL = {
    Role.PLANNER: gettext_lazy("Enrol a planner"),
    Role.EXECUTOR: gettext_lazy("Enrol an executor"),
    Role.REVIEWER: gettext_lazy("Enrol a reviewer"),
    Role.PATROL: gettext_lazy("Enrol a patrol agent"),
}
