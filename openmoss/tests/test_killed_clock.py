"""`kill -9` of the clock between any two statements: the next one goes on, loses nothing, does nothing twice."""

from datetime import timedelta
from itertools import count

import pytest
import time_machine
from django.utils import timezone

from notifications.models import Delivery, Event
from notifications.services import add_channel, deliver
from notifications.tests.target import web_server
from openmoss.models import SiteSettings
from openmoss.tests.killing import killed
from patrol.models import Finding
from patrol.services import scan
from tasks.models import SubTask, Task
from tasks.services import create_occurrences, create_recurrence, create_task

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def stands_still(erin):
    """Make a task in which one sub-task has been in progress for ever and another waits for its review."""
    SiteSettings.load()

    def makes() -> Task:
        long_ago = timezone.now() - timedelta(hours=20)
        task = Task.objects.create(name="News", status="in_progress")
        for status in ("in_progress", "review"):
            SubTask.objects.create(
                task=task,
                name=status,
                status=status,
                status_since=long_ago,
                updated_at=long_ago,
                assignee=erin.agent,
                assigned_at=long_ago,
                attempt=1,
            )
        return task

    return makes


def test_a_scan_that_is_killed_anywhere(stands_still, rita, pia):
    for statement in count(1):
        task = stands_still()
        interrupted = killed(scan, before=statement)

        scan()
        scan()

        assert found(task) == {("timeout", "critical", "open"), ("review_overdue", "critical", "open")}
        assert told(task) == {"timeout": 1, "review_overdue": 1}
        assert Event.objects.filter(kind="sub_task.block", task_id=task.pk).count() == 1
        assert SubTask.objects.get(task=task, name="in_progress").status == "blocked"
        Task.objects.filter(pk=task.pk).delete()
        if not interrupted:
            break
    assert statement > 20, "It was not killed where it writes."


def test_making_recurring_work_that_is_killed_anywhere(pia, erin):
    SiteSettings.load()
    for statement in count(1):
        task = Task.objects.create(name="Daily", status="active", type="recurring")
        recurrence = create_recurrence(task, name="Digest", cron="0 9 * * *", by=pia.agent)
        with time_machine.travel(recurrence.next_at + timedelta(minutes=1), tick=False):
            interrupted = killed(create_occurrences, before=statement)
            create_occurrences()
            create_occurrences()

        made = SubTask.objects.filter(recurrence=recurrence)
        assert [row.occurrence for row in made] == [recurrence.next_at]
        events = Event.objects.filter(task_id=task.pk)
        assert events.filter(kind="sub_task.create").count() == 1
        assert events.filter(kind="recurrence.occur").count() == 1
        Task.objects.filter(pk=task.pk).update(status="cancelled")
        if not interrupted:
            break
    assert statement > 5, "It was not killed where it writes."


def test_sending_that_is_killed_anywhere(settings):
    """Nothing is lost, and nothing comes twice beyond the one that was on its way."""
    settings.WEBHOOK_ALLOW = ["127.0.0.1"]
    SiteSettings.objects.create(pk=1, notifications_enabled=True)
    with web_server() as target:
        add_channel(address=target.url, events=["task.create"])
        for statement in count(1):
            target.requests.clear()
            for name in ("One", "Two"):
                create_task(name=f"{name} {statement}", by=None)

            interrupted = killed(deliver, before=statement)
            with time_machine.travel(timezone.now() + timedelta(minutes=3)):
                deliver()
                deliver()

            arrived = [request["body"]["subject"]["name"] for request in target.requests]
            assert set(arrived) == {f"One {statement}", f"Two {statement}"}
            assert len(arrived) <= 3
            assert not Delivery.objects.waiting().exists()
            if not interrupted:
                break
        assert statement > 10, "It was not killed where it writes."
        assert len(arrived) == 2


def found(task: Task) -> set:
    rows = Finding.objects.open().filter(task=task)
    return set(rows.values_list("kind", "severity", "status"))


def told(task: Task) -> dict:
    """Count how often each kind was told as critical."""
    names = Event.objects.filter(
        kind__in=["finding.open", "finding.escalate"], task_id=task.pk, now="critical"
    )
    kinds = [name.split(":")[0] for name in names.values_list("subject_name", flat=True)]
    return {kind: kinds.count(kind) for kind in kinds if kind in ("timeout", "review_overdue")}
