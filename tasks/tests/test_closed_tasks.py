"""Work of a task that is completed, archived or cancelled, however it came to be left open there."""

import pytest

from openmoss.errors import Conflict
from tasks import services
from tasks.models import SubTask, Task

pytestmark = pytest.mark.parametrize("closed", ["completed", "archived", "cancelled"])


def test_it_is_not_available(task, given, erin, closed):
    elsewhere = given("pending", task=Task.objects.create(name="Other"))
    given("pending")
    Task.objects.filter(pk=task.pk).update(status=closed)

    answer = erin.get("/api/sub-tasks/available")

    assert [row["id"] for row in answer.json()["items"]] == [str(elsewhere.pk)]
    assert answer.json()["total"] == 1


def test_it_is_not_claimable(task, given, unchanged, erin, closed):
    sub_task = given("pending")
    Task.objects.update(status=closed)

    with unchanged(task, sub_task):
        answer = erin.post(f"/api/sub-tasks/{sub_task.pk}/claim")

    assert answer.status_code == 409
    assert answer.json()["detail"] == f"Its task 'News' is {closed}."
    assert answer.json()["hint"] == "Run `st available` for other work."


def test_it_is_not_claimable_when_the_task_closed_after_the_reading(task, given, unchanged, erin, closed):
    given("pending")
    seen_open = SubTask.objects.for_agents().get()
    Task.objects.update(status=closed)

    with unchanged(task, seen_open), pytest.raises(Conflict):
        services.claim(seen_open, by=erin.agent)

    assert SubTask.objects.get().assignee is None


def test_nothing_is_added_to_it(task, unchanged, pia, closed):
    Task.objects.update(status=closed)

    with unchanged(task):
        answer = pia.post("/api/sub-tasks", task_id=str(task.pk), name="Collect")

    assert answer.status_code == 409
    assert answer.json()["detail"].startswith(f"Task 'News' is {closed};")
    assert ("Reopen it" if closed == "completed" else "Create a new task.") in answer.json()["hint"]


def test_nothing_is_added_to_it_when_it_closed_after_the_reading(task, unchanged, pia, closed):
    Task.objects.update(status=closed)

    with unchanged(task), pytest.raises(Conflict):
        services.create_sub_task(task, name="Collect", by=pia.agent)

    assert SubTask.objects.count() == 0


def test_a_start_does_not_reopen_it(task, given, erin, closed):
    sub_task = given("assigned", holder=erin)
    Task.objects.update(status=closed)

    answer = erin.post(f"/api/sub-tasks/{sub_task.pk}/start")

    assert answer.json()["status"] == "in_progress"
    assert Task.objects.get().status == closed
