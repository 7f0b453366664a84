"""A real Chromium over a live server, as admin Ann uses it."""

import os
import shutil

import pytest
from django.conf import settings as django_settings
from django.contrib.auth.models import User
from django.db import connection
from playwright import sync_api

NAMES = ("chromium", "chromium-browser", "google-chrome")
CHROMIUM = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, NAMES)), None)
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-dev-shm-usage"]


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


@pytest.fixture(scope="session")
def chromium():
    # Playwright's loop makes Django believe that it is called from one.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()
    del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


@pytest.fixture
def site(transactional_db, live_server):
    """The live server's address; writers take turns as they do in production."""
    assert connection.vendor == "sqlite"
    return live_server.url


@pytest.fixture
def open_page(chromium, site):
    """Open windows, and fail when a page of theirs complains: about a script, a policy, or a fault of ours."""
    contexts, complaints = [], []

    def open_window(*, person: User | None = None, **how):
        how = {"viewport": {"width": 1440, "height": 900}, "base_url": site} | how
        context = chromium.new_context(**how)
        contexts.append(context)
        if person is not None:
            context.add_cookies([{"name": "sessionid", "value": session_of(person), "url": site}])
        page = context.new_page()
        page.set_default_timeout(10_000)
        page.on("console", lambda said: said.type == "error" and complaints.append(said.text))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("response", lambda answer: answer.status >= 500 and complaints.append(answer.url))
        page.complaints = complaints
        return page

    yield open_window
    for context in contexts:
        context.close()
    # What a page was refused on purpose is no complaint.
    assert [text for text in complaints if "the server responded with a status of 4" not in text] == []


def session_of(person: User) -> str:
    """Sign a person in and return the session's key."""
    from django.test import Client

    browser = Client()
    browser.force_login(person)
    return browser.cookies["sessionid"].value


@pytest.fixture
def admin(site) -> User:
    return User.objects.create_superuser("Ann", password="a long enough one")


@pytest.fixture
def window(open_page, admin):
    """A window in which Ann has signed in."""
    return open_page(person=admin)
