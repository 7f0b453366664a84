"""Finding anything by a word, or by the beginning of its id."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import reduce
from operator import or_

from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from agents.models import Agent, PromptKind
from agents.selectors import prompts
from openmoss.api.lookup import begins_with, digits_of
from openmoss.markdown import plain
from openmoss.templatetags.console import label
from patrol.models import Finding
from reviews.models import Review
from tasks.models import Module, Rule, SubTask, Task

SHORTEST, LONGEST = 2, 100
FEW, MANY = 8, 100
MOST_BY_ID = 5
NEWEST = 2000  # rows of each sort whose long texts are looked through
AROUND = 60  # characters of a text before and after what was looked for


@dataclass(frozen=True)
class Hit:
    """Something that was found: its name, its page, and what tells it from others."""

    title: str
    url: str
    word: str = ""  # its status, role or verdict
    beside: str = ""
    text: str = ""


@dataclass(frozen=True)
class Group:
    """What was found of one sort; `has_more` when there is more than is shown."""

    name: str
    title: str
    hits: list[Hit]
    has_more: bool = False


def tidy(text: str) -> str:
    """Return what somebody looks for without what cannot be looked for."""
    return " ".join(text.replace("\x00", "").split())[:LONGEST]


def search(text: str, *, only: str = "", in_names_only: bool = False) -> list[Group]:
    """Return what holds a text, in groups: a few of each sort, or more of `only` one."""
    if len(text) < SHORTEST:
        return []
    wanted = {only: SORTS[only]} if only in SORTS else SORTS
    most = MANY if only in SORTS else FEW
    groups = []
    for name, (title, find) in wanted.items():
        hits = find(text, most + 1, in_names_only=in_names_only)
        if hits:
            groups.append(Group(name, str(title), hits[:most], has_more=len(hits) > most))
    return groups


def named_by(text: str) -> list[Hit]:
    """Return what has this id, or an id that begins so (6 characters or more)."""
    digits = digits_of(text)
    if not digits:
        return []
    rows = [row for of in _BY_ID for row in of().filter(begins_with(digits))[:MOST_BY_ID]]
    return [_HITS[type(row)](row, "") for row in rows]


def _task(task: Task, text: str) -> Hit:
    return Hit(task.name, task.get_absolute_url(), task.status, text=_around(text, task.description))


def _module(module: Module, text: str) -> Hit:
    place = f"{module.task.get_absolute_url()}#module-{module.pk}"
    return Hit(module.name, place, beside=module.task.name, text=_around(text, module.description))


def _sub_task(sub_task: SubTask, text: str) -> Hit:
    return Hit(
        sub_task.name,
        sub_task.get_absolute_url(),
        sub_task.status,
        sub_task.task.name,
        _around(text, sub_task.description, sub_task.deliverable),
    )


def _agent(agent: Agent, text: str) -> Hit:
    return Hit(agent.name, agent.get_absolute_url(), agent.role, text=_around(text, agent.description))


def _rule(rule: Rule, text: str) -> Hit:
    about = rule.task or rule.sub_task
    title = _("Rule of %(name)s") % {"name": about} if about else _("Rule for everything")
    return Hit(
        title, f"{reverse('rules')}#rule-{rule.pk}", text=_around(text, rule.content) or rule.content[:AROUND]
    )


def _review(review: Review, text: str) -> Hit:
    title = _("%(name)s, round %(round)s") % {"name": review.sub_task.name, "round": review.round}
    words = _around(text, review.issues, review.comment)
    return Hit(title, review.get_absolute_url(), review.result, review.reviewer_name, words)


def _finding(finding: Finding, text: str) -> Hit:
    return Hit(finding.description[:200], finding.get_absolute_url(), finding.severity, label(finding.status))


def _rows(rows: Callable[[], QuerySet], name: str, *bodies: str, order: str = "-created_at"):
    """Return how to find rows that are called so, the newest first, and then those that hold it elsewhere.

    Names are short and looked through in all rows; long texts only in the newest ones.
    """
    called = [f"{name}__icontains"] if name else []
    holds = [f"{body}__icontains" for body in bodies]

    def find(text: str, most: int, *, in_names_only: bool) -> list[Hit]:
        newest_first = rows().order_by(order, "-pk")
        is_called = _any(called, text)
        found = list(newest_first.filter(is_called)[:most]) if called else []
        if holds and len(found) < most and not in_names_only:
            newest = rows().order_by(order, "-pk").values("pk")[:NEWEST]
            others = newest_first.filter(_any(holds, text), pk__in=newest)
            if called:
                others = others.exclude(is_called)
            found += others[: most - len(found)]
        return [_HITS[type(row)](row, text) for row in found]

    return find


def _any(lookups: list[str], text: str) -> Q:
    return reduce(or_, (Q(**{lookup: text}) for lookup in lookups), Q())


def _prompts(text: str, most: int, *, in_names_only: bool) -> list[Hit]:
    every = [] if in_names_only else [each for kind in PromptKind.values for each in prompts(kind)]
    found = [each for each in every if text.lower() in f"{each.slug}\n{each.text}".lower()]
    return [
        Hit(
            each.slug,
            reverse("prompt", args=[each.kind, each.slug]),
            beside=str(PromptKind(each.kind).label),
            text=_around(text, each.text),
        )
        for each in found[:most]
    ]


def _around(text: str, *texts: str) -> str:
    """Return the words around the first place where a text stands."""
    for each in texts:
        place = each.lower().find(text.lower()) if text else -1
        if place >= 0:
            start, end = max(0, place - AROUND), place + len(text) + AROUND
            words = re.sub(r"\s+", " ", plain(each[start:end])).strip()
            return f"{'…' if start else ''}{words}{'…' if end < len(each) else ''}"
    return ""


def _modules() -> QuerySet:
    return Module.objects.select_related("task")


def _sub_tasks() -> QuerySet:
    return SubTask.objects.select_related("task")


def _rules() -> QuerySet:
    return Rule.objects.select_related("task", "sub_task")


def _reviews() -> QuerySet:
    return Review.objects.select_related("sub_task")


_HITS = {
    Task: _task,
    Module: _module,
    SubTask: _sub_task,
    Agent: _agent,
    Rule: _rule,
    Review: _review,
    Finding: _finding,
}
_BY_ID = [Task.objects.all, _sub_tasks, Agent.objects.all, _modules, _reviews, Finding.objects.all]
SORTS = {
    "tasks": (gettext_lazy("Tasks"), _rows(Task.objects.all, "name", "description")),
    "sub-tasks": (gettext_lazy("Sub-tasks"), _rows(_sub_tasks, "name", "description", "deliverable")),
    "modules": (gettext_lazy("Modules"), _rows(_modules, "name", "description")),
    "agents": (gettext_lazy("Agents"), _rows(Agent.objects.all, "name", "description")),
    "reviews": (gettext_lazy("Reviews"), _rows(_reviews, "", "issues", "comment")),
    "findings": (gettext_lazy("Findings"), _rows(Finding.objects.all, "", "description", order="-since")),
    "rules": (gettext_lazy("Rules"), _rows(_rules, "", "content")),
    "prompts": (gettext_lazy("Prompts"), _prompts),
}
