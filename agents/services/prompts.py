"""Writing what agents are told: prompts of our own, and edits of the shipped ones."""

import re
from dataclasses import replace

from django.db import IntegrityError, transaction
from django.utils import timezone

from agents.models import Prompt, PromptKind, PromptVersion
from agents.prompts.documents import Document, read_strictly
from agents.prompts.library import digest, shipped
from agents.prompts.onboarding import without_onboarding
from agents.selectors import PromptText, read_prompt
from notifications.services import record
from openmoss.errors import Conflict, Invalid, NotFound
from openmoss.models import SiteSettings

_SLUG = re.compile("[a-z0-9]+(-[a-z0-9]+)*")
LONGEST_SLUG = 100
_SECRET = re.compile(
    r"\b(?:ock|oec|ak)_\w{16,}|\b(?:sk|ghp|gho|xoxb|xoxp)[-_][\w-]{20,}"
    r"|\bBearer +[\w.~+/-]{20,}|X-Registration-Token: *[\w-]{4,}",
    re.IGNORECASE,
)


def create_prompt(
    *, role: str, slug: str, text: str, name: str = "", description: str = "", by=None
) -> PromptText:
    """Add an agent prompt of our own; its slug begins with the role."""
    slug = slug if slug.startswith(f"{role}-") else f"{role}-{slug}"
    if not _SLUG.fullmatch(slug) or len(slug) > LONGEST_SLUG:
        raise Invalid.field("slug", f"Use small letters, digits and single hyphens, at most {LONGEST_SLUG}.")
    if slug in shipped(PromptKind.AGENT):
        raise _taken(slug)
    given = _checked(text, role=role)
    document = replace(
        given,
        name=name or given.name or slug,
        description=description or given.description,
        created_at=given.created_at or f"{timezone.now():%Y-%m-%d}",
    )
    prompt = Prompt(kind=PromptKind.AGENT, slug=slug, text=_without_secrets(document.write()))
    try:
        _insert(prompt, "create", by=by)
    except IntegrityError:
        raise _taken(slug) from None
    return read_prompt(PromptKind.AGENT, slug)


def edit_prompt(
    kind: str,
    slug: str,
    *,
    text: str,
    seen: int,
    name: str | None = None,
    description: str | None = None,
    by=None,
) -> PromptText:
    """Replace the text of a prompt whose version `seen` was edited; what its head does not say stays.

    A field that is not one of ours goes when the head leaves it empty.
    """
    before = read_prompt(kind, slug)
    given, kept = _checked(text, role=before.document.role), before.document
    document = replace(
        given,
        name=(given.name or kept.name) if name is None else name,
        description=(given.description or kept.description) if description is None else description,
        created_at=given.created_at or kept.created_at,
        more={field: value for field, value in (kept.more | given.more).items() if value},
    )
    _write(kind, slug, document.write(), "edit", seen=seen, by=by)
    return read_prompt(kind, slug)


def revert_prompt(kind: str, slug: str, *, seen: int, to: int | None = None, by=None) -> PromptText:
    """Bring back an earlier version of a prompt, or without `to` the shipped text."""
    before = read_prompt(kind, slug)
    if to is not None:
        version = PromptVersion.objects.filter(kind=kind, slug=slug, number=to).first()
        if version is None or not version.text:
            raise NotFound(f"'{slug}' has no version {to} to go back to.")
        _write(kind, slug, version.text, "revert", seen=seen, by=by)
    elif before.source == "own":
        raise Conflict(f"'{slug}' has no shipped text.", hint="Name the version to go back to.")
    else:
        _remove(kind, slug, "revert", seen=seen, by=by)
    return read_prompt(kind, slug)


def delete_prompt(slug: str, *, seen: int, by=None) -> None:
    """Delete an agent prompt of our own; its history stays."""
    if read_prompt(PromptKind.AGENT, slug).source != "own":
        raise Conflict(f"'{slug}' comes with OpenMOSS.", hint="What was changed in it can be reverted.")
    _remove(PromptKind.AGENT, slug, "delete", seen=seen, by=by)


def _write(kind: str, slug: str, text: str, verb: str, *, seen: int, by) -> None:
    based_on = digest(shipped(kind).get(slug))
    prompt = Prompt.objects.filter(kind=kind, slug=slug).first()
    if prompt is None and not seen:
        prompt = Prompt(kind=kind, slug=slug, text=_without_secrets(text), based_on=based_on)
        try:
            return _insert(prompt, verb, by=by)
        except IntegrityError:
            raise _changed(slug) from None
    if prompt is None:
        raise _changed(slug)
    changes = {"text": _without_secrets(text), "version": seen + 1, "based_on": based_on}
    with transaction.atomic():
        rows = Prompt.objects.filter(pk=prompt.pk, version=seen)
        if not rows.update(updated_at=timezone.now(), **changes):
            raise _changed(slug)
        prompt.text, prompt.version = changes["text"], changes["version"]
        _note(prompt, verb, by=by)
    return None


def _insert(prompt: Prompt, verb: str, *, by) -> None:
    with transaction.atomic():
        last = PromptVersion.objects.filter(kind=prompt.kind, slug=prompt.slug).first()
        # Going on where the last one stopped: what somebody saw long ago must not fit again.
        prompt.version = last.number + 1 if last else 1
        prompt.save(force_insert=True)
        _note(prompt, verb, by=by)


def _remove(kind: str, slug: str, verb: str, *, seen: int, by) -> None:
    prompt = Prompt.objects.filter(kind=kind, slug=slug).first()
    if prompt is None:
        raise _changed(slug)
    with transaction.atomic():
        if not Prompt.objects.filter(pk=prompt.pk, version=seen).delete()[0]:
            raise _changed(slug)
        prompt.text, prompt.version = shipped(kind).get(slug, ""), seen + 1
        _note(prompt, verb, by=by)


def _note(prompt: Prompt, verb: str, *, by) -> None:
    PromptVersion.objects.create(
        kind=prompt.kind,
        slug=prompt.slug,
        number=prompt.version,
        text=prompt.text,
        written_by=str(by) if by else "the clock",
    )
    record(f"prompt.{verb}", subject=prompt, actor=by, of=prompt.kind, version=prompt.version)


def _checked(text: str, *, role: str) -> Document:
    """Return the document in a text that is to be saved, without what is only ever rendered."""
    document = read_strictly(text)
    if document.role not in ("", role):
        raise Invalid.field(
            "text", f"Its head says role {document.role}, but it is for {role or 'all roles'}."
        )
    body = without_onboarding(document.body)
    if not body:
        raise Invalid.field("text", "There is nothing in it.")
    # An example that somebody changed is theirs.
    return replace(document, body=body, role=role, example=False)


def _without_secrets(text: str) -> str:
    token = SiteSettings.load().registration_token
    for number, line in enumerate(text.splitlines(), start=1):
        if _SECRET.search(line) or (len(token) > 5 and token in line):
            raise Invalid.field(
                "text",
                f"Line {number} holds what looks like a key, a token or a code.",
                hint="Take it out: everybody who reads a prompt would have it. Agents get theirs when they join.",
            )
    return text


def _taken(slug: str) -> Invalid:
    return Invalid.field(
        "slug", f"There is a prompt '{slug}' already.", hint="Edit it, or choose another slug."
    )


def _changed(slug: str) -> Conflict:
    return Conflict(
        f"Somebody else changed '{slug}' first.", hint="Look at the new text, then make your change in that."
    )
