"""What the clock makes: the sub-tasks of recurrences that are due, at most one unfinished for each."""

import logging
from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime

from django.db import transaction
from django.utils import timezone

from agents.services import hold
from notifications.services import record, record_each
from tasks.models import Dependency, Kind, Recurrence, Rule, SubTask, Task, eligible_executors
from tasks.recurrence import MOST_COUNTED, Turn, turn
from tasks.services.sub_tasks import create_sub_task
from tasks.workflow import TASK_OPEN, Status

logger = logging.getLogger(__name__)


def create_occurrences() -> int:
    """Make what is due and return how many there were; one that fails is told at the end and stops no other."""
    due = Recurrence.objects.due(timezone.now()).with_last().select_related("task", "module", "assignee")
    last = SubTask.objects.in_bulk([recurrence.last_id for recurrence in due if recurrence.last_id])
    made, failed = 0, []
    for recurrence in in_order(due):
        try:
            made += create_occurrence(recurrence, last=last.get(recurrence.last_id)) is not None
        except Exception:
            logger.exception("Recurrence %s failed", recurrence.pk)
            failed.append(f"'{recurrence}' ({recurrence.pk})")
    if failed:
        raise RuntimeError(f"{len(failed)} recurrences failed, the log says why: {', '.join(failed[:5])}")
    return made


def in_order(due: Iterable[Recurrence]) -> list[Recurrence]:
    """Return recurrences, those first that others wait for."""
    left = {recurrence.pk: recurrence for recurrence in due}
    last = [recurrence.last_id for recurrence in left.values() if recurrence.last_id]
    edges = Dependency.objects.filter(sub_task__in=last, needs__recurrence__in=list(left))
    waits_for = defaultdict(list)
    for waiting, need in edges.values_list("sub_task__recurrence", "needs__recurrence"):
        waits_for[waiting].append(need)
    ordered, to_visit = [], list(left)
    while to_visit:
        pk = to_visit[-1]
        # Looked at once only, as recurrences may wait for each other in a circle.
        if ahead := [need for need in waits_for.pop(pk, ()) if need in left]:
            to_visit += ahead
            continue
        to_visit.pop()
        if pk in left:
            ordered.append(left.pop(pk))
    return ordered


def create_occurrence(recurrence: Recurrence, *, last: SubTask | None) -> SubTask | None:
    """Make the sub-task that is due after `last`; None when there is none to make, or another worker was faster."""
    now = timezone.now()
    decided = turn(
        recurrence.schedule,
        due_at=recurrence.next_at,
        free_since=last.status_since if last else recurrence.created_at,
        now=now,
        overlap=recurrence.overlap,
        catch_up=recurrence.catch_up,
    )
    with transaction.atomic():
        # The task before its recurrence, as everywhere: two who lock both must not wait for each other.
        if not Task.objects.select_for_update().filter(pk=recurrence.task_id, status__in=TASK_OPEN).first():
            return None
        # An occurrence moves this time on, so while it is as it was seen, nobody has made one after `last`.
        if not as_seen(recurrence).update(next_at=decided.next_at):
            return None
        if decided.overlapped or decided.missed:
            _tell_of_skipped(recurrence, decided)
        # A clock that was put back comes to times that had their turn.
        if decided.occurrence is None or (last and decided.occurrence <= last.occurrence):
            return None
        return _create(recurrence, decided.occurrence, last)


def as_seen(recurrence: Recurrence):
    """Return the row as long as nobody moved it on, paused or ended it."""
    return Recurrence.objects.running().filter(pk=recurrence.pk, next_at=recurrence.next_at)


def _create(recurrence: Recurrence, occurrence: datetime, last: SubTask | None) -> SubTask:
    needs, left_out = _needs_again(last, occurrence) if last else ([], [])
    sub_task = create_sub_task(
        recurrence.task,
        **recurrence.template | {"assignee": _still_eligible(recurrence.assignee)},
        type=Kind.RECURRING,
        recurrence=recurrence,
        occurrence=occurrence,
        depends_on=needs,
        by=None,
    )
    if last:
        _repeat_rules(last, sub_task)
    names = ", ".join(f"'{need}'" for need in left_out)
    record(
        "recurrence.occur",
        subject=recurrence,
        actor=None,
        why=f"It does not wait for {names}: cancelled." if names else "",
        sub_task=str(sub_task.pk),
        occurrence=occurrence.isoformat(),
    )
    return sub_task


def _needs_again(last: SubTask, occurrence: datetime) -> tuple[list[SubTask], list[SubTask]]:
    """Return what the next one waits for, and what it would wait for in vain."""
    needs, left_out = [], []
    for edge in last.dependencies.select_related("needs"):
        need = edge.needs
        if need.recurrence_id:
            others = SubTask.objects.filter(recurrence=need.recurrence_id, occurrence__lte=occurrence)
            need = others.exclude(status=Status.CANCELLED).order_by("-occurrence").first() or need
        (left_out if need.status == Status.CANCELLED else needs).append(need)
    return needs, left_out


def _still_eligible(assignee):
    if assignee is None:
        return None
    hold(assignee)
    return eligible_executors().filter(pk=assignee.pk).first()


def _repeat_rules(last: SubTask, sub_task: SubTask) -> None:
    rules = [
        # When it was written stays, as rules are read in that order.
        Rule(scope=rule.scope, sub_task=sub_task, content=rule.content, created_at=rule.created_at)
        for rule in last.rules.all()
    ]
    Rule.objects.bulk_create(rules)
    record_each("rule.create", subjects=rules, actor=None)


def _tell_of_skipped(recurrence: Recurrence, decided: Turn) -> None:
    capped = " at least" if decided.overlapped + decided.missed >= MOST_COUNTED else ""
    told = [
        f"{count} time{'s' if count > 1 else ''} {why}"
        for count, why in (
            (decided.overlapped, "while the last one was unfinished"),
            (decided.missed, "while the clock stood still"),
        )
        if count
    ]
    record(
        "recurrence.skip",
        subject=recurrence,
        actor=None,
        why=f"Skipped{capped}: {', '.join(told)}.",
        overlapped=decided.overlapped,
        missed=decided.missed,
        since=recurrence.next_at.isoformat(),
    )
