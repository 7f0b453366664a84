"""Reads that span models: the merged rules, an agent's latest work, the public summary."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime, timedelta
from itertools import islice
from uuid import UUID

from django.conf import settings
from django.db.models import Count, Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from agents.models import Agent, RequestLog
from agents.selectors import agents_by_score
from openmoss.access import Role, role_of
from openmoss.api.lookup import find
from openmoss.models import SiteSettings
from openmoss.prepared import Prepared
from tasks.models import Action, ActivityLog, Dependency, Recurrence, Rule, RuleScope, SubTask, Task
from tasks.workflow import HELD, Status, moves_open_to


def find_sub_task(id: str, *, field: str = "") -> SubTask:
    """Return the sub-task with this id, its task and its assignee read along; raise as `find` does."""
    return find(SubTask.objects.for_agents(), id, field=field, by_pk=_SUB_TASK)


_SUB_TASK = Prepared(lambda pk: SubTask.objects.for_agents().order_by().filter(pk=pk), pk=UUID)


def as_told_to(by, sub_tasks: Iterable[SubTask]) -> list[SubTask]:
    """Add to sub-tasks what `by` is told of them: `needs`, what they wait for, `can`, the moves open to it,
    and the `recurring_config` of those that the clock repeats.

    The rows come from `SubTask.objects.for_agents()`; this costs one more query, or two.
    """
    sub_tasks = list(sub_tasks)
    needs, waiting = defaultdict(list), set()
    for pk, need, status in _edges_of([sub_task.pk for sub_task in sub_tasks]):
        needs[pk].append(need)
        if status != Status.DONE:
            waiting.add(pk)
    role = role_of(by)
    configs = _configs_of(sub_tasks)
    for sub_task in sub_tasks:
        sub_task.recurring_config = configs.get(sub_task.recurrence_id)
        sub_task.needs = needs[sub_task.pk]
        sub_task.can = _moves(sub_task, by, role, ready=sub_task.pk not in waiting)
    return sub_tasks


_EDGE = ("sub_task_id", "needs_id", "needs__status")
_EDGES_OF_ONE = Prepared(
    lambda pk: Dependency.objects.filter(sub_task_id=pk).order_by("pk").values_list(*_EDGE), pk=UUID
)


def _edges_of(ids: list[UUID]) -> list[tuple]:
    if len(ids) == 1:
        return _EDGES_OF_ONE(pk=ids[0])
    return list(Dependency.objects.filter(sub_task__in=ids).order_by("pk").values_list(*_EDGE))


def _configs_of(sub_tasks: list[SubTask]) -> dict[UUID, dict]:
    # A read of its own and not a join: most sub-tasks are no occurrence, and each of them would pay for it.
    ids = {sub_task.recurrence_id for sub_task in sub_tasks} - {None}
    return {row.pk: row.config for row in Recurrence.objects.filter(pk__in=ids)} if ids else {}


def _moves(sub_task: SubTask, by, role: str, *, ready: bool) -> list[str]:
    holder = by is not None and sub_task.assignee_id == by.pk
    moves = moves_open_to(status=sub_task.status, role=role, holder=holder, ready=ready)
    return moves if sub_task.task.is_open else [move for move in moves if move != "claim"]


def with_next_times(recurrences: Iterable[Recurrence]) -> list[Recurrence]:
    """Add to recurrences `next`, their next five times, and `open_id`, the sub-task that is still unfinished.

    Their task must have been read along; this costs one more query.
    """
    recurrences = list(recurrences)
    unfinished = SubTask.objects.filter(recurrence__in=recurrences).unfinished()
    open_ids = dict(unfinished.values_list("recurrence_id", "pk"))
    for recurrence in recurrences:
        recurrence.next = upcoming(recurrence)
        recurrence.open_id = open_ids.get(recurrence.pk)
    return recurrences


def upcoming(recurrence: Recurrence, count: int = 5) -> list[datetime]:
    """Return the next times of a recurrence, in UTC; none while it is paused, ended, or its task is closed."""
    if recurrence.state != "active" or not recurrence.task.is_open:
        return []
    return list(islice(recurrence.schedule.times(timezone.now()), count))


SHIPPED_RULE = settings.BASE_DIR / "prompts" / "rules" / "global.md"
SEPARATOR = "\n\n---\n\n"


def rules_text(*, task: Task | None = None, sub_task: SubTask | None = None) -> str:
    """Return the rules that hold, merged: global, then the task's, then the sub-task's, oldest first.

    Those of its task hold for a sub-task, too.
    """
    wanted = Q(scope=RuleScope.GLOBAL)
    if task is None and sub_task is not None:
        task = sub_task.task
    if task is not None:
        wanted |= Q(scope=RuleScope.TASK, task=task)
    if sub_task is not None:
        wanted |= Q(scope=RuleScope.SUB_TASK, sub_task=sub_task)
    by_scope = {scope: [] for scope in RuleScope.values}
    for rule in Rule.objects.filter(wanted):
        by_scope[rule.scope].append(rule.content.strip())
    if not by_scope[RuleScope.GLOBAL] and SHIPPED_RULE.exists():
        by_scope[RuleScope.GLOBAL].append(SHIPPED_RULE.read_text(encoding="utf-8").strip())
    merged = SEPARATOR.join(text for scope in RuleScope.values for text in by_scope[scope])
    return SiteSettings.load().fill(merged)


# A call for help that is older than this is history.
HELP_KEPT_FOR = timedelta(days=14)


def activity(*, sub_task=None, agent=None, action: str = "", days: int = 7, limit: int = 20):
    """Return what was said in the last `days`, newest first."""
    rows = ActivityLog.objects.filter(created_at__gte=timezone.now() - timedelta(days=days))
    if sub_task is not None:
        rows = rows.filter(sub_task=sub_task)
    if agent is not None:
        rows = rows.filter(agent=agent)
    if action:
        rows = rows.filter(action=action)
    return list(rows[:limit])


def unanswered_calls(*, since: datetime) -> QuerySet[ActivityLog]:
    """Return the calls for help about open work that nobody who plans has answered, and that still stand."""
    later = {"created_at__gt": OuterRef("created_at")}
    about_it = Q(sub_task=OuterRef("sub_task"))
    answers = ActivityLog.objects.filter(about_it, agent__role=Role.PLANNER, **later)
    replaced = ActivityLog.objects.filter(about_it, agent=OuterRef("agent"), action=Action.BLOCKED, **later)
    rules = Rule.objects.filter(about_it, **later)
    moved = SubTask.objects.filter(pk=OuterRef("sub_task"), updated_at__gt=OuterRef("created_at"))
    return ActivityLog.objects.filter(
        ~Exists(answers),
        ~Exists(replaced),
        ~Exists(rules),
        ~Exists(moved),
        action=Action.BLOCKED,
        created_at__gte=since,
        sub_task__isnull=False,
        sub_task__status__in=HELD,
    )


RECENT_ACTIONS = 5
SUMMARISED_AGENTS = 100


def feed_summary() -> list[dict]:
    """Return for each of the best 100 agents what it does now and what it did today, best first."""
    agents = agents_by_score()[:SUMMARISED_AGENTS]
    today = timezone.now().replace(hour=0, minute=0, second=0, microsecond=0)
    counts = {
        row["agent_id"]: row
        for row in RequestLog.objects.filter(at__gte=today)
        .values("agent_id")
        .annotate(
            today_request_count=Count("pk"),
            today_submit_count=Count("pk", filter=Q(method="POST", path__endswith="/submit")),
            today_review_count=Count("pk", filter=Q(method="POST", path__endswith="/review-records")),
        )
        .order_by()
    }
    current = {}
    in_progress = SubTask.objects.filter(status=Status.IN_PROGRESS, assignee__in=agents)
    for sub_task in in_progress.select_related("module").order_by("status_since"):
        current[sub_task.assignee_id] = sub_task
    return [_summary(agent, counts.get(agent.pk, {}), current.get(agent.pk)) for agent in agents]


def _summary(agent: Agent, counts: dict, sub_task: SubTask | None) -> dict:
    return {
        "id": agent.pk,
        "name": agent.name,
        "role": agent.role,
        "total_score": agent.total_score,
        **{
            name: counts.get(name, 0)
            for name in ("today_request_count", "today_submit_count", "today_review_count")
        },
        "current_sub_task": sub_task
        and {
            "id": sub_task.pk,
            "name": sub_task.name,
            "module_name": sub_task.module and sub_task.module.name,
        },
        # One short read per agent along its own index, so that a busy one cannot crowd out the others.
        "recent_actions": list(RequestLog.objects.filter(agent=agent).order_by("-at")[:RECENT_ACTIONS]),
    }
