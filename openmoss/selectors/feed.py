"""The live feed: what agents asked of the API, by minute and agent; never more is read than is shown."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from django.db.models import OuterRef, Q, QuerySet, Subquery
from django.http import QueryDict
from django.utils.safestring import SafeString

from agents.models import Agent, RequestLog
from agents.selectors import MOST_AGENTS
from openmoss.access import Role
from openmoss.api.lookup import find
from openmoss.api.pagination import choice, whole_number
from openmoss.selectors.calls import Call, Teller

ROWS = 60
# A role may be silent for a million calls: to find what it asked, a page reads so many at most.
LOOKED_THROUGH = 5000
MOST_AT_THE_SIDE = 40


@dataclass(frozen=True)
class Wanted:
    """Which calls a person asked for in the address."""

    agent: Agent | None
    role: str
    changes: bool
    before: int

    @classmethod
    def of(cls, query: QueryDict) -> "Wanted":
        id = query.get("agent", "")
        return cls(
            agent=find(Agent.objects.all(), id) if id else None,
            role=choice(query, "role", Role),
            changes=query.get("changes", "") not in ("", "0"),
            before=whole_number(query, "before", default=0),
        )

    @property
    def is_narrow(self) -> bool:
        return bool(self.agent or self.role or self.changes)


@dataclass
class Line:
    """One sentence, and the calls that it tells."""

    sentence: SafeString
    calls: list[Call]

    @property
    def is_quiet(self) -> bool:
        return not any(call.is_change for call in self.calls)

    @property
    def failed(self) -> int:
        """Return the status with which it was refused, 0 if it was not."""
        return self.calls[0].row.status if self.calls[0].failed else 0

    @property
    def repeats(self) -> int:
        """Return how often it did so, 0 if once: a claim and its start are one deed."""
        return len(self.calls) if len(self.calls) > 1 and self.calls[0].key == self.calls[1].key else 0

    @property
    def id(self) -> int:
        return self.calls[0].row.pk


@dataclass
class Turn:
    """What one agent did within a minute, in the order in which it did."""

    at: datetime
    agent_id: object
    name: str
    role: str
    calls: list[Call] = field(default_factory=list)
    lines: list[Line] = field(default_factory=list)

    @property
    def id(self) -> int:
        return self.calls[0].row.pk


@dataclass(frozen=True)
class Page:
    """The turns of a page, newest first, and before which call the next one begins."""

    turns: list[Turn]
    older: int
    looked_through: int


def newest_call() -> int:
    """Return the id of the row that was written last."""
    return RequestLog.objects.order_by("-pk").values_list("pk", flat=True).first() or 0


def feed_page(wanted: Wanted, *, inside: bool) -> Page:
    """Return a page of the feed; `inside` adds links and what was sent."""
    every = _before(RequestLog.objects.order_by("-at", "-pk"), wanted.before)
    if wanted.agent:
        every = every.filter(agent=wanted.agent)
    chosen, last = every, None
    if wanted.role or wanted.changes:
        last = every[LOOKED_THROUGH : LOOKED_THROUGH + 1].first()
        chosen = _not_before(every, last) if last else every
    if wanted.role:
        chosen = chosen.filter(agent_role=wanted.role)
    if wanted.changes:
        chosen = chosen.exclude(method="GET")
    rows = list(chosen[: ROWS + 1])
    older = rows[ROWS - 1].pk if len(rows) > ROWS else last.pk if last else 0
    return Page(
        turns=turns(rows[:ROWS], inside=inside),
        older=older,
        looked_through=LOOKED_THROUGH if last and len(rows) <= ROWS else 0,
    )


def _before(rows: QuerySet[RequestLog], pk: int) -> QuerySet[RequestLog]:
    row = RequestLog.objects.filter(pk=pk).only("at").first() if pk else None
    if row is None:
        return rows  # the log is pruned: what an old address begins after may be gone
    return rows.filter(at__lte=row.at).filter(Q(at__lt=row.at) | Q(pk__lt=pk))


def _not_before(rows: QuerySet[RequestLog], row: RequestLog) -> QuerySet[RequestLog]:
    return rows.filter(at__gte=row.at).filter(Q(at__gt=row.at) | Q(pk__gte=row.pk))


def turns(rows: Iterable[RequestLog], *, inside: bool) -> list[Turn]:
    """Put calls, newest first, together by minute and agent."""
    found: dict[tuple, Turn] = {}
    for row in rows:
        minute = row.at.replace(second=0, microsecond=0)
        turn = Turn(minute, row.agent_id, row.agent_name, row.agent_role)
        found.setdefault((minute, row.agent_id), turn).calls.insert(0, Call(row))
    teller = Teller((call for turn in found.values() for call in turn.calls), inside=inside)
    for turn in found.values():
        turn.lines = _lines(turn.calls, teller)
    return list(found.values())


def _lines(calls: list[Call], teller: Teller) -> list[Line]:
    lines = []
    for call in calls:
        before = lines[-1] if lines else None
        if before and call.is_start_after(before.calls[-1]):
            before.sentence = teller.sentence(before.calls[-1], also_started=True)
            before.calls.append(call)
            continue
        sentence = teller.sentence(call)
        if (
            before
            and before.sentence == sentence
            and before.failed == (call.row.status if call.failed else 0)
        ):
            before.calls.append(call)
        else:
            lines.append(Line(sentence, [call]))
    return lines


def told(rows: list[RequestLog]) -> list[Line]:
    """Return calls as a sentence each, in their order."""
    calls = [Call(row) for row in rows]
    teller = Teller(calls, inside=True)
    return [Line(teller.sentence(call), [call]) for call in calls]


def at_the_side(*, inside: bool) -> list[Agent]:
    """Return who was seen last, each with its `last_line`."""
    newest = RequestLog.objects.filter(agent=OuterRef("pk")).order_by("-at").values("pk")[:1]
    seen = Agent.objects.present().filter(last_seen_at__isnull=False).annotate(last_call=Subquery(newest))
    agents = list(seen.order_by("-last_seen_at")[:MOST_AT_THE_SIDE])
    rows = RequestLog.objects.in_bulk([agent.last_call for agent in agents if agent.last_call])
    calls = {pk: Call(row) for pk, row in rows.items()}
    teller = Teller(calls.values(), inside=inside)
    for agent in agents:
        call = calls.get(agent.last_call)
        agent.last_line = Line(teller.sentence(call), [call]) if call else None
    return agents


def everybody() -> list[Agent]:
    """Return whom the feed can be narrowed down to, by name."""
    return list(Agent.objects.present().only("name", "role").order_by("name")[:MOST_AGENTS])
