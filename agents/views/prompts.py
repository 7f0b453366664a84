"""What agents are told: the library, one prompt, and what a newcomer gets."""

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from agents import selectors, services
from agents.downloads import server_url
from agents.forms.prompts import MakeCode
from agents.models import PromptKind, PromptVersion
from agents.prompts import documents
from agents.prompts.library import shipped
from openmoss.access import STAFF, Role, declare
from openmoss.errors import Forbidden, NotFound, Refusal
from openmoss.pages import page
from openmoss.pages.listing import listing

VERSIONS = 20


@declare(STAFF)
@require_safe
def prompts(request: HttpRequest) -> HttpResponse:
    """Show who is told what: the four seats, and the texts of one kind."""
    agent_prompts = selectors.prompts(PromptKind.AGENT)
    tab = request.GET.get("tab")
    kind = PromptKind(tab) if tab in PromptKind.values else PromptKind.AGENT
    shown = agent_prompts if kind == PromptKind.AGENT else selectors.prompts(kind)
    seats = selectors.seats(agent_prompts)
    # With each card comes all that a new agent needs, so that copying it is one click.
    told = (
        selectors.compose_each(shown, url=server_url(request))
        if kind == PromptKind.AGENT
        else [None] * len(shown)
    )
    context = {
        "kind": kind,
        "seats": seats,
        "filled": sum(1 for taken in seats.values() if taken),
        "groups": _by_role(zip(shown, told, strict=True)),
    }
    return page(request, "prompts/prompts.html", context)


@declare(STAFF)
@require_safe
def prompt(request: HttpRequest, kind: str, slug: str) -> HttpResponse:
    """Show one prompt: rendered, as the file that it is, or what an edit changed."""
    found = found_prompt(kind, slug)
    view = request.GET.get("view", "")
    context = {"prompt": found, "view": view if view in ("source", "changes") else ""}
    if view == "changes":
        context["lines"] = selectors.changed_lines(shipped(kind).get(slug, ""), found.text)
    return page(request, "prompts/prompt.html", context)


@declare(STAFF)
@require_safe
def history(request: HttpRequest, kind: str, slug: str) -> HttpResponse:
    """Show every version of a prompt with what it changed."""
    found = found_prompt(kind, slug)
    versions = PromptVersion.objects.filter(kind=kind, slug=slug)
    rows = listing(versions, request.GET, by=("-number", "-pk"), rows=VERSIONS)
    context = {"prompt": found, "rows": rows, "changes": selectors.with_changes(rows.rows)}
    return page(request, "prompts/history.html", context)


@declare(STAFF)
@require_http_methods(["GET", "HEAD", "POST"])
def compose(request: HttpRequest, kind: str, slug: str) -> HttpResponse:
    """Show all that a new agent is told; a POST makes a code for it first, which is shown only in this answer."""
    found = found_prompt(kind, slug)
    if kind != PromptKind.AGENT:
        raise NotFound(_("Only the prompt of an agent can be handed to one."))
    form, code, enrolment = MakeCode(request.POST if request.method == "POST" else None), "<code>", None
    if request.method == "POST" and form.is_valid():
        try:
            enrolment, code = _code_for(found, form.cleaned_data["name"], by=request.user)
        except Refusal as refusal:
            form.refuse(refusal)
    with_template = bool(request.GET.get("template"))
    how = {"url": server_url(request), "code": code, "with_template": with_template}
    context = {
        "prompt": found,
        "form": form,
        "enrolment": enrolment,
        "with_template": with_template,
        "told": selectors.compose_each([found], **how)[0],
    }
    return page(request, "prompts/compose.html", context, status=422 if form.errors else 200)


@declare(STAFF)
@require_POST
def preview(request: HttpRequest) -> HttpResponse:
    """Show what becomes of a text that is being written; nothing is kept."""
    rule = request.POST.get("content")
    text = documents.read(request.POST.get("text", "")).body if rule is None else rule
    return page(request, "prompts/_preview.html", {"text": text})


def found_prompt(kind: str, slug: str) -> selectors.PromptText:
    """Return the prompt of an address; raise NotFound when there is none."""
    if kind not in PromptKind.values or "\x00" in slug:
        raise NotFound(_("There is no such prompt."))
    return selectors.read_prompt(kind, slug)


def _code_for(found: selectors.PromptText, name: str, *, by):
    if not found.role:
        raise Forbidden(_("This prompt names no role."), hint=_("Write its role into its head first."))
    return services.enrol(name=name, role=found.role, by=by)


def _by_role(cards) -> list[tuple[str, list]]:
    """Group pairs of a prompt and what is told with it by role; within one, ours stand before the examples."""
    ordered = sorted(cards, key=lambda card: (card[0].document.example, card[0].name.lower()))
    groups = [(role, [card for card in ordered if card[0].role == role]) for role in (*Role.values, "")]
    return [(role, of_role) for role, of_role in groups if of_role]
