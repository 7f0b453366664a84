"""Who works here, and what becomes of their work when something about them changes."""

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_safe

from agents.forms.agents import RetireForm, RoleForm
from agents.models import Agent, AgentStatus
from agents.services import disable_agent as disable
from openmoss.access import STAFF, Role, declare
from openmoss.api.lookup import find
from openmoss.pages import ask, live
from openmoss.pages.forms import Reason, sent
from openmoss.pages.listing import listing
from openmoss.selectors import agents as selectors
from openmoss.selectors.feed import told
from tasks import services


@declare(STAFF)
@require_safe
def agents(request: HttpRequest) -> HttpResponse:
    """List who works here, who may join, and for which roles nobody does."""
    wanted = selectors.Wanted.of(request.GET)

    def context() -> dict:
        rows = listing(wanted.agents(), request.GET, by=wanted.order)
        selectors.with_work(rows.rows)
        return {
            "wanted": wanted,
            "rows": rows,
            "missing": selectors.missing_roles(),
            "codes": selectors.open_codes(),
            "roles": Role.values,
            "statuses": AgentStatus.values,
        }

    return live(request, "agents/agents.html", "agents/_agents.html", context, cursor=selectors.newest())


@declare(STAFF)
@require_safe
def agent(request: HttpRequest, id: str) -> HttpResponse:
    """Show one agent: its pulse, its work, its verdicts and scores, and what it asked and said."""
    found = find(Agent.objects.all(), id)
    tab = request.GET.get("tab", "")
    tab = tab if tab in selectors.TABS else selectors.TABS[0]

    def context() -> dict:
        rows = listing(selectors.rows_of(found, tab), request.GET, by=selectors.TAB_ORDERS[tab])
        return {
            "agent": found,
            "portrait": selectors.portrait(found),
            "beaten": sum(found.pulse),
            "tab": tab,
            "rows": rows,
            "lines": told(rows.rows) if tab == "requests" else [],
        }

    return live(request, "agents/agent.html", "agents/_portrait.html", context, cursor=selectors.newest())


@declare(STAFF)
@require_http_methods(["GET", "HEAD", "POST"])
def edit_agent(request: HttpRequest, id: str) -> HttpResponse:
    """Change what an agent is there for."""
    found = find(Agent.objects.all(), id)
    present = {"role": found.role, "description": found.description}

    def edit(given: dict) -> str:
        services.edit_agent(found, by=request.user, **given)
        return _("%(name)s was edited.") % {"name": found}

    return ask(
        request,
        RoleForm(sent(request), initial=present),
        edit,
        title=_("Edit %(name)s") % {"name": found},
        text=_(
            "The name stays: everything it did stands under it. An agent in another role also needs another "
            "prompt and another skill."
        ),
        verb=_("Save"),
        back=found,
    )


@declare(STAFF)
@require_http_methods(["GET", "HEAD", "POST"])
def disable_agent(request: HttpRequest, id: str) -> HttpResponse:
    """Keep an agent out for a while."""
    found = find(Agent.objects.all(), id)
    count = sum(selectors.open_work_of(found).values())

    def keep_out(given: dict) -> str:
        disable(found, by=request.user, why=given["why"])
        return _("%(name)s is kept out until somebody enables it again.") % {"name": found}

    text = ngettext(
        "Its key stops working until you enable it again. %(count)d open sub-task stays with it and waits; "
        "reassign it if that must not be.",
        "Its key stops working until you enable it again. %(count)d open sub-tasks stay with it and wait; "
        "reassign them if that must not be.",
        count,
    ) % {"count": count}
    return ask(
        request,
        Reason(sent(request)),
        keep_out,
        title=_("Disable %(name)s") % {"name": found},
        text=text if count else _("Its key stops working until you enable it again. It has no open work."),
        verb=_("Disable"),
        back=found,
        danger=True,
    )


@declare(STAFF)
@require_http_methods(["GET", "HEAD", "POST"])
def retire_agent(request: HttpRequest, id: str) -> HttpResponse:
    """Let an agent go for good."""
    found = find(Agent.objects.all(), id)
    count = selectors.returned_if_retired(found)

    def retire(given: dict) -> str:
        services.retire_agent(found, by=request.user, why=given["why"])
        return _("%(name)s has retired.") % {"name": found}

    text = ngettext(
        "This cannot be undone: its key dies, and its name is not given to another one. %(count)d sub-task in "
        "its hands returns to pending. What it did, said and scored stays.",
        "This cannot be undone: its key dies, and its name is not given to another one. %(count)d sub-tasks in "
        "its hands return to pending. What it did, said and scored stays.",
        count,
    ) % {"count": count}
    return ask(
        request,
        RetireForm(found, sent(request)),
        retire,
        title=_("Retire %(name)s") % {"name": found},
        text=text,
        verb=_("Retire for good"),
        back=found,
        danger=True,
    )
