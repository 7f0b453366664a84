"""Rules as people read them: each with what it is about, who wrote it, and who changed it last."""

from collections.abc import Iterable

from django.db.models import Q, QuerySet

from notifications.models import Event
from tasks.models import Rule, Task

MOST_TASKS = 100


def rules_like(*, task: Task | None = None, sub_task=None, words: str = "") -> QuerySet[Rule]:
    """Return rules newest first: of a sub-task, or of a task and its sub-tasks, or all, that have these words.

    Those for everything hold for each task, and so are never left out because of one.
    """
    rows = Rule.objects.select_related("task", "sub_task__task")
    if sub_task is not None:
        rows = rows.filter(Q(sub_task=sub_task) | Q(task=sub_task.task_id) | Q(task=None, sub_task=None))
    elif task is not None:
        rows = rows.filter(Q(task=task) | Q(sub_task__task=task) | Q(task=None, sub_task=None))
    return rows.filter(content__icontains=words) if words else rows


def with_authors(rules: Iterable[Rule]) -> list[Rule]:
    """Add to rules `author` and, where they were edited, `editor` and `edited_at`; one more query."""
    rules = list(rules)
    by_id = {str(rule.pk): rule for rule in rules}
    for rule in rules:
        rule.author = rule.editor = rule.edited_at = None
    written = Event.objects.filter(subject_id__in=by_id, kind__in=["rule.create", "rule.edit"])
    for event in written.order_by("pk"):
        rule = by_id[event.subject_id]
        if event.kind == "rule.create":
            rule.author = event.actor_name
        else:
            rule.editor, rule.edited_at = event.actor_name, event.at
    return rules


def tasks_with_rules() -> list[Task]:
    """Return the newest tasks that have rules of their own or in one of their sub-tasks."""
    own = Rule.objects.filter(task__isnull=False).order_by().values("task")
    below = Rule.objects.filter(sub_task__isnull=False).order_by().values("sub_task__task")
    return list(Task.objects.filter(Q(pk__in=own) | Q(pk__in=below))[:MOST_TASKS])
