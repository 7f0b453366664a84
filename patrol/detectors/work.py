"""Sub-tasks that stand still."""

from collections.abc import Iterator
from datetime import timedelta

from django.db.models import Q
from django.db.models.functions import Coalesce, Greatest

from agents.models import AgentStatus
from openmoss.access import Role
from openmoss.durations import in_words
from patrol.detectors.scene import Scene, last, ready_since
from patrol.detectors.symptom import Symptom, graded
from patrol.models import FindingKind, Severity
from tasks.models import ActivityLog, Dependency, SubTask, waits_for_others
from tasks.workflow import HELD, Status


def timeout(scene: Scene) -> Iterator[Symptom]:
    """Find work in progress for too long; critical when its holder is silent too, or after half a day anyway."""
    limits = scene.limits
    rows = SubTask.objects.filter(
        status=Status.IN_PROGRESS, status_since__lte=scene.ago(limits.timeout_warning)
    )
    for row in rows.select_related("assignee").order_by():
        silence = scene.silence(row.assignee, row.status_since)
        silent = silence >= timedelta(minutes=limits.timeout_silent)
        critical = limits.timeout_critical if silent else limits.timeout_limit
        holder = f"has been silent for {in_words(silence)}" if silent else "is at work"
        yield _about(
            row,
            FindingKind.TIMEOUT,
            Severity.CRITICAL if row.status_since <= scene.ago(critical) else Severity.WARNING,
            f"'{row}' has been in progress for {in_words(scene.now - row.status_since)}; {row.assignee} {holder}.",
            since=row.status_since,
        )


# Where only somebody's next step is missing. What is free, assigned or in review has kinds of its own, and
# what waits for its dependencies stands still rightly.
_SHOULD_MOVE = [Status.IN_PROGRESS, Status.REWORK, Status.BLOCKED]


def stuck(scene: Scene) -> Iterator[Symptom]:
    """Find work about which nothing changed and nothing was said, and work that waits for cancelled work."""
    limits = scene.limits
    cancelled = Dependency.objects.filter(needs__status=Status.CANCELLED)
    rows = (
        SubTask.objects.filter(updated_at__lte=scene.ago(limits.stuck_warning))
        .in_open_tasks()
        .annotate(need_cancelled_at=last(cancelled, "needs__status_since"))
        .filter(
            Q(status__in=_SHOULD_MOVE)
            | Q(status__in=[Status.PENDING, Status.ASSIGNED], need_cancelled_at__isnull=False)
        )
        .annotate(
            quiet_since=Greatest(
                "updated_at",
                Coalesce(last(ActivityLog.objects.all(), "created_at"), "updated_at"),
                Coalesce("need_cancelled_at", "updated_at"),
            )
        )
    )
    for row in rows.select_related("assignee").order_by():
        severity = graded(
            scene.now - row.quiet_since,
            warning=timedelta(minutes=limits.stuck_warning),
            critical=timedelta(minutes=limits.stuck_critical),
        )
        quiet = f"no change and no word for {in_words(scene.now - row.quiet_since)}"
        if severity:
            yield _about(
                row, FindingKind.STUCK, severity, f"{_standstill(row)}; {quiet}.", since=row.quiet_since
            )


def _standstill(row: SubTask) -> str:
    if row.status == Status.BLOCKED:
        return f"'{row}' is blocked and waits for the planner"
    if row.status == Status.REWORK:
        return f"'{row}' was sent back, and {row.assignee} has not taken it up"
    if row.status == Status.IN_PROGRESS:
        return f"'{row}' is in progress in the hands of {row.assignee}"
    return f"'{row}' waits for work that was cancelled"


def orphan(scene: Scene) -> Iterator[Symptom]:
    """Find work that nobody looks after: its agent is gone, silent or does not begin, or nobody takes it."""
    held = SubTask.objects.filter(status__in=HELD).annotate(
        could_since=ready_since("status_since"), waits=waits_for_others()
    )
    for row in held.select_related("assignee").order_by():
        yield from _not_looked_after(row, scene)
    yield from _not_taken(scene)


def _not_looked_after(row: SubTask, scene: Scene) -> Iterator[Symptom]:
    agent, status = row.assignee, row.get_status_display().lower()
    if agent.status != AgentStatus.ACTIVE:
        why = f"'{row}' is {status} in the hands of {agent}, who is {agent.status}."
        yield _about(row, FindingKind.ORPHAN, Severity.CRITICAL, why, since=row.assigned_at)
        return
    if row.waits:  # given ahead, and not to be started yet
        return
    silence = scene.silence(agent, max(row.could_since, row.assigned_at))
    idle = scene.now - row.could_since if row.status == Status.ASSIGNED else silence
    lasted = max(silence, idle)
    severity = graded(
        lasted,
        warning=timedelta(minutes=scene.limits.orphan_warning),
        critical=timedelta(minutes=scene.limits.orphan_critical),
    )
    if severity:
        why = (
            f"'{row}' is {status} in the hands of {agent}, who has been silent for {in_words(silence)}."
            if silence >= idle
            else f"'{row}' was given to {agent} and has not been started for {in_words(idle)}."
        )
        yield _about(row, FindingKind.ORPHAN, severity, why, since=scene.now - lasted)


def _not_taken(scene: Scene) -> Iterator[Symptom]:
    """Find free work in each task, if an executor with empty hands could have taken it: a queue is no fault."""
    limits = scene.limits
    if all(agent.held_since for agent in scene.active(Role.EXECUTOR)):
        return
    by_task: dict = {}
    for row in scene.free:
        by_task.setdefault(row.task_id, []).append(row)
    for task_id, rows in by_task.items():
        oldest = min(rows, key=lambda row: row.free_since)
        lasted = scene.now - oldest.free_since
        severity = graded(
            lasted,
            warning=timedelta(minutes=limits.orphan_warning),
            critical=timedelta(minutes=limits.orphan_critical),
        )
        others = f" (and {len(rows) - 1} more of its task)" if len(rows) > 1 else ""
        if severity:
            yield Symptom(
                FindingKind.ORPHAN,
                severity,
                f"'{oldest}'{others} has been free for {in_words(lasted)}, and no executor took it.",
                since=oldest.free_since,
                task=task_id,
            )


def rework_overflow(scene: Scene) -> Iterator[Symptom]:
    """Find work that was sent back again and again."""
    limits = scene.limits
    rows = SubTask.objects.unfinished().filter(rework_count__gte=limits.rework_warning)
    for row in rows.order_by():
        yield _about(
            row,
            FindingKind.REWORK_OVERFLOW,
            graded(row.rework_count, warning=limits.rework_warning, critical=limits.rework_critical),
            f"'{row}' was sent back {row.rework_count} times.",
            since=row.status_since,
            rounds=row.rework_count,
        )


def review_overdue(scene: Scene) -> Iterator[Symptom]:
    """Find work that waits too long for its verdict."""
    limits = scene.limits
    for row in scene.in_review:
        lasted = scene.now - row.status_since
        severity = graded(
            lasted,
            warning=timedelta(minutes=limits.review_warning),
            critical=timedelta(minutes=limits.review_critical),
        )
        if severity:
            why = f"'{row}' has waited for its review for {in_words(lasted)}."
            yield _about(row, FindingKind.REVIEW_OVERDUE, severity, why, since=row.status_since)


def _about(row: SubTask, kind: FindingKind, severity: Severity, why: str, **more) -> Symptom:
    return Symptom(
        kind,
        severity,
        why,
        sub_task=row.pk,
        task=row.task_id,
        agent=row.assignee_id,
        held=row.status in HELD,
        as_of=row.updated_at,
        **more,
    )
