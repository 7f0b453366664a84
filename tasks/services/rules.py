"""Rules: what every agent reads before it works."""

from django.db import transaction

from agents.prompts.library import digest
from notifications.services import record
from openmoss.errors import Conflict, Invalid
from tasks.models import Rule, RuleScope, SubTask, Task


def add_rule(*, content: str, task: Task | None = None, sub_task: SubTask | None = None, by) -> Rule:
    """Write a rule for one task, for one sub-task, or for everything when neither is given."""
    if task is not None and sub_task is not None:
        raise Invalid.field("sub_task_id", "Give a task or a sub-task, not both.")
    if not content.strip():
        raise Invalid.field("content", "A rule needs words.")
    scope = RuleScope.TASK if task else RuleScope.SUB_TASK if sub_task else RuleScope.GLOBAL
    with transaction.atomic():
        rule = Rule.objects.create(scope=scope, task=task, sub_task=sub_task, content=content)
        record("rule.create", subject=rule, actor=by, scope=scope)
    return rule


def edit_rule(rule: Rule, *, content: str, seen: str, by) -> Rule:
    """Put other words into the rule whose words had the digest `seen`; the old ones stay in the event."""
    if not content.strip():
        raise Invalid.field("content", "A rule needs words.")
    before = rule.content
    with transaction.atomic():
        same = Rule.objects.filter(pk=rule.pk, content=before)
        if digest(before) != seen or not same.update(content=content):
            raise Conflict(
                "Somebody else changed or deleted this rule first.",
                hint="Look at the new words, then make your change in those.",
            )
        rule.content = content
        record("rule.edit", subject=rule, actor=by, scope=rule.scope, content=before)
    return rule


def delete_rule(rule: Rule, *, by) -> None:
    """Take a rule back; its words stay in the event."""
    with transaction.atomic():
        record("rule.delete", subject=rule, actor=by, scope=rule.scope, content=rule.content)
        rule.delete()
