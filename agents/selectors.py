"""Reads for the live feed, and of what agents are told."""

import difflib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from agents.models import Agent, Prompt, PromptKind, PromptVersion, RequestLog
from agents.prompts import documents
from agents.prompts.library import ONBOARDING, TEMPLATES, digest, shipped
from agents.prompts.onboarding import SEPARATOR, rendered, without_onboarding
from openmoss.access import Role
from openmoss.errors import NotFound
from openmoss.models import SiteSettings

MOST_AGENTS = 500
MOST_VERSIONS = 100


def feed(*, after: datetime | None = None, agent_id=None, limit: int = 50) -> list[RequestLog]:
    """Return the newest calls, newest first; only those after `after` when it is given."""
    rows = RequestLog.objects.all()
    if after is not None:
        rows = rows.filter(at__gt=after)
    if agent_id is not None:
        rows = rows.filter(agent_id=agent_id)
    return list(rows[:limit])


def agents_by_score() -> list[Agent]:
    """Return everybody who has not retired, best first."""
    return list(Agent.objects.present().order_by("-total_score", "name")[:MOST_AGENTS])


@dataclass(frozen=True)
class PromptText:
    """A prompt as it holds now: the shipped file, or what overrides it."""

    kind: str
    slug: str
    text: str
    source: str  # `shipped`, `edited` or `own`
    version: int = 0  # what an edit must have seen; 0 is the shipped file
    shipped_has_changed: bool = False  # since the edit

    @cached_property
    def document(self) -> documents.Document:
        """Return the text and what its head says."""
        return documents.read(self.text)

    @property
    def name(self) -> str:
        """Return what people call it."""
        return self.document.name or self.slug

    @property
    def role(self) -> str:
        """Return for which role it is; nothing when it is for all."""
        said = [self.document.role, self.slug.partition("-")[0]]
        if self.kind == PromptKind.TEMPLATE:
            said = [role for role, slug in TEMPLATES.items() if slug == self.slug]
        return next((role for role in said if role in Role.values), "")


def prompts(kind: str) -> list[PromptText]:
    """Return all prompts of a kind, by slug."""
    ours, theirs = {row.slug: row for row in Prompt.objects.filter(kind=kind)}, shipped(kind)
    return [_prompt(kind, slug, ours.get(slug), theirs.get(slug)) for slug in sorted(ours | theirs)]


def read_prompt(kind: str, slug: str) -> PromptText:
    """Return one prompt; raise NotFound when there is none."""
    row, file = Prompt.objects.filter(kind=kind, slug=slug).first(), shipped(kind).get(slug)
    if row is None and file is None:
        raise NotFound(f"There is no {PromptKind(kind).label.lower()} '{slug}'.")
    return _prompt(kind, slug, row, file)


def _prompt(kind: str, slug: str, row: Prompt | None, file: str | None) -> PromptText:
    if row is None:
        return PromptText(kind, slug, file, "shipped")
    changed = bool(row.based_on) and row.based_on != digest(file)
    return PromptText(kind, slug, row.text, "edited" if file else "own", row.version, changed)


def missing_roles() -> list[str]:
    """Return the roles that have no agent prompt but examples."""
    present = {prompt.role for prompt in prompts(PromptKind.AGENT) if not prompt.document.example}
    return [role for role in Role.values if role not in present]


def compose(slug: str, *, url: str, code: str = "<code>", with_template: bool = False) -> str:
    """Return everything that a new agent is told: its prompt, its role's template if asked, how to join."""
    prompt = read_prompt(PromptKind.AGENT, slug)
    parts = [without_onboarding(prompt.document.body)]
    if with_template:
        template = without_onboarding(read_prompt(PromptKind.TEMPLATE, TEMPLATES[prompt.role]).document.body)
        # Earlier consoles begin a prompt with the template in it.
        if template.partition("\n")[0] not in parts[0].splitlines():
            parts.append(template)
    filled = SiteSettings.load().fill(SEPARATOR.join(parts))
    return SEPARATOR.join([filled, onboarding(prompt.role, url=url, code=code)])


def onboarding(role: str, *, url: str, code: str = "<code>") -> str:
    """Return how a newcomer of a role joins at this address with this code."""
    template = SiteSettings.load().fill(read_prompt(PromptKind.TOOL, ONBOARDING).document.body)
    return rendered(template, role=role, url=url, code=code)


@dataclass(frozen=True)
class PromptChange:
    """One version of a prompt: who wrote it when, and what it changed."""

    version: PromptVersion
    diff: str


def prompt_history(kind: str, slug: str) -> list[PromptChange]:
    """Return every version of a prompt, newest first; the first is compared with the shipped file."""
    versions = list(PromptVersion.objects.filter(kind=kind, slug=slug)[:MOST_VERSIONS])
    before = [version.text for version in versions[1:]] + [shipped(kind).get(slug, "")]
    return [
        PromptChange(version, "\n".join(_diff(old, version.text)))
        for version, old in zip(versions, before, strict=True)
    ]


def _diff(old: str, new: str) -> Iterator[str]:
    return difflib.unified_diff(old.splitlines(), new.splitlines(), "before", "after", lineterm="")
