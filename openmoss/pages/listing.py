"""Lists that can grow: cut by key and never by number, so that the last page costs what the first does."""

import base64
import json
from dataclasses import dataclass
from functools import cached_property

from django.core.exceptions import FieldDoesNotExist, ValidationError
from django.db.models import Q, QuerySet
from django.http import QueryDict

from openmoss.errors import Invalid

ROWS = 50
MOST_COUNTED = 1000


@dataclass(frozen=True)
class Listing:
    """The rows of one page, and the cursors of the pages before and after it."""

    rows: list
    newer: str
    older: str
    every: QuerySet

    def __iter__(self):
        return iter(self.rows)

    def __len__(self) -> int:
        return len(self.rows)

    @cached_property
    def total(self) -> str:
        """How many there are, as people read it; nobody counts beyond a thousand."""
        if not self.newer and not self.older:
            return str(len(self.rows))
        count = self.every.order_by()[: MOST_COUNTED + 1].count()
        return f"{MOST_COUNTED:,}+" if count > MOST_COUNTED else f"{count:,}"


def listing(queryset: QuerySet, query: QueryDict, *, rows: int = ROWS, by: tuple = ("-created_at", "-pk")):
    """Cut one page out of a queryset, in the order `by`, by the `before` or `after` of the address.

    The last field of `by` must be unique; all of them run in the same direction.
    """
    names = [name.lstrip("-") for name in by]
    forwards = not by[0].startswith("-")
    after, before = query.get("after", ""), query.get("before", "")
    found = queryset
    if after or before:
        found = found.filter(_beyond(queryset, names, after or before, greater=bool(after) != forwards))
    turned = bool(after)
    order = [_turned(name) for name in by] if turned else list(by)
    cut = list(found.order_by(*order)[: rows + 1])
    more = len(cut) > rows
    page = cut[:rows][::-1] if turned else cut[:rows]
    has_newer, has_older = (more, bool(page)) if turned else (bool(before) and bool(page), more)
    return Listing(
        rows=page,
        newer=_cursor(page[0], names) if has_newer else "",
        older=_cursor(page[-1], names) if has_older else "",
        every=queryset,
    )


def _turned(name: str) -> str:
    return name[1:] if name.startswith("-") else f"-{name}"


def _beyond(queryset: QuerySet, names: list[str], cursor: str, *, greater: bool) -> Q:
    values = _values(queryset, names, cursor)
    sign = "gt" if greater else "lt"
    condition, same = Q(), Q()
    for name, value in zip(names, values, strict=True):
        condition |= same & Q(**{f"{name}__{sign}": value})
        same &= Q(**{name: value})
    # Redundant, but it lets the database walk the index from the right place.
    return Q(**{f"{names[0]}__{sign}e": values[0]}) & condition


def _cursor(row, names: list[str]) -> str:
    values = [row.pk if name == "pk" else getattr(row, name) for name in names]
    said = [value.isoformat() if hasattr(value, "isoformat") else str(value) for value in values]
    return base64.urlsafe_b64encode(json.dumps(said).encode()).decode().rstrip("=")


def _values(queryset: QuerySet, names: list[str], cursor: str) -> list:
    try:
        said = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        values = [_field(queryset, name).to_python(value) for name, value in zip(names, said, strict=True)]
        if None in values:
            raise ValueError
        return values
    except (ValueError, TypeError, AttributeError, ValidationError, FieldDoesNotExist):
        raise Invalid(
            "The address names a page that is not there.", hint="Take away what follows the question mark."
        ) from None


def _field(queryset: QuerySet, name: str):
    if name in queryset.query.annotations:
        return queryset.query.annotations[name].output_field
    meta = queryset.model._meta
    return meta.pk if name == "pk" else meta.get_field(name)
