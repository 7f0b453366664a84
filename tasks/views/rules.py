"""Rules: what every agent reads before it works."""

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from agents.prompts.library import digest
from agents.views.writing import EDITOR, writing
from openmoss.access import STAFF, declare
from openmoss.api.lookup import find
from openmoss.errors import Conflict
from openmoss.pages import ask, page
from openmoss.pages.forms import Form
from openmoss.pages.listing import listing
from tasks import services
from tasks.forms.rules import SCOPES, EditRule, NewRule
from tasks.models import Rule, RuleScope, SubTask, Task
from tasks.selectors.rules import rules_like, tasks_with_rules, with_authors
from tasks.selectors.said import SHIPPED_RULE

A_FEW = 10


@declare(STAFF)
@require_safe
def rules(request: HttpRequest) -> HttpResponse:
    """Show which rules hold: for everything, for one task, for one sub-task."""
    subject, words = _subject(request), request.GET.get("q", "").replace("\x00", "")[:200]
    scope = request.GET.get("scope", "")
    scope = scope if scope in RuleScope.values else ""
    found = rules_like(**subject, words=words)
    sections = []
    for name, heading in SCOPES[1:]:
        if scope in ("", name):
            rows = listing(found.of_scope(name), request.GET if scope else {}, rows=50 if scope else A_FEW)
            sections.append((name, heading, rows, with_authors(rows)))
    shipped = not Rule.objects.of_scope(RuleScope.GLOBAL).exists()
    tasks = tasks_with_rules()
    if (task := subject.get("task")) and task not in tasks:
        tasks.insert(0, task)
    context = {
        **subject,
        "scope": scope,
        "scopes": SCOPES,
        "words": words,
        "sections": sections,
        "tasks": tasks,
        "shipped": SHIPPED_RULE.read_text(encoding="utf-8") if shipped and SHIPPED_RULE.exists() else "",
    }
    return page(request, "rules/rules.html", context)


@declare(STAFF)
@require_http_methods(["GET", "HEAD", "POST"])
def create(request: HttpRequest) -> HttpResponse:
    """Write a rule for `?task=`, for `?sub_task=`, or for everything."""
    subject, text, start = _subject(request), "", ""
    about = next(iter(subject.values()), None)
    if about is not None:
        title = _("New rule for “%(name)s”") % {"name": about}
    else:
        title = _("New rule for everything")
        text = _("Every agent reads it before it works, whatever it works on.")
        if not Rule.objects.of_scope(RuleScope.GLOBAL).exists() and SHIPPED_RULE.exists():
            start = SHIPPED_RULE.read_text(encoding="utf-8")
            text = _("What you save replaces the rules that come with OpenMOSS, from which this text begins.")

    def do(values: dict) -> str:
        services.add_rule(content=values["content"], by=request.user, **subject)
        return _("The rule holds from now on.")

    return ask(
        request,
        writing(NewRule, request, {"content": start}),
        do,
        title=title,
        text=text,
        verb=_("Save"),
        back=about or "rules",
        then=_list_of(subject),
        template=EDITOR,
    )


@declare(STAFF)
@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: HttpRequest, id: str) -> HttpResponse:
    """Edit a rule; who was overtaken sees both texts and loses neither."""
    rule = find(Rule.objects.select_related("task", "sub_task__task"), id)
    form = writing(EditRule, request, {"content": rule.content, "seen": digest(rule.content)})

    def do(values: dict) -> str:
        try:
            services.edit_rule(rule, by=request.user, **values)
        except Conflict:
            now = find(Rule.objects.all(), str(rule.pk)).content
            form.meet(now, seen=digest(now))
            raise
        return _("The rule was changed.")

    return ask(
        request,
        form,
        do,
        title=_("Edit a rule for “%(name)s”") % {"name": rule.subject}
        if rule.subject
        else _("Edit a rule for everything"),
        verb=_("Save"),
        back="rules",
        template=EDITOR,
    )


@declare(STAFF)
@require_http_methods(["GET", "HEAD", "POST"])
def delete(request: HttpRequest, id: str) -> HttpResponse:
    """Take a rule back."""
    rule = find(Rule.objects.select_related("task", "sub_task__task"), id)
    others = Rule.objects.of_scope(RuleScope.GLOBAL).exclude(pk=rule.pk).exists()
    if rule.subject:
        text = _("Agents that work on “%(name)s” no longer read it.") % {"name": rule.subject}
    elif others:
        text = _("No agent reads it any more. The other rules for everything stay.")
    else:
        text = _(
            "It is the only rule for everything. Without it the rules that come with OpenMOSS hold again."
        )

    def do(values: dict) -> str:
        services.delete_rule(rule, by=request.user)
        return _("The rule was deleted. Its words stay in the log of events.")

    return ask(
        request,
        Form(request.POST if request.method == "POST" else None),
        do,
        title=_("Delete this rule?"),
        text=text,
        verb=_("Delete"),
        danger=True,
        back="rules",
    )


def _subject(request: HttpRequest) -> dict[str, Task | SubTask]:
    if id := request.GET.get("sub_task"):
        return {"sub_task": find(SubTask.objects.select_related("task"), id)}
    if id := request.GET.get("task"):
        return {"task": find(Task.objects.all(), id)}
    return {}


def _list_of(subject: dict) -> str:
    query = "".join(f"?{name}={thing.pk}" for name, thing in subject.items())
    return reverse("rules") + query
