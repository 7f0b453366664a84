import pytest

from notifications.models import Event
from tasks.models import Module, Task


def test_a_planner_adds_a_module(task, pia):
    answer = pia.post(f"/api/tasks/{task.pk}/modules", name=" Research ", description="First")

    row = Module.objects.get()
    event = Event.objects.about(row).get()
    assert answer.status_code == 200
    assert answer.json() == {
        "id": str(row.pk), "task_id": str(task.pk), "name": "Research", "description": "First",
    }  # fmt: skip
    assert (event.kind, event.actor_name, event.task_id) == ("module.create", "Pia", task.pk)


def test_the_modules_of_a_task_are_listed_oldest_first(task, pia, erin):
    for name in ("Research", "Writing", "Layout"):
        pia.post(f"/api/tasks/{task.pk}/modules", name=name)
    Module.objects.create(task=Task.objects.create(name="Other"), name="Elsewhere")

    answer = erin.get(f"/api/tasks/{task.pk}/modules")

    assert [module["name"] for module in answer.json()] == ["Research", "Writing", "Layout"]


def test_a_task_without_modules_has_an_empty_list(task, erin):
    answer = erin.get(f"/api/tasks/{task.pk}/modules")

    assert (answer.status_code, answer.json()) == (200, [])


@pytest.mark.parametrize("status", ["completed", "archived", "cancelled"])
def test_a_closed_task_takes_no_module(task, unchanged, pia, status):
    Task.objects.update(status=status)

    with unchanged(task):
        answer = pia.post(f"/api/tasks/{task.pk}/modules", name="Research")

    assert answer.status_code == 409
    assert f"is {status};" in answer.json()["detail"]
    assert Module.objects.count() == 0


@pytest.mark.parametrize(
    ("field", "value"),
    [("name", None), ("name", ""), ("name", "x" * 201), ("name", 5), ("description", None)],
)
def test_nonsense_is_refused(task, unchanged, pia, field, value):
    with unchanged(task):
        answer = pia.post(f"/api/tasks/{task.pk}/modules", **({"name": "Research"} | {field: value}))

    assert answer.status_code == 400
    assert list(answer.json()["fields"]) == [field]
    assert Module.objects.count() == 0


def test_only_planners_add_modules(task, unchanged, erin, rita, pat):
    with unchanged(task):
        answers = [
            caller.post(f"/api/tasks/{task.pk}/modules", name="Research") for caller in (erin, rita, pat)
        ]

    assert [answer.status_code for answer in answers] == [403, 403, 403]
    assert Module.objects.count() == 0


def test_an_unknown_task_is_not_found(pia):
    path = "/api/tasks/11111111-2222-3333-4444-555555555555/modules"

    answers = [pia.get(path), pia.post(path, name="Research")]

    assert [answer.status_code for answer in answers] == [404, 404]
