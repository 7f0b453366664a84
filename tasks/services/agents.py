"""What becomes of work when its agent leaves, or is to do something else."""

from django.db import transaction
from django.utils import timezone

from agents.models import Agent, AgentStatus
from agents.services import hold
from notifications.services import record, record_each
from openmoss.errors import Conflict
from tasks.models import SubTask
from tasks.workflow import HELD, Status


def edit_agent(agent: Agent, *, by, **changes) -> Agent:
    """Change an agent's description or its role; the role only while it has no work in its hands."""
    changes = {field: value for field, value in changes.items() if value != getattr(agent, field)}
    if not changes:
        return agent
    role = changes.get("role", agent.role)
    moved = {"was": agent.role, "now": role} if role != agent.role else {}
    with transaction.atomic():
        hold(agent)
        # Asked after the lock and not in the UPDATE: on PostgreSQL that would not see who claimed meanwhile.
        if moved and SubTask.objects.unfinished().filter(assignee=agent).exists():
            raise Conflict(
                f"{agent.name} still has open work as {agent.role}.",
                hint="Reassign or release its work first, or hire somebody else for the other role.",
            )
        as_seen = Agent.objects.present().filter(pk=agent.pk, role=agent.role)
        if not as_seen.update(**changes):
            raise Conflict(f"{agent.name} was changed by somebody else.", hint="Look again.")
        record("agent.edit", subject=agent, actor=by, fields=sorted(changes), **moved)
    for field, value in changes.items():
        setattr(agent, field, value)
    return agent


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
