"""Everything that an agent needs to know for each thing it could do, read in bulk."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from django.db.models import Count, F, Q, Window
from django.db.models.functions import RowNumber

from openmoss.access import Role
from openmoss.api.lookup import short
from openmoss.selectors.work import Item
from patrol.advice import steps
from patrol.models import Finding
from reviews.models import Review
from tasks.models import Action, ActivityLog, Dependency, Rule, SubTask, Task
from tasks.workflow import Status

DELIVERY_LENGTH = 500
ENTRY_LENGTH = 400
ISSUES_LENGTH = 1500
RULE_LENGTH = 600
TRAIL = 6  # entries of the activity log
ROUNDS = 3  # earlier reviews

DELIVER = ['log create delivery "<where, how checked>" --sub-task-id {id}', "st submit {id}"]
FIRST_STEPS = {
    "rework": ["st start {id}", "mend every issue", *DELIVER],
    "resume": ["go on with it", *DELIVER],
    "assigned": ["st start {id}", "do it", *DELIVER],
    "free": ["st claim {id}", "st start {id}", "do it", *DELIVER],
    "review": [
        "check each acceptance criterion",
        'review create {id} approved 5 --round {round} --comment "<findings>"',
        'or: review create {id} rejected 2 --round {round} --issues "1. <issue>"',
    ],
    "blocked": ["st unblock {id}", "or: st reassign {id} <agent>", "or: st cancel {id}"],
    "stranded": ["st edit {id} --depends-on <sub_task>", "or: st cancel {id}"],
    "help": ['rule create "<answer>" --sub-task-id {id}', "or: st reassign {id} <agent>"],
    "help in review": ['rule create "<answer>" --sub-task-id {id}', "or: st cancel {id}"],
    "unplanned": ["in a file with task_id {id}: plan <file>", 'or: st create {id} "<name>"'],
    "closable": ["task status {id} completed", "tell the channels of `notification`"],
    "repeat": ['for its next time: st create {task} "<name>"'],
}
CLOSE_FINDING = {
    Role.PLANNER: ['or: finding ignore {id} --reason "<why>"'],
    Role.PATROL: ['finding resolve {id} --reason "<how>"', 'or: finding ignore {id} --reason "<why>"'],
}


def of_executor_items(items: list[Item]) -> dict[UUID, dict]:
    """Describe sub-tasks for whoever does them: brief, last verdict, what they build on, guidance, trail."""
    rows = _sub_tasks(items)
    verdicts, built_on = _verdicts(rows, 1), _built_on(rows)
    guidance, trail = _rules(rows), _trail(rows)
    return {
        pk: _sub_task(row, _kind(items, pk))
        | {"review": next(iter(verdicts[pk]), None) if row.rework_count else None}
        | {"built_on": built_on[pk], "rules": guidance[pk], "trail": trail[pk]}
        for pk, row in rows.items()
    }


def of_reviewer_items(items: list[Item]) -> dict[UUID, dict]:
    """Describe sub-tasks for whoever judges them: brief, what was said of the delivery, earlier rounds."""
    rows = _sub_tasks(items)
    verdicts, trail, guidance = _verdicts(rows, ROUNDS), _trail(rows), _rules(rows)
    described = {}
    for pk, row in rows.items():
        round = verdicts[pk][0]["round"] + 1 if verdicts[pk] else 1
        described[pk] = _sub_task(row, "review", round=round) | {
            "round": round,
            "earlier_rounds": verdicts[pk],
            "rules": guidance[pk],
            "trail": trail[pk],
        }
    return described


def of_planner_items(items: list[Item]) -> dict[UUID, dict]:
    """Describe what waits for a decision: blocked work and calls for help with their trail, and tasks."""
    calls = {
        call.pk: call
        for call in ActivityLog.objects.filter(pk__in=_ids(items, "help")).select_related("agent")
    }
    about = {pk: call.sub_task_id for pk, call in calls.items()}
    rows = _rows([*_ids(items, "blocked", "stranded", "repeat"), *about.values()])
    trail = _trail(rows)
    described = {
        pk: _sub_task(row, _kind(items, pk) or "help") | {"reason": row.blocked_reason, "trail": trail[pk]}
        for pk, row in rows.items()
    }
    for pk, call in calls.items():
        described[pk] = described[about[pk]] | {
            "asks": cut(call.summary, ENTRY_LENGTH * 2),
            "asked_by": call.agent.name,
            "do": _steps(_question(rows[about[pk]]), about[pk]),
        }
    return described | _tasks(items) | _findings(items, Role.PLANNER)


def _question(row: SubTask) -> str:
    return "help in review" if row.status == Status.REVIEW else "help"


def of_patrol_items(items: list[Item]) -> dict[UUID, dict]:
    """Describe open findings: how to look closer at each, and how to close it."""
    return _findings(items, Role.PATROL)


def _findings(items: list[Item], reader: Role) -> dict[UUID, dict]:
    return {
        finding.pk: {
            "id": str(finding.pk),
            "name": finding.description,
            "found": finding.kind,
            "severity": finding.severity,
            "about": {
                "task": _named(finding.task),
                "sub_task": _named(finding.sub_task),
                "agent": _named(finding.agent),
            },
            "since": moment(finding.created_at),
            "action_taken": finding.action_taken,
            "do": steps(finding, reader=reader)
            + [step.format(id=short(finding.pk)) for step in CLOSE_FINDING[reader]],
        }
        for finding in Finding.objects.filter(pk__in=_ids(items, "finding")).select_related(
            "task", "sub_task", "agent"
        )
    }


def moment(at: datetime) -> str:
    """Return a time as the API writes it, to the second."""
    return f"{at:%Y-%m-%dT%H:%M:%SZ}"


def cut(text: str, length: int) -> str:
    """Return at most `length` characters of a text, ended at a sentence where there is one."""
    text = text.strip()
    if len(text) <= length:
        return text
    kept = text[:length]
    end = max(kept.rfind(mark) for mark in (". ", "! ", "? ", "\n", "。"))
    if end > length // 3:
        kept = kept[: end + 1]
    return f"{kept.rstrip()} […]"


def _ids(items: list[Item], *kinds: str) -> list[UUID]:
    return [item.id for item in items if item.kind in kinds]


def _kind(items: list[Item], pk: UUID) -> str:
    return next((item.kind for item in items if item.id == pk), "")


def _steps(kind: str, pk: UUID, **more) -> list[str]:
    return [step.format(id=short(pk), **more) for step in FIRST_STEPS[kind]]


def _named(row) -> dict | None:
    return {"id": str(row.pk), "name": str(row)} if row else None


def _sub_tasks(items: list[Item]) -> dict[UUID, SubTask]:
    return _rows([item.id for item in items])


def _rows(ids: Iterable[UUID]) -> dict[UUID, SubTask]:
    rows = SubTask.objects.filter(pk__in=list(ids)).select_related("task", "module", "assignee")
    return {row.pk: row for row in rows}


def _sub_task(row: SubTask, kind: str, **more) -> dict:
    return {
        "id": str(row.pk),
        "name": row.name,
        "status": row.status,
        "priority": row.priority,
        "task": _named(row.task),
        "module": _named(row.module),
        "assignee": _named(row.assignee),
        "since": moment(row.status_since),
        "attempt": row.attempt,
        "rework_count": row.rework_count,
        "session": row.current_session_id,
        "occurrence": row.occurrence and moment(row.occurrence),
        "description": row.description,
        "deliverable": row.deliverable,
        "acceptance": row.acceptance,
        "do": _steps(kind, row.pk, task=short(row.task_id), **more),
    }


def _tasks(items: list[Item]) -> dict[UUID, dict]:
    tasks = Task.objects.filter(pk__in=_ids(items, "unplanned", "closable")).annotate(
        done=Count("sub_tasks", filter=Q(sub_tasks__status=Status.DONE)),
        total=Count("sub_tasks", filter=~Q(sub_tasks__status=Status.CANCELLED)),
    )
    return {
        task.pk: {
            "id": str(task.pk),
            "name": task.name,
            "status": task.status,
            "since": moment(task.created_at),
            "description": task.description,
            "done": task.done,
            "total": task.total,
            "do": _steps(_kind(items, task.pk), task.pk),
        }
        for task in tasks
    }


def _newest(queryset, by: str, most: int):
    """Keep the newest `most` rows of each group, in one query."""
    place = Window(RowNumber(), partition_by=F(by), order_by=F("created_at").desc())
    return queryset.annotate(place=place).filter(place__lte=most).order_by(by, "-created_at")


def _verdicts(rows: dict, most: int) -> dict[UUID, list[dict]]:
    found = defaultdict(list)
    for review in _newest(Review.objects.filter(sub_task__in=rows), "sub_task_id", most):
        found[review.sub_task_id].append(
            {
                "round": review.round,
                "result": review.result,
                "score": review.score,
                "by": review.reviewer_name,
                "issues": cut(review.issues, ISSUES_LENGTH),
                "comment": cut(review.comment, ENTRY_LENGTH),
            }
        )
    return found


def _built_on(rows: dict) -> dict[UUID, list[dict]]:
    edges = list(Dependency.objects.filter(sub_task__in=rows).select_related("needs"))
    said = ActivityLog.objects.filter(sub_task__in=[edge.needs_id for edge in edges], action=Action.DELIVERY)
    delivery = {
        entry.sub_task_id: cut(entry.summary, DELIVERY_LENGTH) for entry in _newest(said, "sub_task_id", 1)
    }
    found = defaultdict(list)
    for edge in edges:
        found[edge.sub_task_id].append(
            {
                "id": str(edge.needs_id),
                "name": edge.needs.name,
                "deliverable": cut(edge.needs.deliverable, DELIVERY_LENGTH),
                "delivery": delivery.get(edge.needs_id, ""),
            }
        )
    return found


def _rules(rows: dict) -> dict[UUID, list[str]]:
    tasks = {row.task_id for row in rows.values()}
    of_task, of_sub_task = defaultdict(list), defaultdict(list)
    for rule in Rule.objects.filter(Q(sub_task__in=rows) | Q(task__in=tasks)):
        book = of_sub_task[rule.sub_task_id] if rule.sub_task_id else of_task[rule.task_id]
        book.append(cut(rule.content, RULE_LENGTH))
    return {pk: of_task[row.task_id] + of_sub_task[pk] for pk, row in rows.items()}


def _trail(rows: dict) -> dict[UUID, list[dict]]:
    found = defaultdict(list)
    said = ActivityLog.objects.filter(sub_task__in=rows).select_related("agent")
    for entry in _newest(said, "sub_task_id", TRAIL):
        found[entry.sub_task_id].append(
            {
                "at": moment(entry.created_at),
                "by": entry.agent.name,
                "action": entry.action,
                "summary": cut(entry.summary, ENTRY_LENGTH),
            }
        )
    return found
