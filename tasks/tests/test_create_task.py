import pytest

from notifications.models import Event
from tasks.models import Task


def test_a_planner_opens_a_task_in_planning(pia):
    answer = pia.post("/api/tasks", name="  News ", description=" Daily\n", type="recurring")

    row = Task.objects.get()
    assert answer.status_code == 200
    assert answer.json() == {
        "id": str(row.pk),
        "name": "News",
        "description": " Daily\n",
        "type": "recurring",
        "status": "planning",
        "created_at": row.created_at.isoformat().replace("+00:00", "Z"),
        "updated_at": row.updated_at.isoformat().replace("+00:00", "Z"),
    }


def test_a_new_task_is_told_by_one_event(pia):
    pia.post("/api/tasks", name="News")

    task = Task.objects.get()
    event = Event.objects.about(task).get()
    assert (event.kind, event.actor_name, event.actor_role) == ("task.create", "Pia", "planner")
    assert (event.was, event.now, event.task_id) == ("", "planning", task.pk)


def test_a_name_is_enough(pia):
    answer = pia.post("/api/tasks", name="News")

    assert (answer.json()["description"], answer.json()["type"]) == ("", "once")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", None),
        ("name", ""),
        ("name", " \t"),
        ("name", 5),
        ("name", "x" * 201),
        ("name", "two\nlines"),
        ("description", None),
        ("description", 5),
        ("description", "x" * 100_001),
        ("type", "daily"),
        ("type", ""),
        ("type", None),
    ],
)
def test_nonsense_is_refused(pia, field, value):
    answer = pia.post("/api/tasks", **({"name": "News"} | {field: value}))

    assert answer.status_code == 400
    assert list(answer.json()["fields"]) == [field]
    assert answer.json()["detail"].startswith(f"{field}: ")
    assert Task.objects.count() == 0
    assert Event.objects.filter(kind="task.create").count() == 0


def test_a_task_needs_a_name(pia):
    answer = pia.post("/api/tasks")

    assert answer.status_code == 400
    assert list(answer.json()["fields"]) == ["name"]
    assert Task.objects.count() == 0


def test_only_planners_open_tasks(erin, rita, pat):
    answers = [caller.post("/api/tasks", name="News") for caller in (erin, rita, pat)]

    assert [answer.status_code for answer in answers] == [403, 403, 403]
    assert answers[0].json()["detail"] == "Only for the role planner; yours is executor."
    assert Task.objects.count() == 0


def test_any_agent_reads_a_task(task, pia, erin, rita, pat):
    answers = [caller.get(f"/api/tasks/{task.pk}") for caller in (pia, erin, rita, pat)]

    assert [answer.json()["name"] for answer in answers] == ["News"] * 4


def test_an_unknown_task_is_not_found(pia):
    answer = pia.get("/api/tasks/11111111-2222-3333-4444-555555555555")

    assert answer.status_code == 404
    assert answer.json()["detail"] == ("There is no task with the id '11111111-2222-3333-4444-555555555555'.")
