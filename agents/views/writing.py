"""Writing what agents are told; everything that is saved can be brought back."""

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from agents import selectors, services
from agents.forms.prompts import EditAgentPrompt, EditPrompt, NewPrompt, Seen
from agents.models import PromptKind, PromptVersion
from agents.prompts.library import TEMPLATES
from agents.prompts.onboarding import without_onboarding
from agents.selectors import PromptText
from agents.views.prompts import found_prompt
from openmoss.access import STAFF, Role, declare
from openmoss.api.pagination import whole_number
from openmoss.errors import Conflict, NotFound
from openmoss.pages import ask

EDITOR = "prompts/_editor.html"


@declare(STAFF)
@require_http_methods(["GET", "HEAD", "POST"])
def create(request: HttpRequest) -> HttpResponse:
    """Write a new agent prompt, beginning with the template of its role."""
    role = request.GET.get("role")
    role = role if role in Role.values else Role.EXECUTOR
    template = selectors.read_prompt(PromptKind.TEMPLATE, TEMPLATES[role]).document.body

    def do(values: dict) -> str:
        nonlocal made
        made = services.create_prompt(by=request.user, **values)
        return _("“%(name)s” was created.") % {"name": made.name}

    made: PromptText | None = None
    start = {"role": role, "text": without_onboarding(template)}
    return ask(
        request,
        writing(NewPrompt, request, start),
        do,
        title=_("New agent prompt"),
        verb=_("Create"),
        back="prompts",
        then=lambda: page_of(made),
        template=EDITOR,
        starts=Role.values,
        start=role,
    )


@declare(STAFF)
@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: HttpRequest, kind: str, slug: str) -> HttpResponse:
    """Edit a prompt; who was overtaken sees both texts and loses neither."""
    found = found_prompt(kind, slug)
    document = found.document
    form = writing(
        EditAgentPrompt if kind == PromptKind.AGENT else EditPrompt,
        request,
        {
            "seen": found.version,
            "name": found.name,
            "description": document.description,
            "text": document.body,
        },
    )

    def do(values: dict) -> str:
        try:
            saved = services.edit_prompt(kind, slug, by=request.user, **values)
        except Conflict:
            now = selectors.read_prompt(kind, slug)
            form.meet(now.document.body, seen=now.version)
            raise
        return _("“%(name)s” was saved. Agents that join from now on get this text.") % {"name": saved.name}

    return ask(
        request,
        form,
        do,
        title=_("Edit “%(name)s”") % {"name": found.name},
        verb=_("Save"),
        back=page_of(found),
        text=_(
            "You change a text that comes with OpenMOSS. Your version is kept when OpenMOSS is upgraded, "
            "and you can go back to the shipped one."
        )
        if found.source == "shipped"
        else "",
        template=EDITOR,
    )


@declare(STAFF)
@require_http_methods(["GET", "HEAD", "POST"])
def revert(request: HttpRequest, kind: str, slug: str) -> HttpResponse:
    """Go back to an earlier version (`?to=`), or to the shipped text."""
    found = found_prompt(kind, slug)
    to = whole_number(request.GET, "to", default=0) or None
    version = PromptVersion.objects.filter(kind=kind, slug=slug, number=to).first() if to else None
    if to and version is None:
        raise NotFound(_("There is no version %(number)s to go back to.") % {"number": to})

    def do(values: dict) -> str:
        services.revert_prompt(kind, slug, seen=values["seen"], to=to, by=request.user)
        return _("“%(name)s” is back at an earlier text.") % {"name": found.name}

    return ask(
        request,
        Seen(request.POST or None, initial={"seen": found.version}),
        do,
        title=_("Go back to version %(number)s?") % {"number": to}
        if to
        else _("Go back to the shipped text?"),
        text=_("Agents that join from now on get that text. Today's text stays in the history."),
        verb=_("Go back"),
        back=reverse("prompt-history", args=[kind, slug]),
        then=page_of(found),
    )


@declare(STAFF)
@require_http_methods(["GET", "HEAD", "POST"])
def delete(request: HttpRequest, kind: str, slug: str) -> HttpResponse:
    """Delete an agent prompt of our own."""
    found = found_prompt(kind, slug)
    if kind != PromptKind.AGENT or found.source != "own":
        raise NotFound(
            _("“%(name)s” comes with OpenMOSS and cannot be deleted.") % {"name": found.name},
            hint=_("What was changed in it can be reverted."),
        )
    versions = PromptVersion.objects.filter(kind=kind, slug=slug).count()

    def do(values: dict) -> str:
        services.delete_prompt(slug, seen=values["seen"], by=request.user)
        return _("“%(name)s” was deleted.") % {"name": found.name}

    return ask(
        request,
        Seen(request.POST or None, initial={"seen": found.version}),
        do,
        title=_("Delete “%(name)s”?") % {"name": found.name},
        text=ngettext(
            "No new agent can get this prompt any more; those that have it keep it. "
            "Its %(count)s version stays in the database, but the console shows it no more.",
            "No new agent can get this prompt any more; those that have it keep it. "
            "Its %(count)s versions stay in the database, but the console shows them no more.",
            versions,
        )
        % {"count": versions},
        verb=_("Delete"),
        danger=True,
        back=page_of(found),
        then="prompts",
    )


def writing(form: type, request: HttpRequest, start: dict):
    """Return a form as it begins, as it was sent, or, without script, as the person wants it previewed."""
    if "preview" in request.POST:
        return form(initial=start | request.POST.dict())
    return form(request.POST or None, initial=start)


def page_of(found: PromptText) -> str:
    return reverse("prompt", args=[found.kind, found.slug])
