"""Carrying out a whole plan: everything in one transaction, or nothing."""

from dataclasses import dataclass, field

from django.db import transaction
from django.utils import timezone

from notifications.services import record, record_each
from tasks.models import TEMPLATE, Dependency, Kind, Module, Recurrence, Rule, RuleScope, SubTask, Task
from tasks.planning import Plan, Planned
from tasks.services.recurrences import draft_recurrence
from tasks.services.tasks import lock_open, set_task_status
from tasks.workflow import Status, TaskStatus

BATCH = 500


@dataclass
class Outcome:
    """What a plan became: its task, and modules and sub-tasks by their refs."""

    task: Task
    modules: dict[str, Module] = field(default_factory=dict)
    sub_tasks: dict[str, SubTask] = field(default_factory=dict)


def carry_out(plan: Plan, *, by) -> Outcome:
    """Write the plan and return what it became; with `dry_run` nothing is written."""
    task = plan.task or Task(**plan.task_fields)
    outcome = Outcome(task, modules=_modules(plan, task))
    outcome.sub_tasks = {
        planned.ref: _sub_task(planned, task, outcome.modules.get(planned.module))
        for planned in plan.sub_tasks
    }
    if not plan.dry_run:
        with transaction.atomic():
            _write(plan, outcome, by=by)
    return outcome


def _modules(plan: Plan, task: Task) -> dict[str, Module]:
    return {ref: Module(task=task, **fields) for ref, fields in plan.modules.items()}


def _sub_task(planned: Planned, task: Task, module: Module | None) -> SubTask:
    fields = planned.fields | {"module": module, "assignee": planned.assignee}
    if planned.assignee:
        fields |= {"assigned_at": timezone.now(), "attempt": 1, "status": Status.ASSIGNED}
    if planned.recurring_config:
        template = {name: fields[name] for name in TEMPLATE}
        recurrence = draft_recurrence(task, **template, **planned.recurring_config)
        fields |= {"type": Kind.RECURRING, "recurrence": recurrence}
        fields["occurrence"] = recurrence.schedule.latest(recurrence.created_at)
    return SubTask(task=task, **fields)


def _write(plan: Plan, outcome: Outcome, *, by) -> None:
    task = outcome.task
    if plan.task is None:
        task.save(force_insert=True)
        record("task.create", subject=task, actor=by, now=task.status)
    else:
        lock_open(task)
    Module.objects.bulk_create(outcome.modules.values())
    record_each("module.create", subjects=outcome.modules.values(), actor=by)
    recurrences = [sub_task.recurrence for sub_task in outcome.sub_tasks.values() if sub_task.recurrence]
    Recurrence.objects.bulk_create(recurrences, batch_size=BATCH)
    record_each("recurrence.create", subjects=recurrences, actor=by, data=lambda row: row.config)
    SubTask.objects.bulk_create(outcome.sub_tasks.values(), batch_size=BATCH)
    record_each("sub_task.create", subjects=outcome.sub_tasks.values(), actor=by, data=_handed_to)
    Dependency.objects.bulk_create(
        [
            Dependency(sub_task=outcome.sub_tasks[planned.ref], needs=need)
            for planned in plan.sub_tasks
            for need in [*(outcome.sub_tasks[ref] for ref in planned.needs_planned), *planned.needs_existing]
        ],
        batch_size=BATCH,
    )
    _write_rules(plan, outcome, by=by)
    if plan.activate and task.status == TaskStatus.PLANNING:
        set_task_status(task, TaskStatus.ACTIVE, by=by)


def _handed_to(sub_task: SubTask) -> dict:
    agent = sub_task.assignee
    return {"assignee": str(agent.pk), "assignee_name": agent.name} if agent else {}


def _write_rules(plan: Plan, outcome: Outcome, *, by) -> None:
    rules = [Rule(scope=RuleScope.TASK, task=outcome.task, content=content) for content in plan.rules]
    rules += [
        Rule(scope=RuleScope.SUB_TASK, sub_task=outcome.sub_tasks[planned.ref], content=content)
        for planned in plan.sub_tasks
        for content in planned.rules
    ]
    Rule.objects.bulk_create(rules, batch_size=BATCH)
    record_each("rule.create", subjects=rules, actor=by)
