"""What agents are told before they work, what they say, and which calls for help still stand."""

from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from openmoss.access import Role
from openmoss.models import SiteSettings
from tasks.models import Action, ActivityLog, Rule, RuleScope, SubTask, Task
from tasks.workflow import HELD, Status

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
        sub_task__status__in=[*HELD, Status.REVIEW],
    )
