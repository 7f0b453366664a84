"""Everything about a sub-task on one line of time: what happened, what was said, verdicts and scores."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from django.db.models import Q, QuerySet
from django.http import QueryDict

from notifications.models import Event
from openmoss.errors import Invalid
from patrol.models import Finding
from reviews.models import Review
from scoring.models import ScoreEntry
from scoring.services import DELTA_OF_SCORE
from tasks.models import ActivityLog, Rule, SubTask

ROWS = 60
MOST_ABOUT = 200  # findings and rules whose events are looked for
# The verdict tells of these moves itself.
VERDICTS = ("sub_task.approve", "sub_task.reject")
ENDS = ("sub_task.release", "sub_task.unblock", "sub_task.cancel")


@dataclass
class Entry:
    """One thing on the line; `kind` is `said`, `event`, `review` or `score`."""

    kind: str
    row: object
    at: datetime
    # What a verdict was worth stands beside it.
    score: ScoreEntry | None = None

    @property
    def template(self) -> str:
        return f"work/entries/{self.kind}.html"


@dataclass
class Sitting:
    """What was done in one conversation of an agent, as far as it is known."""

    session: str = ""
    entries: list[Entry] = field(default_factory=list)


@dataclass
class Stretch:
    """What belongs together: one attempt of one agent, or what lies between two."""

    attempt: int | None = None
    who: str = ""
    agent_id: str = ""
    sittings: list[Sitting] = field(default_factory=lambda: [Sitting()])

    @property
    def last(self) -> Entry | None:
        return next((sitting.entries[-1] for sitting in self.sittings[::-1] if sitting.entries), None)

    def add(self, entry: Entry, session: str | None) -> None:
        """Put an entry at the end, in a sitting of its own when it is from another session."""
        sitting = self.sittings[-1]
        if session and session != sitting.session:
            if sitting.session:
                # A start does not tell its session: it belongs to the first that is heard of after it.
                started = bool(sitting.entries) and _is_start(sitting.entries[-1])
                self.sittings.append(Sitting(entries=[sitting.entries.pop()] if started else []))
            self.sittings[-1].session = session
        self.sittings[-1].entries.append(entry)

    def reverse(self) -> None:
        self.sittings.reverse()
        for sitting in self.sittings:
            sitting.entries.reverse()


def _is_start(entry: Entry) -> bool:
    return entry.kind == "event" and entry.row.kind == "sub_task.start"


@dataclass(frozen=True)
class Timeline:
    """A page of the line, and the cursors of the pages after and before it."""

    stretches: list[Stretch]
    newer: str
    older: str


# In the order in which things of the same moment are told: the delivery, handing it in, the verdict, its score.
_SOURCES = ("said", "event", "review", "score")
_TIMES = {"said": "created_at", "event": "at", "review": "created_at", "score": "created_at"}


def timeline_of(
    sub_task: SubTask, query: QueryDict, *, newest_first: bool = False, rows: int = ROWS
) -> Timeline:
    """Return the newest entries about a sub-task, or those `before` or `after` the cursor of the address."""
    after, before = query.get("after", ""), query.get("before", "")
    turned = bool(after)
    cursor = _read_cursor(after or before) if after or before else None
    found = []
    for place, kind in enumerate(_SOURCES):
        queryset = _rows_about(sub_task, kind)
        if cursor:
            queryset = queryset.filter(_beyond(place, kind, cursor, later=turned))
        order = (_TIMES[kind], "pk") if turned else (f"-{_TIMES[kind]}", "-pk")
        found += [
            (getattr(row, _TIMES[kind]), place, row.pk, row) for row in queryset.order_by(*order)[: rows + 1]
        ]
    # Keys of one source only are compared with each other, so UUIDs never meet numbers.
    found.sort(key=lambda each: each[:3], reverse=not turned)
    page = sorted(found[:rows], key=lambda each: each[:3])
    more = len(found) > rows
    has_newer, has_older = (more, bool(page)) if turned else (bool(before) and bool(page), more)
    stretches = _stretches([(_SOURCES[place], at, row) for at, place, _, row in page])
    if newest_first:
        stretches = stretches[::-1]
        for stretch in stretches:
            stretch.reverse()
    return Timeline(
        stretches=stretches,
        newer=_cursor(page[-1]) if has_newer else "",
        older=_cursor(page[0]) if has_older else "",
    )


def _rows_about(sub_task: SubTask, kind: str) -> QuerySet:
    match kind:
        case "said":
            return ActivityLog.objects.filter(sub_task=sub_task).select_related("agent")
        case "review":
            return Review.objects.filter(sub_task=sub_task).select_related(
                "reviewer", "assignee", "rework_agent"
            )
        case "score":
            return ScoreEntry.objects.filter(sub_task=sub_task).select_related("agent")
    return Event.objects.filter(subject_id__in=_subjects(sub_task))


def _subjects(sub_task: SubTask) -> list[str]:
    """Return what events about a sub-task are about: itself, what was found about it, its rules."""
    findings = Finding.objects.filter(sub_task=sub_task).values_list("pk", flat=True)
    rules = Rule.objects.filter(sub_task=sub_task).values_list("pk", flat=True)
    return [str(pk) for pk in (sub_task.pk, *findings[:MOST_ABOUT], *rules[:MOST_ABOUT])]


def _beyond(place: int, kind: str, cursor: tuple[datetime, int, object], *, later: bool) -> Q:
    at, at_place, pk = cursor
    time, sign = _TIMES[kind], "gt" if later else "lt"
    beyond = Q(**{f"{time}__{sign}": at})
    if place == at_place:
        return beyond | Q(**{time: at, f"pk__{sign}": pk})
    return beyond | Q(**{time: at}) if (place > at_place) == later else beyond


def _cursor(key: tuple) -> str:
    at, place, pk, _ = key
    return f"{at.isoformat()}_{place}_{pk}"


def _read_cursor(cursor: str) -> tuple[datetime, int, object]:
    try:
        at, place, pk = cursor.split("_")
        moment, kind = datetime.fromisoformat(at), _SOURCES[int(place)]
        if moment.tzinfo is None:
            raise ValueError("a time without a zone")
        return moment, int(place), int(pk) if kind == "event" else UUID(pk)
    except (ValueError, IndexError):
        raise Invalid(
            "The address names a page that is not there.", hint="Take away what follows the question mark."
        ) from None


def _stretches(found: Iterable[tuple[str, datetime, object]]) -> list[Stretch]:
    """Group entries, oldest first, by the attempt that they belong to."""
    found = list(found)
    stretch = _begun_before(found)
    stretches, following = [stretch], None
    for kind, at, row in found:
        entry, session = Entry(kind, row, at), None
        if kind == "event":
            begun = _begun_by(row)
            if row.kind in VERDICTS:
                # Only the verdict, which comes next, ends the attempt.
                following = begun or (Stretch() if row.kind == "sub_task.approve" else None)
                continue
            if begun:
                stretch = begun
                stretches.append(stretch)
            session = row.data.get("session")
        elif kind == "said":
            session = row.session_id if stretch.agent_id == str(row.agent_id) else None
        elif kind == "score" and _belongs_to(row, stretches):
            continue
        stretch.add(entry, session)
        if (kind == "review" and following) or (kind == "event" and row.kind in ENDS):
            stretch, following = following or Stretch(), None
            stretches.append(stretch)
    return [stretch for stretch in stretches if stretch.last]


def _begun_by(event: Event) -> Stretch | None:
    """Return the attempt that an event begins, if it does."""
    if event.kind == "sub_task.claim":
        return Stretch(event.data.get("attempt"), event.actor_name, event.actor_id)
    if event.kind.startswith("sub_task.") and "assignee" in event.data:
        data = event.data
        return Stretch(data.get("attempt", 1), data.get("assignee_name", ""), data["assignee"])
    return None


def _begun_before(found: list[tuple[str, datetime, object]]) -> Stretch:
    """Return the attempt that was under way when the page begins, as far as its first move tells."""
    for kind, _, row in found:
        if kind == "event" and "attempt" in row.data:
            by_its_holder = row.kind in ("sub_task.start", "sub_task.submit")
            if by_its_holder and not _begun_by(row):
                return Stretch(row.data["attempt"], row.actor_name, row.actor_id)
            break
    return Stretch()


def _belongs_to(score: ScoreEntry, stretches: list[Stretch]) -> bool:
    """Put a score beside the verdict that it was booked with, which came just before."""
    last = next((stretch.last for stretch in stretches[::-1] if stretch.last), None)
    if last is None or last.kind != "review" or last.score or last.row.assignee_id != score.agent_id:
        return False
    if score.score_delta != DELTA_OF_SCORE[last.row.score]:
        return False
    last.score = score
    return True
