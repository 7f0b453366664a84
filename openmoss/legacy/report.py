"""What came over, what had to change on the way, and what was left out."""

from dataclasses import dataclass, field

from django.db import models

MOST_IDS = 5


class Change(models.TextChoices):
    """Why a row is not word for word what it was."""

    ID = "id", "an id that is no UUID became one, always the same"
    NAME = "name", "a name was empty, too long or on several lines"
    TAKEN = "taken", "another agent has the name: a part of the id stands behind it"
    TEXT = "text", "NUL characters were taken out of a text"
    VALUE = "value", "an unknown value became the nearest one that is known"
    TIME = "time", "a time was missing or cannot be read: that of the import stands for it"
    FUTURE = "future", "a time in the future was kept: is --timezone right?"
    GONE = "gone", "other rows name it, but it was deleted: it is back, retired and without a key"
    KEYLESS = "keyless", "without a key, or with that of another: `manage.py rotate_key` gives it a new one"
    NOBODY = "nobody", "nobody knows whose work it was: 'Unknown (earlier server)' stands for them"
    FREED = "freed", "in the hands of nobody who could go on: free for all"
    UNHELD = "unheld", "pending with an assignee: free for all"
    CLOSED = "closed", "open in a task that is closed: cancelled"
    CLOCK = "clock", "in hands: patrol counts from now, or it would take the work away at once"
    DATE = "date", "a date of completion was missing, or was too much"
    MODULE = "module", "its module is not in its task: it has none now"
    SESSION = "session", "a session id is too long: dropped"
    SCHEDULE = "schedule", "a recurring_config was not taken over: `st create --cron` makes a schedule"
    ROUND = "round", "rounds were counted anew from 1"
    SCORE = "score", "the score does not fit the verdict: 3 now, and the comment says what it was"
    ISSUES = "issues", "rejected without issues: a sentence says so"
    SUBJECT = "subject", "about a sub-task that is not here: kept without it"
    LARGE = "large", "a number is too large for an entry: cut"
    TOTAL = "total", "the total is not the sum of the entries: one more entry makes up for it"
    SETTLED = "settled", "open: closed now, as patrol finds again what still stands"


class LeftOut(models.TextChoices):
    """Why a row did not come over."""

    ORPHAN = "orphan", "about a task or a sub-task that is not here"
    EMPTY = "empty", "without words"
    ZERO = "zero", "0 points, which change nothing"
    TAKEN = "taken", "a shipped prompt has this name: rename the file to bring it over"
    UNFIT = "unfit", "it does not fit here"
    REFUSED = "refused", "the database refuses it"


@dataclass
class Noted:
    """How often something happened, and to which rows first."""

    count: int = 0
    ids: list[str] = field(default_factory=list)

    def add(self, id: str) -> None:
        self.count += 1
        if len(self.ids) < MOST_IDS:
            self.ids.append(id)


@dataclass
class Count:
    new: int = 0
    already_there: int = 0
    left_out: int = 0


@dataclass
class Report:
    """What an import did, or in a dry run would do."""

    database: str
    timezone: str
    dry_run: bool
    tables: dict[str, Count] = field(default_factory=dict)
    changes: dict[tuple[str, Change], Noted] = field(default_factory=dict)
    left_out: dict[tuple[str, LeftOut], Noted] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)

    def count(self, table, *, new: int = 0, already_there: int = 0) -> None:
        """Count rows of a model, or of anything else that has a name."""
        if new or already_there:
            counted = self.tables.setdefault(label(table), Count())
            counted.new += new
            counted.already_there += already_there

    def change(self, kind: Change, table, id) -> None:
        """Note that a row had to change."""
        self.changes.setdefault((label(table), kind), Noted()).add(str(id))

    def leave_out(self, kind: LeftOut, table, id) -> None:
        """Note that a row cannot come over."""
        self.tables.setdefault(label(table), Count()).left_out += 1
        self.left_out.setdefault((label(table), kind), Noted()).add(str(id))

    def tell(self, note: str) -> None:
        """Add a sentence for whoever reads the report."""
        self.notes.append(note)

    @property
    def is_complete(self) -> bool:
        """Whether nothing was left out."""
        return not self.left_out

    @property
    def new(self) -> dict[str, int]:
        """Return how many rows of each table are new."""
        return {table: count.new for table, count in self.tables.items() if count.new}

    @property
    def already_there(self) -> dict[str, int]:
        """Return how many rows of each table were here before."""
        return {table: count.already_there for table, count in self.tables.items() if count.already_there}

    def as_dict(self) -> dict:
        """Return the report as JSON has it."""
        return {
            "database": self.database,
            "timezone": self.timezone,
            "dry_run": self.dry_run,
            "tables": {table: vars(count) for table, count in self.tables.items()},
            "changes": [_as_dict(key, noted) for key, noted in self.changes.items()],
            "left_out": [_as_dict(key, noted) for key, noted in self.left_out.items()],
            "notes": self.notes,
        }


def label(table) -> str:
    """Return what people call the rows of a model."""
    return table if isinstance(table, str) else str(table._meta.verbose_name_plural)


def _as_dict(key: tuple, noted: Noted) -> dict:
    table, kind = key
    return {"table": table, "kind": kind.value, "why": kind.label, **vars(noted)}
