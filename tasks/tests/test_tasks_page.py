"""/tasks: how far each task is, and what to do when there is none."""

from datetime import timedelta

import pytest
from django.utils import timezone

from notifications.models import Event
from tasks.models import Module, SubTask, Task
from tasks.services import create_recurrence


def rows(browser, **query) -> list:
    return list(browser.get("/tasks", query).context["rows"])


def test_a_task_shows_how_far_it_is(onlooker, task, given, erin, daily):
    Module.objects.create(task=task, name="Sources")
    for status, holder in (("done", erin), ("in_progress", erin), ("blocked", None), ("pending", None)):
        given(status, holder=holder)
    given("cancelled")

    page = onlooker.get("/tasks")

    shown = page.context["rows"].rows[0]
    assert (shown.total, shown.done, shown.moving, shown.blocked) == (4, 1, 1, 1)
    assert (shown.module_count, shown.repeats) == (1, True)
    assert shown.last_at == Event.objects.in_task(task).latest("pk").at
    assert 'title="1 of 4 done"' in page.content.decode()
    assert "New task" not in page.content.decode()


def test_only_open_tasks_come_first_and_the_others_on_request(desk, task):
    done = Task.objects.create(name="Old news", status="completed")
    planned = Task.objects.create(
        name="Sports", description="All about BALLS", type="recurring", status="planning"
    )

    assert rows(desk) == [planned, task]
    assert rows(desk, status="completed") == [done]
    assert rows(desk, status="planning") == [planned]
    assert rows(desk, status="all", type="once") == [done, task]
    assert rows(desk, q="balls") == [planned]
    assert rows(desk, q="bal\x00ls") == [planned]
    assert rows(desk, q="rugby") == []
    assert desk.get("/tasks", {"status": "gone"}).status_code == 400


def test_a_newcomer_is_walked_on(desk, onlooker, db):
    assert "/agents/enrol" in desk.get("/tasks").content.decode()
    assert "/agents/enrol" not in onlooker.get("/tasks").content.decode()


def test_with_agents_the_next_step_is_a_task(desk, erin):
    for address in ("/tasks", "/tasks/board"):
        page = desk.get(address).content.decode()

        assert "/agents/enrol" not in page
        assert 'href="/tasks/new"' in page


def test_what_an_agent_wrote_is_harmless(desk, pia):
    evil = "<script>alert(1)</script>\u202etxt"
    pia.post("/api/tasks", name=evil, description=evil)

    page = desk.get("/tasks").content.decode()

    assert "<script>alert" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;txt" in page
    assert "\u202e" not in page


def test_the_list_asks_for_itself_only_when_something_happened(desk, pia, task):
    cursor = desk.get("/tasks").context["cursor"]
    part = {"HX-Request": "true", "HX-Target": "list"}

    same = desk.get("/tasks", {"cursor": cursor}, headers=part)
    pia.post("/api/tasks", name="Sports")
    changed = desk.get("/tasks", {"cursor": cursor}, headers=part)

    assert same.status_code == 204
    assert changed.content.decode().strip().startswith('<div id="list"')
    assert "Sports" in changed.content.decode()


@pytest.mark.parametrize("count", [1, 40])
def test_more_tasks_cost_no_more_queries(desk, erin, count, django_assert_max_num_queries):
    for number in range(count):
        task = Task.objects.create(name=f"Task {number}", created_at=timezone.now() - timedelta(days=number))
        SubTask.objects.create(task=task, name="Collect")
        create_recurrence(task, name="Again", cron="0 9 * * *", by=None)

    with django_assert_max_num_queries(16):
        page = desk.get("/tasks")

    assert len(page.context["rows"]) == count
