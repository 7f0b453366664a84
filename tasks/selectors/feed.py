"""What everybody is doing: the public summary."""

from django.db.models import Count, Q
from django.utils import timezone

from agents.models import Agent, RequestLog
from agents.selectors import agents_by_score
from tasks.models import SubTask
from tasks.workflow import Status

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
