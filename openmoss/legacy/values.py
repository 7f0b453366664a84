"""What stands in old rows, made fit for ours; what had to change is noted in the report."""

import os
import re
import uuid
from dataclasses import dataclass, field
from datetime import datetime, timezone
from types import MappingProxyType
from zoneinfo import ZoneInfo

from django.db import models
from django.utils import timezone as clock
from django.utils.dateparse import parse_datetime

from openmoss.legacy.database import Row
from openmoss.legacy.report import Change, Report

_OURS = uuid.uuid5(uuid.NAMESPACE_URL, "openmoss:legacy")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")
LONGEST_SESSION = 200


def derived_id(*parts) -> uuid.UUID:
    """Return an id that is always the same for the same parts."""
    return uuid.uuid5(_OURS, ":".join(map(str, parts)))


def id_of(value) -> uuid.UUID | None:
    """Return an old id; what is no UUID becomes one; None where there is nothing."""
    if value in (None, ""):
        return None
    try:
        return uuid.UUID(str(value))
    except ValueError:
        return derived_id(value)


def own_id(row: Row) -> uuid.UUID:
    """Return under which id a row comes over; one without any gets one that is made of all it holds."""
    return id_of(row["id"]) or derived_id(*row.items())


def whole_number(value) -> int:
    """Return a number from a column that may hold anything; 0 for what is none."""
    try:
        return int(value)
    except (TypeError, ValueError, OverflowError):
        return 0


def machine_zone() -> ZoneInfo:
    """Return the zone of this machine; that of the process is always UTC, Django sees to it."""
    name = os.path.realpath("/etc/localtime").partition("/zoneinfo/")[2]
    try:
        return ZoneInfo(name)
    except (ValueError, LookupError, OSError):
        return ZoneInfo("UTC")


@dataclass(frozen=True)
class Values:
    """Reads values of old rows; `model` says in every method what the row becomes."""

    zone: ZoneInfo
    report: Report
    now: datetime = field(default_factory=clock.now)

    def new_id(self, model, row: Row) -> uuid.UUID:
        """Return under which id a row comes over, and note when it is another than before."""
        id = own_id(row)
        if str(id) != str(row["id"]).lower():
            self.report.change(Change.ID, model, row["id"])
        return id

    def name(self, model, row: Row) -> str:
        """Return a name of one line that is not empty and not too long."""
        old, longest = str(row["name"] or ""), model._meta.get_field("name").max_length
        name = _CONTROL.sub(" ", old).strip()
        name = name or f"Unnamed {model._meta.verbose_name} ({str(own_id(row))[:8]})"
        if len(name) > longest:
            name = f"{name[: longest - 1]}…"
        if name != old:
            self.report.change(Change.NAME, model, row["id"])
        return name

    def text(self, model, row: Row, column: str) -> str:
        """Return a text, without what PostgreSQL cannot keep."""
        text = str(row[column] or "")
        if "\x00" in text:
            self.report.change(Change.TEXT, model, row["id"])
        return text.replace("\x00", "")

    def choice(
        self,
        model,
        row: Row,
        column: str,
        known: type[models.TextChoices],
        *,
        otherwise,
        also=MappingProxyType({}),
    ):
        """Return one of the known values; `also` says what other words come close to."""
        said = str(row[column] or "").strip().lower()
        if said in known.values:
            return known(said)
        self.report.change(Change.VALUE, model, row["id"])
        return known(also[said]) if said in also else otherwise

    def session(self, model, row: Row, column: str) -> str | None:
        """Return the id of a session; one that is too long could never be given again."""
        session = self.text(model, row, column)
        if len(session) > LONGEST_SESSION:
            self.report.change(Change.SESSION, model, row["id"])
            return None
        return session or None

    def moment(self, model, row: Row, column: str, *, otherwise: datetime | None = None) -> datetime:
        """Return a time; one that cannot be read is `otherwise`, or that of the import."""
        at = self.moment_or_none(row[column])
        if at is None and otherwise is not None:
            return otherwise
        if at is None:
            self.report.change(Change.TIME, model, row["id"])
            return self.now
        if at > self.now:
            self.report.change(Change.FUTURE, model, row["id"])
        return at

    def moment_or_none(self, value) -> datetime | None:
        """Return a time; the old server wrote those of its machine, without saying of which zone."""
        try:
            at = parse_datetime(str(value))
            # Of an hour that an autumn night has twice, the first is taken.
            return at and (at if at.tzinfo else at.replace(tzinfo=self.zone)).astimezone(timezone.utc)
        except (ValueError, OverflowError):
            return None
