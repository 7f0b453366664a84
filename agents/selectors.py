"""Reads for the live feed, and of what agents are told."""

import difflib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from itertools import pairwise
from uuid import UUID

from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone

from agents.models import Agent, Prompt, PromptKind, PromptVersion, RequestLog
from agents.prompts import documents
from agents.prompts.library import ONBOARDING, TEMPLATES, digest, shipped
from agents.prompts.onboarding import SEPARATOR, rendered, without_onboarding
from openmoss.access import Role
from openmoss.errors import NotFound
from openmoss.models import SiteSettings
from openmoss.prepared import Prepared

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


QUARTER = timedelta(minutes=15)
QUARTERS = 96
MOST_PULSES = 50


def pulses(agents: Iterable[Agent]) -> dict[UUID, list[bool]]:
    """Return for each agent in which quarter-hours of the last day it called, oldest first; the last one still runs.

    Of 50 agents at most.
    """
    ids = [agent.pk for agent in agents][:MOST_PULSES]
    if not ids:
        return {}
    now = timezone.now()
    end = now.replace(minute=now.minute // 15 * 15, second=0, microsecond=0) + QUARTER
    edges = {f"edge_{number}": end - QUARTER * (QUARTERS - number) for number in range(QUARTERS + 1)}
    of = {f"agent_{number}": ids[min(number, len(ids) - 1)] for number in range(MOST_PULSES)}
    return {pk: list(heard) for pk, *heard in _PULSES(**edges, **of)}


def _heard(**places) -> QuerySet:
    # A look into the index for each quarter: who calls all day has more rows than anybody should read.
    calls = RequestLog.objects.filter(agent=OuterRef("pk")).order_by()
    edges = [places[f"edge_{number}"] for number in range(QUARTERS + 1)]
    heard = [Exists(calls.filter(at__gte=start, at__lt=end)) for start, end in pairwise(edges)]
    agents = Agent.objects.filter(pk__in=[places[f"agent_{number}"] for number in range(MOST_PULSES)])
    return agents.order_by().values_list("pk", *heard)


_PULSES = Prepared(
    _heard,
    **{f"edge_{number}": datetime for number in range(QUARTERS + 1)},
    **{f"agent_{number}": UUID for number in range(MOST_PULSES)},
)


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


def seats(agent_prompts: Iterable[PromptText]) -> dict[str, list[PromptText]]:
    """Return by role the agent prompts that are no examples; the four roles are always there."""
    taken = {role: [] for role in Role.values}
    for prompt in agent_prompts:
        if prompt.role and not prompt.document.example:
            taken[prompt.role].append(prompt)
    return taken


def missing_roles() -> list[str]:
    """Return the roles that have no agent prompt but examples."""
    return [role for role, taken in seats(prompts(PromptKind.AGENT)).items() if not taken]


@dataclass(frozen=True)
class Composed:
    """Everything that a new agent is told: its prompt, and how it joins."""

    prompt: str
    onboarding: str

    def __str__(self) -> str:
        return SEPARATOR.join([self.prompt, self.onboarding])


def compose(slug: str, **how) -> str:
    """Return everything that a new agent is told, as one text; `how` as for `compose_each`."""
    return str(compose_each([read_prompt(PromptKind.AGENT, slug)], **how)[0])


def compose_each(
    agent_prompts: Iterable[PromptText], *, url: str, code: str = "<code>", with_template: bool = False
) -> list[Composed]:
    """Return for each prompt what a new agent is told, with its role's template if asked."""
    site, joining = SiteSettings.load(), read_prompt(PromptKind.TOOL, ONBOARDING).document.body
    templates = {prompt.role: prompt for prompt in prompts(PromptKind.TEMPLATE)} if with_template else {}
    told = []
    for prompt in agent_prompts:
        parts = [without_onboarding(prompt.document.body)]
        if found := templates.get(prompt.role):
            template = without_onboarding(found.document.body)
            # Earlier consoles begin a prompt with the template in it.
            if template.partition("\n")[0] not in parts[0].splitlines():
                parts.append(template)
        join = rendered(site.fill(joining), role=prompt.role, url=url, code=code)
        told.append(Composed(site.fill(SEPARATOR.join(parts)), join))
    return told


def onboarding(role: str, *, url: str, code: str = "<code>") -> str:
    """Return how a newcomer of a role joins at this address with this code."""
    template = SiteSettings.load().fill(read_prompt(PromptKind.TOOL, ONBOARDING).document.body)
    return rendered(template, role=role, url=url, code=code)


@dataclass(frozen=True)
class PromptChange:
    """One version of a prompt: who wrote it when, and what it changed."""

    version: PromptVersion
    before: str

    @property
    def diff(self) -> str:
        return "\n".join(_diff(self.before, self.version.text))

    @property
    def lines(self) -> list[tuple[str, str]]:
        return changed_lines(self.before, self.version.text)


def prompt_history(kind: str, slug: str) -> list[PromptChange]:
    """Return the versions of a prompt, newest first; the first ever is compared with the shipped file."""
    return with_changes(list(PromptVersion.objects.filter(kind=kind, slug=slug)[:MOST_VERSIONS]))


def with_changes(versions: list[PromptVersion]) -> list[PromptChange]:
    """Return successive versions of one prompt, newest first, each with the text that it replaced."""
    if not versions:
        return []
    oldest = versions[-1]
    earlier = PromptVersion.objects.filter(kind=oldest.kind, slug=oldest.slug, number__lt=oldest.number)
    first = earlier.first()
    before = first.text if first else shipped(oldest.kind).get(oldest.slug, "")
    texts = [*(version.text for version in versions[1:]), before]
    return [PromptChange(version, text) for version, text in zip(versions, texts, strict=True)]


def changed_lines(old: str, new: str) -> list[tuple[str, str]]:
    """Return what changed between two texts: pairs of a sign (`+`, `-`, a space, `@` for a gap) and a line."""
    return [(line[:1], line[1:]) for line in _diff(old, new)][2:]


def _diff(old: str, new: str) -> Iterator[str]:
    return difflib.unified_diff(old.splitlines(), new.splitlines(), "before", "after", lineterm="")
