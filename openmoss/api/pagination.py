"""The list envelope of the reference, with an end to every list."""

from dataclasses import dataclass

from django.db.models import QuerySet

from openmoss.api.parsers import MAX_INTEGER
from openmoss.errors import Invalid

MOST_ROWS = 500
MOST_ROWS_A_PAGE = 100


@dataclass(frozen=True)
class Page:
    """One page of a list: its rows and where it stands."""

    items: list
    total: int
    page: int
    page_size: int
    total_pages: int

    def envelope(self, items: list) -> dict:
        """Return the wire form around the serialised `items`."""
        return {
            "items": items,
            "total": self.total,
            "page": self.page,
            "page_size": self.page_size,
            "total_pages": self.total_pages,
            "has_more": self.page < self.total_pages,
        }


def paginate(queryset: QuerySet, query) -> Page:
    """Cut a page out of `queryset` by the `page` and `page_size` of the query; 0 means up to 500 rows."""
    page = max(1, whole_number(query, "page", default=1))
    page_size = min(max(0, whole_number(query, "page_size", default=0)), MOST_ROWS_A_PAGE)
    rows = page_size or MOST_ROWS
    items = list(queryset[(page - 1) * rows : page * rows])
    # A first page that is not full is the whole list, as most are; counting would cost as much again.
    total = len(items) if page == 1 and len(items) < rows else queryset.count()
    return Page(items, total, page, page_size, max(1, -(-total // rows)))


def whole_number(query, name: str, *, default: int) -> int:
    """Read an integer parameter; absent or empty means `default`."""
    text = query.get(name, "")
    if text == "":
        return default
    try:
        number = int(text)
    except ValueError:
        raise Invalid.field(name, "Give a whole number.") from None
    if abs(number) > MAX_INTEGER // MOST_ROWS:
        raise Invalid.field(name, "That number is too large.")
    return number


def choice(query, name: str, choices) -> str:
    """Read an enum parameter; absent or empty means no filter."""
    value = query.get(name, "")
    if value and value not in choices.values:
        raise Invalid.field(name, f"Choose one of {', '.join(choices.values)}.")
    return value
