"""A team at work, and a clock to turn forward."""

from datetime import datetime, timedelta, timezone

import pytest
import time_machine

from agents.request_log import buffer
from openmoss.models import SiteSettings
from patrol.models import Finding
from patrol.services import scan

MORNING = datetime(2026, 3, 2, 8, 0, tzinfo=timezone.utc)


class Clock:
    """Turns the time forward; what agents did before is written down first, as the server does within a second."""

    def __init__(self, traveller) -> None:
        self._traveller = traveller

    def forward(self, *, hours: float = 0, minutes: float = 0) -> None:
        buffer.flush()
        self._traveller.shift(timedelta(hours=hours, minutes=minutes))


@pytest.fixture
def clock(db):
    with time_machine.travel(MORNING, tick=False) as traveller:
        yield Clock(traveller)


@pytest.fixture
def look(clock):
    """Let the clock make its round and return the open findings as `kind severity: description`."""

    def looks() -> list[str]:
        buffer.flush()
        scan()
        return sorted(f"{row.kind} {row.severity}: {row.description}" for row in Finding.objects.open())

    return looks


@pytest.fixture
def task(clock, pia) -> str:
    """The id of an active task."""
    task = pia.post("/api/tasks", name="News").json()
    pia.put(f"/api/tasks/{task['id']}/status", status="active")
    return task["id"]


@pytest.fixture
def plan(pia, task):
    """Let Pia add a sub-task to the task and return its address, for example `/api/sub-tasks/4711…`."""

    def plans(name: str = "Collect", **fields) -> str:
        made = pia.post("/api/sub-tasks", task_id=task, name=name, **fields)
        assert made.status_code == 200, made.content
        return f"/api/sub-tasks/{made.json()['id']}"

    return plans


@pytest.fixture
def begin(plan, erin):
    """Let Erin take a sub-task and start it."""

    def begins(name: str = "Collect", **fields) -> str:
        address = plan(name, **fields)
        assert erin.post(f"{address}/claim").status_code == 200
        assert erin.post(f"{address}/start").status_code == 200
        return address

    return begins


@pytest.fixture
def status(pia):
    """Read the status of the sub-task at an address."""
    return lambda address: pia.get(address).json()["status"]


@pytest.fixture
def on_critical(db):
    """Set what becomes of running work when a finding about it is critical."""

    def sets(action: str) -> None:
        SiteSettings.load()
        SiteSettings.objects.update(on_critical=action)

    return sets


def id_of(address: str) -> str:
    """Return the id in the address of a sub-task."""
    return address.rsplit("/", 1)[1]


@pytest.fixture
def alive(clock):
    """Let agents give a sign of life now."""

    def says(*callers) -> None:
        for caller in callers:
            assert caller.get("/api/agents/me").status_code == 200
        buffer.flush()

    return says
