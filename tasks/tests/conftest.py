"""Rows to begin with, and an eye on what a refusal must leave as it was."""

from contextlib import contextmanager

import pytest
from django.utils import timezone

from notifications.models import Event
from tasks.models import Dependency, Recurrence, SubTask, Task
from tasks.services import create_recurrence


@pytest.fixture
def task(db) -> Task:
    return Task.objects.create(name="News", status="in_progress")


@pytest.fixture
def given(task):
    """Make a sub-task as it is in some status, without the road that leads there."""

    def sub_task(status="pending", *, holder=None, needs=(), **fields) -> SubTask:
        done = {"completed_at": timezone.now()} if status == "done" else {}
        held = {"assignee": holder.agent, "assigned_at": timezone.now(), "attempt": 1} if holder else {}
        fields = {"task": task, "name": "Collect"} | done | held | fields
        row = SubTask.objects.create(status=status, **fields)
        Dependency.objects.bulk_create([Dependency(sub_task=row, needs=need) for need in needs])
        return row

    return sub_task


@pytest.fixture
def daily(task) -> Recurrence:
    """Every day at nine, from the next time on."""
    return create_recurrence(task, name="Collect", cron="0 9 * * *", by=None)


@pytest.fixture
def unchanged(db):
    """Fail when a call inside the block changes one of the rows, what it waits for, or records an event."""

    @contextmanager
    def watch(*rows):
        before = _seen(rows)
        yield
        assert _seen(rows) == before

    return watch


@pytest.fixture
def events(db):
    """Return the events about a row, as `kind: was > now`, oldest first."""

    def about(row) -> list[str]:
        return [f"{event.kind}: {event.was} > {event.now}" for event in Event.objects.about(row)]

    return about


def _seen(rows) -> dict:
    return {
        "rows": [type(row).objects.filter(pk=row.pk).values().first() for row in rows],
        "dependencies": list(Dependency.objects.values("sub_task", "needs").order_by("pk")),
        "counts": (Task.objects.count(), SubTask.objects.count()),
        "events": Event.objects.count(),
    }
