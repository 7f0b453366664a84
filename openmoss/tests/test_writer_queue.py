"""On SQLite writers queue: each has its turn, and one that never ends does not take the others with it."""

import threading
import time

import pytest
from django.db import OperationalError, connection, connections, transaction

from conftest import hire
from openmoss.access import Role
from openmoss.tests.racing import in_processes, in_threads
from tasks import services as work
from tasks.models import Task

pytestmark = [
    pytest.mark.race,
    pytest.mark.django_db(transaction=True),
]


@pytest.fixture(autouse=True)
def _only_sqlite() -> None:
    if connection.vendor != "sqlite":
        pytest.skip("PostgreSQL has a queue of its own")


def write(seconds: float = 0.0) -> None:
    with transaction.atomic():
        Task.objects.create(name="News")
        time.sleep(seconds)


def test_twenty_writers_at_once_all_get_through(db):
    outcomes = in_threads([lambda: write(0.01)] * 20)

    assert outcomes == ["won"] * 20
    assert Task.objects.count() == 20


def test_a_writer_that_does_not_end_costs_the_next_one_an_error_and_nothing_else(monkeypatch, pia):
    monkeypatch.setitem(connection.settings_dict["OPTIONS"], "timeout", 0.3)
    began, end = threading.Event(), threading.Event()

    def hold() -> None:
        with transaction.atomic():
            began.set()
            end.wait(10)
        connections.close_all()

    holder = threading.Thread(target=hold)
    holder.start()
    began.wait(10)
    with pytest.raises(OperationalError, match="locked"):
        write()
    answer = pia.post("/api/tasks", name="News")
    read = pia.get("/api/tasks")
    end.set()
    holder.join()

    assert (answer.status_code, answer.json()["code"]) == (503, "busy")
    assert "Retry-After" in answer
    assert read.status_code == 200
    write()
    assert Task.objects.count() == 1


def test_a_failed_transaction_ends_its_turn(db):
    def fail() -> None:
        with transaction.atomic():
            Task.objects.create(name="News")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()

    assert in_threads([write] * 2) == ["won"] * 2
    assert Task.objects.count() == 2


def test_a_process_that_dies_in_its_turn_gives_it_back(db):
    agent = hire("Pia", Role.PLANNER).agent

    lines = f"""agent = Agent.objects.get(pk='{agent.pk}')
go()
from django.db import transaction
with transaction.atomic():
    work.create_task(name='Lost', by=agent)
    os.kill(os.getpid(), 9)"""
    outcomes = in_processes([lines])

    assert outcomes == [""]
    assert not Task.objects.exists()
    work.create_task(name="Kept", by=agent)
    assert Task.objects.get().name == "Kept"
