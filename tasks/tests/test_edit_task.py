import pytest

from notifications.models import Event
from openmoss.errors import Conflict
from tasks import services
from tasks.models import Task


@pytest.mark.parametrize("status", ["planning", "active"])
def test_a_planner_changes_a_task_that_has_not_begun(task, pia, status):
    Task.objects.update(status=status)

    answer = pia.put(f"/api/tasks/{task.pk}", name=" Weather ", description="Hourly")

    event = Event.objects.about(task).get()
    assert answer.status_code == 200
    assert (answer.json()["name"], answer.json()["description"]) == ("Weather", "Hourly")
    assert answer.json()["status"] == status
    assert Task.objects.get().updated_at > task.updated_at
    assert (event.kind, event.actor_name, event.data) == (
        "task.edit", "Pia", {"fields": ["description", "name"]},
    )  # fmt: skip


@pytest.mark.parametrize("status", ["in_progress", "completed", "archived", "cancelled"])
def test_a_task_that_has_begun_stays_as_it_is(task, unchanged, pia, status):
    Task.objects.update(status=status)

    with unchanged(task):
        answer = pia.put(f"/api/tasks/{task.pk}", name="Weather")

    assert answer.status_code == 409
    assert f"is {status.replace('_', ' ')};" in answer.json()["detail"]
    assert "task rule" in answer.json()["hint"]


def test_null_and_absent_fields_stay_as_they_are_and_empty_text_is_text(pia):
    task = Task.objects.create(name="News", description="Daily")

    answer = pia.put(f"/api/tasks/{task.pk}", name=None, description="")

    assert (answer.json()["name"], answer.json()["description"]) == ("News", "")
    assert Event.objects.about(task).get().data == {"fields": ["description"]}


@pytest.mark.parametrize(
    "body", [{}, {"name": "News"}, {"name": None, "description": None}, {"status": "active"}]
)
def test_an_edit_that_changes_nothing_leaves_no_trace(unchanged, pia, body):
    task = Task.objects.create(name="News")

    with unchanged(task):
        answer = pia.put(f"/api/tasks/{task.pk}", **body)

    assert answer.status_code == 200


@pytest.mark.parametrize(
    ("field", "value"),
    [("name", ""), ("name", " "), ("name", 5), ("name", "x" * 201), ("description", 5)],
)
def test_nonsense_is_refused(unchanged, pia, field, value):
    task = Task.objects.create(name="News")

    with unchanged(task):
        answer = pia.put(f"/api/tasks/{task.pk}", **{field: value})

    assert answer.status_code == 400
    assert list(answer.json()["fields"]) == [field]


def test_a_task_that_began_meanwhile_is_not_edited(unchanged, pia):
    seen_planning = Task.objects.create(name="News")
    services.set_task_status(Task.objects.get(), "in_progress", by=pia.agent)

    with unchanged(seen_planning), pytest.raises(Conflict):
        services.edit_task(seen_planning, by=pia.agent, name="Weather")

    assert seen_planning.name == "News"


def test_only_planners_edit_tasks(unchanged, erin, rita, pat):
    task = Task.objects.create(name="News")

    with unchanged(task):
        answers = [caller.put(f"/api/tasks/{task.pk}", name="Weather") for caller in (erin, rita, pat)]

    assert [answer.status_code for answer in answers] == [403, 403, 403]


def test_an_unknown_task_is_not_found(pia):
    answer = pia.put("/api/tasks/11111111-2222-3333-4444-555555555555", name="Weather")

    assert answer.status_code == 404
