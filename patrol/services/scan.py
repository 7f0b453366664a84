"""The clock's round: what stands still is found once, told once, acted on, and resolved when it moves again."""

import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from operator import attrgetter
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils import timezone

from notifications.services import record_each
from openmoss.errors import Conflict
from openmoss.models import OnCritical
from patrol.detectors import Scene, Symptom, symptoms
from patrol.models import Finding, FindingStatus, Severity
from tasks import services as work
from tasks.models import SubTask
from tasks.workflow import FINISHED, TASK_OPEN, Status

# The rows of one transaction: few enough that nobody waits for it, with a breath between two of them.
BATCH = 10
BREATH = 0.002  # seconds
# Sub-tasks that one scan takes out of the flow; the next one, a minute later, goes on.
MOST_ACTIONS = 200

ACTION_TAKEN = {
    OnCritical.BLOCK: "Blocked until the planner decides.",
    OnCritical.REQUEUE: "Given back, free for anybody.",
}
_RANK = {Severity.WARNING: 1, Severity.CRITICAL: 2}


@dataclass
class Scan:
    """What a scan did, as counts, and how many findings are open after it."""

    opened: int = 0
    escalated: int = 0
    resolved: int = 0
    acted: int = 0
    open: int = 0

    def __bool__(self) -> bool:
        return bool(str(self))

    def __str__(self) -> str:
        done = ("opened", "escalated", "resolved", "acted")
        return ", ".join(f"{count} {name}" for name in done if (count := getattr(self, name)))


@dataclass
class _Difference:
    """What stands between the findings and what a scan saw."""

    news: list[Symptom] = field(default_factory=list)
    worse: list[Symptom] = field(default_factory=list)
    # By sub-task: one reason to take it out of the flow is enough.
    to_act: dict[UUID, Symptom] = field(default_factory=dict)
    # Open, and their cause is gone.
    over: list[Finding] = field(default_factory=list)
    # Open and decided by the planner, though what is counted still stands.
    decided: list[Finding] = field(default_factory=list)
    # Closed by hand before, and now their cause is gone too.
    gone: list[Finding] = field(default_factory=list)


def scan(now: datetime | None = None) -> Scan:
    """Compare what stands still with what is known to, and settle the difference in short transactions.

    Reading takes a fixed number of queries and no transaction. Scanning again at once changes nothing.
    """
    scene, done = Scene(now or timezone.now()), Scan()
    seen = {symptom.key: symptom for symptom in symptoms(scene)}
    known = _known()
    todo = _difference(scene, seen, known)
    for batch in _batches(todo.gone):
        _forget(batch, scene.now)
    for batch in _batches(todo.over):
        done.resolved += _resolve(batch, scene.now, gone_at=scene.now)
    for batch in _batches(todo.decided):
        done.resolved += _resolve(batch, scene.now, gone_at=None)
    for batch in _batches(todo.news):
        done.opened += _open(batch, known)
    for batch in _batches(todo.worse):
        done.escalated += _escalate(batch, known)
    for symptom in _with_breath(islice(todo.to_act.values(), MOST_ACTIONS)):
        done.acted += _act(symptom, known, scene.limits.on_critical)
    done.open = Finding.objects.open().count()
    return done


def _known() -> dict[tuple[str, UUID], Finding]:
    """Return for each kind and subject the open finding, or else the one last closed by hand."""
    rows = Finding.objects.unsettled().annotate(
        sub_task_status=F("sub_task__status"), task_status=F("task__status")
    )
    by_key: dict[tuple[str, UUID], Finding] = {}
    for finding in rows.order_by("created_at", "pk"):
        key = finding.kind, finding.subject_id
        if key not in by_key or by_key[key].status != FindingStatus.OPEN:
            by_key[key] = finding
    return by_key


def _difference(scene: Scene, seen: dict, known: dict) -> _Difference:
    todo = _Difference()
    for key, finding in known.items():
        if finding.status != FindingStatus.OPEN:
            if key not in seen:
                todo.gone.append(finding)
        elif finding.awaits_decision:
            if finding.sub_task_status != Status.BLOCKED:
                (todo.decided if key in seen else todo.over).append(finding)
        elif _is_finished(finding) if finding.found_by_id else key not in seen:
            todo.over.append(finding)
    for key, symptom in seen.items():
        finding = known.get(key)
        if finding and finding.status != FindingStatus.OPEN and _is_quiet(finding, symptom, scene.now):
            continue
        is_open = finding is not None and finding.status == FindingStatus.OPEN
        if _may_act(scene, symptom) and not (is_open and finding.action_taken):
            todo.to_act.setdefault(symptom.sub_task, symptom)
        elif not is_open:
            todo.news.append(symptom)
        elif _RANK[symptom.severity] > _RANK[finding.severity]:
            todo.worse.append(symptom)
    # Work that is taken out of the flow now stands elsewhere in a moment: what else there was to say of it is over.
    todo.news = [symptom for symptom in todo.news if symptom.sub_task not in todo.to_act]
    todo.worse = [symptom for symptom in todo.worse if symptom.sub_task not in todo.to_act]
    return todo


def _is_finished(finding: Finding) -> bool:
    return finding.sub_task_status in FINISHED or bool(
        finding.task_id and finding.task_status not in TASK_OPEN
    )


def _is_quiet(finding: Finding, symptom: Symptom, now: datetime) -> bool:
    """Say whether somebody closed this finding by hand, and nothing became worse since."""
    worse = _RANK[symptom.severity] > _RANK[finding.severity] or symptom.rounds > finding.rounds
    return not worse and (finding.quiet_until is None or now < finding.quiet_until)


