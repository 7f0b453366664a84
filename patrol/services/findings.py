"""Findings by hand: reported by a patrol agent, resolved or ignored by whoever may decide."""

from datetime import timedelta

from django.db import IntegrityError, transaction
from django.utils import timezone

from agents.models import Agent
from notifications.services import record
from openmoss.errors import Conflict, Invalid
from patrol.models import Finding, FindingStatus
from tasks.models import SubTask, Task

# Whoever resolved it by hand did something about it: so long the same cause is not found again.
QUIET = timedelta(hours=1)


def report(
    *,
    kind: str,
    severity: str,
    description: str,
    sub_task: SubTask | None = None,
    task: Task | None = None,
    agent: Agent | None = None,
    by: Agent,
) -> Finding:
    """Write down what a patrol agent saw about one sub-task, task or agent; the clock leaves it alone."""
    subjects = [subject for subject in (sub_task, task, agent) if subject is not None]
    if len(subjects) != 1:
        raise Invalid(
            "Say what it is about: one of sub_task_id, task_id or agent_id.",
            fields={"sub_task_id": ["Give exactly one of sub_task_id, task_id and agent_id."]},
        )
    finding = Finding(
        kind=kind,
        severity=severity,
        description=description,
        subject_id=subjects[0].pk,
        sub_task=sub_task,
        task=sub_task.task if sub_task else task,
        agent=agent,
        found_by=by,
    )
    try:
        with transaction.atomic():
            finding.save(force_insert=True)
            record("finding.open", subject=finding, actor=by, now=severity, why=description)
    except IntegrityError:
        known = Finding.objects.open().filter(kind=kind, subject_id=finding.subject_id).first()
        if known is None:
            raise
        raise Conflict(
            f"There is an open finding of this kind about it already: {known.description}",
            hint=f"Nothing to do; `finding resolve {str(known.pk)[:8]}` closes that one.",
        ) from None
    return finding


def resolve(finding: Finding, *, by, why: str = "") -> Finding:
    """Close a finding that was dealt with; if its cause still stands in an hour, it is found again."""
    return _close(finding, FindingStatus.RESOLVED, "resolve", by=by, why=why, quiet_for=QUIET)


def ignore(finding: Finding, *, by, why: str) -> Finding:
    """Close a finding that needs nobody; it stays quiet until its cause is gone or becomes worse."""
    if not why.strip():
        raise Invalid.field("reason", "Say why it may be ignored, for whoever wonders later.")
    return _close(finding, FindingStatus.IGNORED, "ignore", by=by, why=why, quiet_for=None)


def _close(
    finding: Finding, status: FindingStatus, verb: str, *, by, why: str, quiet_for: timedelta | None
) -> Finding:
    now = timezone.now()
    changes = {
        "status": status,
        "resolved_at": now,
        "awaits_decision": False,
        "quiet_until": now + quiet_for if quiet_for else None,
        # What somebody else than the clock reported has no cause that a scan could see.
        "gone_at": now if finding.found_by_id else None,
    }
    with transaction.atomic():
        if not Finding.objects.open().filter(pk=finding.pk).update(**changes):
            finding.refresh_from_db()
            raise Conflict(
                f"This finding is {finding.get_status_display().lower()} already.",
                hint="`finding list` shows what is open.",
            )
        record(f"finding.{verb}", subject=finding, actor=by, was=FindingStatus.OPEN, now=status, why=why)
    for field, value in changes.items():
        setattr(finding, field, value)
    return finding
