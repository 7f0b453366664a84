"""Lists are cut by key: nothing is shown twice or left out, in either direction, and no page costs more."""

from datetime import timedelta
from urllib.parse import parse_qsl

import pytest
from django.http import QueryDict
from django.utils import timezone

from openmoss.errors import Invalid
from openmoss.pages.listing import listing
from tasks.models import Task


def pages(query: str = "", **how):
    given = QueryDict(mutable=True)
    given.update(dict(parse_qsl(query)))
    return listing(Task.objects.all(), given, **how)


@pytest.fixture
def ten(db) -> list[str]:
    """Ten tasks, the newest first; some were made in the same moment."""
    now = timezone.now()
    for number in range(10):
        Task.objects.create(name=f"{number}", created_at=now - timedelta(minutes=number // 3))
    return [task.name for task in Task.objects.order_by("-created_at", "-pk")]


def names(page) -> list[str]:
    return [task.name for task in page]


@pytest.mark.parametrize("by", [("-created_at", "-pk"), ("created_at", "pk")])
def test_there_and_back_again_every_row_is_met_once(ten, by):
    whole = ten if by[0].startswith("-") else ten[::-1]

    first = pages(rows=4, by=by)
    second = pages(f"before={first.older}", rows=4, by=by)
    last = pages(f"before={second.older}", rows=4, by=by)
    back = pages(f"after={last.newer}", rows=4, by=by)
    home = pages(f"after={back.newer}", rows=4, by=by)

    assert names(first) + names(second) + names(last) == whole
    assert (first.newer, last.older) == ("", "")
    assert names(back) == names(second)
    assert names(home) == names(first)
    assert home.newer == ""
    assert home.older == first.older


def test_what_is_added_meanwhile_moves_nothing(ten):
    first = pages(rows=4)
    Task.objects.create(name="new")

    second = pages(f"before={first.older}", rows=4)

    assert names(second) == ten[4:8]
    assert names(pages(f"after={second.newer}", rows=50)) == ["new", *ten[:4]]


def test_an_empty_list_has_no_other_pages(db):
    page = pages()

    assert (list(page), page.newer, page.older, page.total) == ([], "", "", "0")


def test_a_page_costs_one_read_and_the_total_one_more_at_most(ten, django_assert_num_queries):
    with django_assert_num_queries(1):
        assert pages().total == "10"
    with django_assert_num_queries(2):
        assert pages(rows=4).total == "10"


def test_nobody_counts_for_ever(db, monkeypatch, ten):
    monkeypatch.setattr("openmoss.pages.listing.MOST_COUNTED", 7)

    assert pages(rows=4).total == "7+"


@pytest.mark.parametrize(
    "cursor", ["x", "bm90IGpzb24", "WzFd", "WyIyMDI2IiwgIngiXQ", "e30", "____", "W251bGwsbnVsbF0"]
)
def test_a_cursor_that_nobody_made_is_refused(ten, cursor):
    with pytest.raises(Invalid):
        pages(f"before={cursor}")
