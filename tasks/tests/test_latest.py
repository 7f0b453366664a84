import pytest

from tasks.models import SubTask, Task


def test_latest_is_what_changed_last(given, task, erin):
    first = given("assigned", holder=erin, name="first")
    given("done", holder=erin, name="second")
    erin.post(f"/api/sub-tasks/{first.pk}/start")

    answer = erin.get("/api/sub-tasks/latest", task_id=str(task.pk))

    assert answer.status_code == 200
    assert answer.json()["name"] == "first"
    assert answer.json()["can"] == ["submit", "release"]


def test_latest_is_mine_and_in_that_task(given, task, erin, ed):
    given("assigned", holder=erin, name="mine")
    given("assigned", holder=ed, name="of Ed")
    given("assigned", holder=erin, name="elsewhere", task=Task.objects.create(name="Other"))

    answer = erin.get("/api/sub-tasks/latest", task_id=str(task.pk))

    assert answer.json()["name"] == "mine"


def test_who_has_nothing_in_a_task_hears_it(given, task, erin, ed):
    given("assigned", holder=ed)

    answer = erin.get("/api/sub-tasks/latest", task_id=str(task.pk))

    assert answer.status_code == 404
    assert answer.json()["detail"] == "Nothing in task 'News' was given to you."
    assert "`st available`" in answer.json()["hint"]


@pytest.mark.parametrize("query", [{}, {"task_id": ""}])
def test_the_task_must_be_named(erin, query):
    answer = erin.get("/api/sub-tasks/latest", **query)

    assert answer.status_code == 400
    assert list(answer.json()["fields"]) == ["task_id"]


def test_an_unknown_task_is_not_found(erin):
    answer = erin.get("/api/sub-tasks/latest", task_id="11111111-2222-3333-4444-555555555555")

    assert answer.status_code == 404
    assert list(answer.json()["fields"]) == ["task_id"]
    assert SubTask.objects.count() == 0