def _may_act(scene: Scene, symptom: Symptom) -> bool:
    critical = symptom.severity == Severity.CRITICAL
    return critical and symptom.held and scene.limits.on_critical != OnCritical.TELL


def _open(batch: list[Symptom], known: dict) -> int:
    findings = [_finding(symptom) for symptom in batch]
    with transaction.atomic():
        # Two scans may run side by side: what the other one was faster with is skipped, and not told again.
        Finding.objects.bulk_create(findings, ignore_conflicts=True)
        ours = set(Finding.objects.filter(pk__in=[row.pk for row in findings]).values_list("pk", flat=True))
        opened = [finding for finding in findings if finding.pk in ours]
        _supersede(opened, known)
        _tell("open", opened)
    return len(opened)


def _escalate(batch: list[Symptom], known: dict) -> int:
    by_pk = {known[symptom.key].pk: symptom for symptom in batch}
    with transaction.atomic():
        rows = Finding.objects.select_for_update().open().filter(pk__in=by_pk, severity=Severity.WARNING)
        escalated = list(rows)
        for finding in escalated:
            _make_worse(finding, by_pk[finding.pk])
        Finding.objects.bulk_update(escalated, ["severity", "description", "rounds"])
        _tell("escalate", escalated)
    return len(escalated)


def _resolve(batch: list[Finding], now: datetime, *, gone_at: datetime | None) -> int:
    with transaction.atomic():
        rows = Finding.objects.select_for_update().open().filter(pk__in=[finding.pk for finding in batch])
        resolved = list(rows)
        Finding.objects.filter(pk__in=[finding.pk for finding in resolved]).update(
            status=FindingStatus.RESOLVED, resolved_at=now, gone_at=gone_at, awaits_decision=False
        )
        record_each(
            "finding.resolve",
            subjects=resolved,
            actor=None,
            was=FindingStatus.OPEN,
            now=FindingStatus.RESOLVED,
            why=attrgetter("description"),
        )
    return len(resolved)


def _forget(batch: list[Finding], now: datetime) -> None:
    with transaction.atomic():
        Finding.objects.unsettled().filter(pk__in=[finding.pk for finding in batch]).exclude(
            status=FindingStatus.OPEN
        ).update(gone_at=now)


def _act(symptom: Symptom, known: dict, how: OnCritical) -> bool:
    """Take running work out of the flow and write the finding about it, in one transaction."""
    finding = known.get(symptom.key)
    sub_task = SubTask.objects.for_agents().filter(pk=symptom.sub_task).first()
    if sub_task is None or sub_task.updated_at != symptom.as_of:
        return False  # it moved since it was seen
    is_open = finding is not None and finding.status == FindingStatus.OPEN
    verb = "escalate" if is_open else "open"
    if not is_open:
        finding = _finding(symptom)
    _make_worse(finding, symptom)
    finding.action_taken = ACTION_TAKEN[how]
    finding.awaits_decision = how == OnCritical.BLOCK
    try:
        with transaction.atomic():
            move = work.block if how == OnCritical.BLOCK else work.release
            move(sub_task, by=None, why=symptom.description)
            if is_open:
                _keep(finding)
            else:
                finding.save(force_insert=True)
            _supersede([finding], known)
            _tell(verb, [finding])
    except (Conflict, IntegrityError):
        return False  # somebody moved it, or another scan was faster
    return True


def _keep(finding: Finding) -> None:
    """Write what became of an open finding, unless somebody closed it since it was read."""
    fields = ("severity", "description", "rounds", "action_taken", "awaits_decision")
    changes = {field: getattr(finding, field) for field in fields}
    if not Finding.objects.open().filter(pk=finding.pk).update(**changes):
        raise Conflict("Somebody closed this finding first.")


def _finding(symptom: Symptom) -> Finding:
    return Finding(
        kind=symptom.kind,
        severity=symptom.severity,
        subject_id=symptom.subject_id,
        task_id=symptom.task,
        sub_task_id=symptom.sub_task,
        agent_id=symptom.agent,
        role=symptom.role,
        description=symptom.description,
        since=symptom.since,
        rounds=symptom.rounds,
    )


def _make_worse(finding: Finding, symptom: Symptom) -> None:
    finding.severity = symptom.severity
    finding.description = symptom.description
    finding.rounds = symptom.rounds


def _supersede(opened: list[Finding], known: dict) -> None:
    """Let what was closed by hand go, now that the same cause is found again."""
    closed = [before for row in opened if (before := known.get((row.kind, row.subject_id)))]
    pks = [before.pk for before in closed if before.status != FindingStatus.OPEN]
    if pks:
        Finding.objects.unsettled().filter(pk__in=pks).update(gone_at=opened[0].created_at)


def _tell(verb: str, findings: list[Finding]) -> None:
    record_each(f"finding.{verb}", subjects=findings, actor=None, now=attrgetter("severity"), why=_in_words)


def _in_words(finding: Finding) -> str:
    return f"{finding.description} {finding.action_taken}".strip()


def _batches(items: Iterable) -> Iterator[list]:
    items = iter(items)
    while batch := list(islice(items, BATCH)):
        yield batch
        time.sleep(BREATH)


def _with_breath(items: Iterable) -> Iterator:
    for item in items:
        yield item
        time.sleep(BREATH)
