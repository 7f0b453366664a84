"""From an id on the wire to a row."""

import re
import uuid
from collections.abc import Iterable
from functools import reduce
from operator import or_

from django.db.models import Model, Q, QuerySet

from openmoss.errors import Conflict, NotFound
from openmoss.prepared import Prepared

SHORTEST_PREFIX = 6
SHORT = 8


def find(queryset: QuerySet, id: str, *, field: str = "", by_pk: Prepared | None = None) -> Model:
    """Return the row with this id, or with the one id that begins so (6 characters or more).

    Raises NotFound, or Conflict naming the candidates when several ids begin so. `field` names the
    field of the body that the id came in, `by_pk` a prepared read of the same rows for whole ids.
    """
    what = queryset.model._meta.verbose_name
    digits = digits_of(id)
    if not digits:
        raise _unknown(what, id, field)
    if len(digits) == 32:
        pk = uuid.UUID(digits)
        # Without the model's ordering: one row needs none, and it makes the SQL dearer than the read.
        for row in by_pk(pk=pk) if by_pk else queryset.order_by().filter(pk=pk):
            return row
        raise _unknown(what, id, field)
    rows = list(queryset.filter(begins_with(digits))[:5])
    if not rows:
        raise _unknown(what, id, field)
    if len(rows) > 1:
        names = ", ".join(f"{row.pk} ({row})" for row in rows)
        raise Conflict(
            f"More than one {what} has an id that begins with '{id}'.", hint=f"Meant is one of {names}"
        )
    return rows[0]


def find_each(queryset: QuerySet, ids: list[str], *, field: str) -> list[Model]:
    """Return the rows with these ids, read in one query; raise as `find` does."""
    found = find_those(queryset, ids)
    return [found.get(id) or find(queryset, id, field=field) for id in ids]


def find_those(queryset: QuerySet, ids: Iterable[str]) -> dict[str, Model]:
    """Return the rows with these ids by id, read in one query; what names no row, or several, is left out."""
    wanted = {id: digits for id in ids if (digits := digits_of(id))}
    rows = list(queryset.order_by().filter(reduce(or_, map(begins_with, wanted.values())))) if wanted else []
    matching = {id: [row for row in rows if row.pk.hex.startswith(digits)] for id, digits in wanted.items()}
    return {id: rows[0] for id, rows in matching.items() if len(rows) == 1}


def digits_of(id: str) -> str:
    """Return the digits of an id or of its beginning; nothing for what can be neither."""
    digits = str(id).replace("-", "").lower()
    return digits if re.fullmatch(rf"[0-9a-f]{{{SHORTEST_PREFIX},32}}", digits) else ""


def begins_with(digits: str) -> Q:
    # A range instead of a text comparison, so that the primary key's index serves on every database.
    return Q(pk__range=(uuid.UUID(digits.ljust(32, "0")), uuid.UUID(digits.ljust(32, "f"))))


def short(id: uuid.UUID | None) -> str:
    """Return the beginning of an id as commands name rows: whole ones cost a model four times as much."""
    return str(id)[:SHORT]


def _unknown(what: str, id: str, field: str) -> NotFound:
    shown = str(id)[:60]
    why = f"There is no {what} with the id '{shown}'."
    return NotFound(why, fields={field: [why]} if field else None)
