"""The cast and the tools of the tests.

Planner Pia, executors Erin and Ed, reviewer Rita, patrol Pat. `pia.post("/api/tasks", name="News")` calls
the API as Pia does: with her key, through the whole stack.
"""

import json
from contextlib import contextmanager

import pytest
from django.apps import apps
from django.contrib.auth.models import User
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from agents import services as hiring
from agents.models import Agent
from agents.request_log import buffer
from openmoss.access import Role
from openmoss.models import SiteSettings
from tasks.models import SubTask, Task


def pytest_addoption(parser) -> None:
    parser.addoption("--slow", action="store_true", help="Run the slow tests too.")


def pytest_collection_modifyitems(config, items) -> None:
    if not config.getoption("--slow"):
        skip = pytest.mark.skip(reason="slow; run with --slow")
        for item in items:
            if "slow" in item.keywords:
                item.add_marker(skip)
    if connection.vendor == "postgresql":
        once = [item for item in items if not asks_a_database(item)]
        config.hook.pytest_deselected(items=once)
        items[:] = [item for item in items if item not in set(once)]


def asks_a_database(item) -> bool:
    """Say whether a test could come out differently on another database; all others run once, on SQLite."""
    asked = {"db", "transactional_db", "django_db_setup"} & set(item.fixturenames)
    return bool(asked) or any(item.get_closest_marker(name) for name in ("django_db", "server", "race"))


class Caller:
    """An agent with its key, calling the API; answers are Django test responses."""

    def __init__(self, agent: Agent, key: str) -> None:
        self.agent = agent
        self.key = key
        self.id = str(agent.pk)
        self.client = Client(raise_request_exception=False)

    def get(self, path: str, **query):
        return self.client.get(path, query, headers=self._headers())

    def post(self, path: str, *, idempotency_key: str = "", **body):
        extra = {"Idempotency-Key": idempotency_key} if idempotency_key else {}
        return self._send("post", path, body, extra)

    def put(self, path: str, **body):
        return self._send("put", path, body, {})

    def delete(self, path: str):
        return self.client.delete(path, headers=self._headers())

    def raw(self, method: str, path: str, body: bytes, content_type: str = "application/json", **headers):
        """Send a body as it is."""
        headers = self._headers() | headers
        return self.client.generic(method, path, body, content_type=content_type, headers=headers)

    def _send(self, method: str, path: str, body: dict, extra: dict):
        return getattr(self.client, method)(
            path, json.dumps(body), content_type="application/json", headers=self._headers() | extra
        )

    def _headers(self) -> dict:
        return {"Authorization": f"Bearer {self.key}"}


def hire(name: str, role: str) -> Caller:
    """Hire an agent and return it ready to call."""
    return Caller(*hiring.create_agent(name=name, role=role))


@pytest.fixture
def pia(db) -> Caller:
    return hire("Pia", Role.PLANNER)


@pytest.fixture
def erin(db) -> Caller:
    return hire("Erin", Role.EXECUTOR)


@pytest.fixture
def ed(db) -> Caller:
    return hire("Ed", Role.EXECUTOR)


@pytest.fixture
def rita(db) -> Caller:
    return hire("Rita", Role.REVIEWER)


@pytest.fixture
def pat(db) -> Caller:
    return hire("Pat", Role.PATROL)


@pytest.fixture
def ann(db) -> User:
    """The admin, a person."""
    return User.objects.create_superuser("Ann", password="a long enough one")


@pytest.fixture
def desk(ann) -> Client:
    """Ann's browser, in which she has signed in to the console."""
    return signed_in(ann)


@pytest.fixture
def onlooker(db) -> Client:
    """The browser of Sam, who is staff: he may look, but not act."""
    return signed_in(User.objects.create_user("Sam", is_staff=True))


def signed_in(person: User) -> Client:
    """Return a browser in which a person has signed in."""
    browser = Client()
    browser.force_login(person)
    return browser


def reads_of(browser: Client, address: str) -> int:
    """Open a page and return how often it asks the database, apart from what is kept for a moment."""
    browser.get(address)
    with CaptureQueriesContext(connection) as queries:
        assert browser.get(address).status_code == 200
    return len(queries)


@pytest.fixture
def submitted(erin) -> SubTask:
    """A sub-task of Erin's that waits for its review."""
    return SubTask.objects.create(
        task=Task.objects.create(name="News", status="in_progress"),
        name="Collect",
        status="review",
        current_session_id="chat-1",
        assignee=erin.agent,
        assigned_at=timezone.now(),
        attempt=1,
    )


@pytest.fixture
def nothing_written(db):
    """Fail when anything is written anywhere inside the block."""
    SiteSettings.load()

    @contextmanager
    def watch():
        before = _everything()
        yield
        assert _everything() == before

    return watch


def _everything() -> dict[str, list]:
    return {
        model._meta.label: list(model._base_manager.order_by("pk").values_list())
        for model in apps.get_models()
    }


@pytest.fixture(autouse=True)
def _quiet(settings) -> None:
    """Keep the request log's thread out of the tests and let every test guess tokens afresh."""
    settings.REQUEST_LOG_FLUSH_SECONDS = None
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    settings.STORAGES = settings.STORAGES | {
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    }
    cache.clear()
    # What one test left unwritten must not turn up in the next.
    for waiting in (buffer._rows, buffer._seen, buffer._seen_written, buffer._wakes, buffer._acted):
        waiting.clear()
