"""Decisions that nobody takes: tasks without a plan or without an end, and questions without an answer."""

from collections.abc import Iterator
from datetime import timedelta

from openmoss.durations import in_words
from patrol.detectors.scene import Scene, quiet_since
from patrol.detectors.symptom import Symptom, graded
from patrol.models import FindingKind
from tasks.models import Kind
from tasks.selectors import HELP_KEPT_FOR, unanswered_calls


def plan_stalled(scene: Scene) -> Iterator[Symptom]:
    """Find tasks without sub-tasks, and tasks in which everything is finished but that nobody closes."""
    limits = scene.limits
    for task in scene.at_rest:
        planned = task.last_change is not None
        if planned and task.type == Kind.RECURRING:
            continue
        lasted = scene.now - quiet_since(task)
        severity = graded(
            lasted,
            warning=timedelta(minutes=limits.plan_warning),
            critical=timedelta(minutes=limits.plan_critical),
        )
        if severity:
            yield Symptom(
                FindingKind.PLAN_STALLED,
                severity,
                f"Everything in '{task}' has been finished for {in_words(lasted)}, and it is still open."
                if planned
                else f"'{task}' has been without sub-tasks for {in_words(lasted)}.",
                since=quiet_since(task),
                task=task.pk,
            )


def help_unanswered(scene: Scene) -> Iterator[Symptom]:
    """Find calls for help that the planner has not answered."""
    limits = scene.limits
    calls = unanswered_calls(since=scene.now - HELP_KEPT_FOR).filter(
        created_at__lte=scene.ago(limits.help_warning)
    )
    for call in calls.select_related("agent", "sub_task").order_by("created_at"):
        lasted = scene.now - call.created_at
        yield Symptom(
            FindingKind.HELP_UNANSWERED,
            graded(
                lasted,
                warning=timedelta(minutes=limits.help_warning),
                critical=timedelta(minutes=limits.help_critical),
            ),
            f"{call.agent} has waited {in_words(lasted)} for an answer about '{call.sub_task}'.",
            since=call.created_at,
            sub_task=call.sub_task_id,
            task=call.sub_task.task_id,
            agent=call.agent_id,
        )
