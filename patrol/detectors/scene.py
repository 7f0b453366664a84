"""What several detectors look at, read once for a scan."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property

from django.db.models import Max, Min, OuterRef, Subquery
from django.db.models.functions import Coalesce, Greatest

from agents.models import Agent, AgentStatus
from openmoss.access import Role
from openmoss.models import SiteSettings
from tasks.models import Dependency, SubTask, Task, waits_for_others
from tasks.workflow import HELD, Status


@dataclass
class Scene:
    """A moment and the limits that hold; everything else is read when a detector first asks for it."""

    now: datetime
    limits: SiteSettings = field(default_factory=SiteSettings.load)

    def ago(self, minutes: int) -> datetime:
        """Return the moment so many minutes ago."""
        return self.now - timedelta(minutes=minutes)

    def silence(self, agent: Agent, since: datetime) -> timedelta:
        """Return how long an agent that has had work since then was not heard of."""
        return self.now - max(agent.last_seen_at or since, since)

    @cached_property
    def agents(self) -> list[Agent]:
        """Everybody who has not retired, with `held_since`: since when it has had work that it could do."""
        held = SubTask.objects.filter(assignee=OuterRef("pk"), status__in=HELD).order_by()
        # What was given ahead and waits for other work is nothing that it could do.
        could_do = held.exclude(waits_for_others(), status=Status.ASSIGNED)
        since = could_do.annotate(could_since=ready_since("assigned_at")).values("assignee")
        oldest = since.annotate(oldest=Min("could_since")).values("oldest")
        return list(Agent.objects.present().order_by().annotate(held_since=Subquery(oldest)))

    def active(self, role: str) -> list[Agent]:
        """Return the active agents of a role."""
        return [agent for agent in self.agents if agent.role == role and agent.status == AgentStatus.ACTIVE]

    @cached_property
    def free(self) -> list[SubTask]:
        """Sub-tasks that nobody has claimed, with `free_since`: since when they could have been."""
        rows = SubTask.objects.available().order_by().annotate(free_since=ready_since("status_since"))
        return list(rows.only("pk", "name", "task_id", "status_since"))

    @cached_property
    def in_review(self) -> list[SubTask]:
        """Sub-tasks that wait for a verdict, oldest first."""
        rows = SubTask.objects.filter(status=Status.REVIEW).order_by("status_since")
        return list(rows.only("pk", "name", "task_id", "status", "status_since", "updated_at", "assignee_id"))

    @cached_property
    def at_rest(self) -> list[Task]:
        """Open tasks in which nothing is left to do and nothing will come by itself.

        Each with the `last_change` of its sub-tasks, if it has any.
        """
        rows = Task.objects.open().without_open_work().without_recurrence().order_by()
        return list(rows.annotate(last_change=last(SubTask.objects.all(), "status_since", about="task")))

    @cached_property
    def waits_for_planner_since(self) -> datetime | None:
        """Since when the oldest thing waits that only a planner can do: blocked work, a task to plan or close."""
        blocked = SubTask.objects.filter(status=Status.BLOCKED).in_open_tasks()
        oldest = blocked.aggregate(oldest=Min("status_since"))["oldest"]
        since = [quiet_since(task) for task in self.at_rest]
        return min([*since, *([oldest] if oldest else [])], default=None)

    def waits_since(self, role: str) -> datetime | None:
        """Return since when work waits that any agent of this role could do; None when there is none."""
        if role == Role.EXECUTOR:
            return min((sub_task.free_since for sub_task in self.free), default=None)
        if role == Role.REVIEWER:
            return self.in_review[0].status_since if self.in_review else None
        return self.waits_for_planner_since if role == Role.PLANNER else None


def ready_since(field: str) -> Greatest:
    """Ask since when a sub-task could go on: since `field`, or since the last of what it needs was done."""
    return Greatest(field, Coalesce(last(Dependency.objects.all(), "needs__completed_at"), field))


def last(rows, field: str, *, about: str = "sub_task") -> Subquery:
    """Ask for the latest `field` among the rows about a sub-task, or about whatever `about` names."""
    about_it = rows.filter(**{about: OuterRef("pk")}).order_by()
    return Subquery(about_it.values(about).annotate(last=Max(field)).values("last"))


def quiet_since(task: Task) -> datetime:
    """Return since when nothing has changed in a task without open work."""
    return max(task.updated_at, task.last_change or task.updated_at)
