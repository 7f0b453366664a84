"""What becomes of work when its agent leaves."""

from django.db import transaction
from django.utils import timezone

from agents.models import Agent, AgentStatus
from notifications.services import record, record_each
from openmoss.errors import Conflict
from tasks.models import SubTask
from tasks.workflow import HELD, Status


def retire_agent(agent: Agent, *, by=None, why: str = "") -> Agent:
    """End an agent's work for good: its key dies, its history stays, its open work returns to pending."""
    with transaction.atomic():
        rows = Agent.objects.present().filter(pk=agent.pk)
        if not rows.update(status=AgentStatus.RETIRED, key_hash=None):
            raise Conflict(f"{agent.name} has retired already.")
        record("agent.retire", subject=agent, actor=by, was=agent.status, now=AgentStatus.RETIRED, why=why)
        held = list(
            SubTask.objects.select_for_update().filter(assignee=agent, status__in=HELD | {Status.BLOCKED})
        )
        statuses = {sub_task.pk: sub_task.status for sub_task in held}
        now = timezone.now()
        SubTask.objects.filter(pk__in=statuses).update(
            status=Status.PENDING,
            status_since=now,
            updated_at=now,
            assignee=None,
            assigned_at=None,
            current_session_id=None,
            blocked_reason="",
        )
        record_each(
            "sub_task.release",
            subjects=held,
            actor=by,
            was=statuses,
            now=Status.PENDING,
            why=f"{agent.name} retired.",
        )
    agent.status, agent.key_hash = AgentStatus.RETIRED, None
    return agent
