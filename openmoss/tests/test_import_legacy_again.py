"""An import that is interrupted, made twice at once, or very large."""

import os
import random
import signal
import subprocess
import sys
import time
import uuid
from contextlib import contextmanager
from functools import partial
from zoneinfo import ZoneInfo

import pytest
from django.conf import settings
from django.db import connection
from django.db.models import Sum
from django.utils import timezone

from agents.models import Agent, RequestLog
from notifications.models import Event
from openmoss.legacy.services import import_legacy
from openmoss.legacy.source import find_source
from openmoss.legacy.writing import Writer
from openmoss.tests.old_server import AT, OldServer
from openmoss.tests.racing import in_threads
from reviews.models import Review
from scoring.models import ScoreEntry
from tasks.models import ActivityLog, SubTask, Task

ZONE = ZoneInfo("UTC")


def fill(old: OldServer, *, sub_tasks: int, logs: int) -> None:
    """Let a team have worked for long: each sub-task was judged twice, and much was said."""
    team = [old.hire(f"Agent {n}", total_score=0) for n in range(20)]
    rita = old.hire("Rita", "reviewer")
    task = old.add("task", name="News", status="in_progress")
    ids = [str(uuid.UUID(int=random.getrandbits(128), version=4)) for _ in range(sub_tasks)]
    done = ("done", "medium", "once", 1, "Words of some length. " * 20, AT, AT, AT)
    rows = [(id, task, f"Part {n}", team[n % 20], *done) for n, id in enumerate(ids)]
    with old.connection as db:
        db.executemany(
            "INSERT INTO sub_task (id, task_id, name, assigned_agent, status, priority, type, rework_count, "
            "description, created_at, updated_at, completed_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            rows,
        )
        db.executemany(
            "INSERT INTO review_record (id, sub_task_id, reviewer_agent, round, result, score, issues, created_at) "
            "VALUES (?, ?, ?, ?, ?, ?, 'No', ?)",
            [
                (str(uuid.uuid4()), id, rita, round, *verdict, AT)
                for id in ids
                for round, verdict in enumerate([("rejected", 2), ("approved", 5)], start=1)
            ],
        )
        db.executemany(
            "INSERT INTO reward_log (id, agent_id, sub_task_id, reason, score_delta, created_at) "
            "VALUES (?, ?, ?, 'Review', ?, ?)",
            [(str(uuid.uuid4()), row[3], row[0], delta, AT) for row in rows for delta in (-5, 10)],
        )
        db.executemany(
            "INSERT INTO activity_log (id, agent_id, sub_task_id, action, summary, created_at) "
            "VALUES (?, ?, ?, 'coding', ?, ?)",
            (
                (str(uuid.uuid4()), team[n % 20], ids[n % sub_tasks], "What was done. " * 10, AT)
                for n in range(logs)
            ),
        )
        db.execute(
            "UPDATE agent SET total_score = (SELECT sum(score_delta) FROM reward_log WHERE agent_id = agent.id)"
        )


def assert_all_of_it_is_here(*, sub_tasks: int, logs: int) -> None:
    counts = [model.objects.count() for model in (Task, SubTask, Review, ScoreEntry, ActivityLog)]
    assert counts == [1, sub_tasks, 2 * sub_tasks, 2 * sub_tasks, logs]
    assert_totals_are_sums()


def assert_totals_are_sums() -> None:
    totals = Agent.objects.exclude(total_score=0).values_list("pk", "total_score")
    sums = ScoreEntry.objects.order_by().values_list("agent").annotate(total=Sum("score_delta"))
    assert dict(totals) == dict(sums)


@contextmanager
def running_import(old: OldServer):
    """Run the command in a process of its own, on the database of the test."""
    at = connection.settings_dict
    url = (
        f"sqlite:///{at['NAME']}"
        if connection.vendor == "sqlite"
        else f"postgres://{at['USER']}:{at['PASSWORD']}@{at['HOST']}:{at['PORT'] or 5432}/{at['NAME']}"
    )
    process = subprocess.Popen(
        [sys.executable, "manage.py", "import_legacy", str(old.folder)],
        cwd=settings.BASE_DIR,
        env=os.environ | {"DATABASE_URL": url},
        stdout=subprocess.DEVNULL,
    )
    try:
        yield process
    finally:
        process.kill()
        process.wait()


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_an_import_that_was_killed_is_completed_by_another(old):
    size = {"sub_tasks": 400, "logs": 4000}
    fill(old, **size)
    reached = []
    for model in (Agent, SubTask, ScoreEntry, ActivityLog):
        with running_import(old) as process:
            before, deadline = model.objects.count(), time.monotonic() + 60
            while model.objects.count() == before and process.poll() is None and time.monotonic() < deadline:
                time.sleep(0.01)
            process.send_signal(signal.SIGKILL)
        reached.append(ActivityLog.objects.count())
        # No half states: points count at once, and no sub-task is here without its reviews.
        assert_totals_are_sums()
        assert Review.objects.count() == 2 * SubTask.objects.count()

    report = import_legacy(find_source(old.folder), zone=ZONE)

    assert reached[0] == 0
    assert reached[-1] < size["logs"]
    assert report.is_complete
    assert_all_of_it_is_here(**size)
    assert Event.objects.filter(kind="site.import").count() == 1


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_imports_side_by_side_bring_everything_once(old):
    size = {"sub_tasks": 120, "logs": 300}
    fill(old, **size)

    outcomes = in_threads([partial(import_legacy, find_source(old.folder), zone=ZONE) for _ in range(3)])

    assert outcomes == ["won"] * 3
    assert_all_of_it_is_here(**size)


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_calls_come_over_once_from_imports_side_by_side(old):
    erin = old.hire("Erin")
    call = {"timestamp": f"{timezone.now():%Y-%m-%d %H:%M:%S.%f}", "agent_id": erin, "agent_name": "Erin"}
    for n in range(400):
        old.add("request_log", agent_role="executor", path=f"/api/tasks/{n}", **call)
    import_legacy(find_source(old.folder), zone=ZONE)

    outcomes = in_threads(
        [partial(import_legacy, find_source(old.folder), zone=ZONE, with_calls=True) for _ in range(4)]
    )

    assert outcomes == ["won"] * 4
    assert RequestLog.objects.count() == 400


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_years_of_work_come_over_in_short_transactions(old, monkeypatch):
    size = {"sub_tasks": 10_000, "logs": 200_000}
    fill(old, **size)
    held = []
    open_transaction = Writer.transaction

    @contextmanager
    def timed(writer):
        with open_transaction(writer):
            began = time.monotonic()
            yield
        held.append(time.monotonic() - began)

    monkeypatch.setattr(Writer, "transaction", timed)
    began = time.monotonic()

    import_legacy(find_source(old.folder), zone=ZONE)

    took = time.monotonic() - began
    print(f"{took:.1f} s, {len(held)} transactions, longest {max(held) * 1000:.0f} ms")
    assert_all_of_it_is_here(**size)
    assert sorted(held)[len(held) * 99 // 100] < 0.25
    assert max(held) < 2
