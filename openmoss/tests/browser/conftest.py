"""A real Chromium over a live server, as admin Ann uses it."""

import os

import pytest
from django.conf import settings as django_settings
from django.contrib.auth.models import User
from django.db import connection

from openmoss.tests.browser.windows import CHROMIUM, NAMES, browser, open_window, serious


def pytest_collection_modifyitems(items) -> None:
    """Mark what is here; once is enough, so the other database leaves it out."""
    here = os.path.dirname(__file__)
    why = ""
    if CHROMIUM is None:
        why = f"no browser: none of {', '.join(NAMES)} is installed, and CHROMIUM names none"
    elif django_settings.DATABASES["default"]["ENGINE"] != "openmoss.sqlite":
        why = "the browser's tests run once, on SQLite"
    for item in items:
        if str(item.path).startswith(here):
            item.add_marker(pytest.mark.browser)
            if why:
                item.add_marker(pytest.mark.skip(reason=why))


# Only for what is here: as long as Playwright's loop runs, Django keeps its connections in another way, and
# tests after these would find one open that nobody closes.
@pytest.fixture(scope="package")
def chromium():
    with browser() as started:
        yield started


@pytest.fixture
def site(transactional_db, live_server):
    """The live server's address; writers take turns as they do in production."""
    assert connection.vendor == "sqlite"
    return live_server.url


@pytest.fixture
def open_page(chromium, site):
    """Open windows, and fail when a page of theirs complains: about a script, a policy, or a fault of ours."""
    pages, complaints = [], []

    def opened(*, person: User | None = None, **how):
        pages.append(open_window(chromium, site, person=person, complaints=complaints, **how))
        return pages[-1]

    yield opened
    for page in pages:
        page.context.close()
    assert serious(complaints) == []


@pytest.fixture
def admin(site) -> User:
    return User.objects.create_superuser("Ann", password="a long enough one")


@pytest.fixture
def window(open_page, admin):
    """A window in which Ann has signed in."""
    return open_page(person=admin)
