"""`kill -9` of the clock between any two statements: the next one goes on, loses nothing, does nothing twice."""

from datetime import timedelta
from itertools import count

import pytest
from django.utils import timezone

from notifications.models import Event
from openmoss.models import SiteSettings
from openmoss.tests.killing import killed
from patrol.models import Finding
from patrol.services import scan
from tasks.models import SubTask, Task

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
