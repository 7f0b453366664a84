import pytest

from agents.models import Agent
from agents.services import disable_agent
from notifications.models import Event
from openmoss.errors import Refusal
from tasks import services
from tasks.models import Module, SubTask, Task

UNKNOWN = "11111111-2222-3333-4444-555555555555"


def test_a_planner_adds_a_sub_task(task, pia):
    module = Module.objects.create(task=task, name="Research")

    answer = pia.post(
        "/api/sub-tasks",
        task_id=str(task.pk),
        module_id=str(module.pk),
        name="  Collect ",
        description="  Ten papers\n",
        deliverable="papers.md",
        acceptance="All read.",
        priority="high",
        type="recurring",
    )

    row = SubTask.objects.get()
    assert answer.status_code == 200
    assert answer.json() == {
        "id": str(row.pk),
        "task_id": str(task.pk),
        "module_id": str(module.pk),
        "name": "Collect",
        "description": "  Ten papers\n",
        "deliverable": "papers.md",
        "acceptance": "All read.",
        "type": "recurring",
        "recurring_config": None,
        "recurrence_id": None,
        "occurrence": None,
        "status": "pending",
        "priority": "high",
        "assigned_agent": None,
        "current_session_id": None,
        "rework_count": 0,
        "created_at": row.created_at.isoformat().replace("+00:00", "Z"),
        "updated_at": row.updated_at.isoformat().replace("+00:00", "Z"),
        "completed_at": None,
        "attempt": 0,
        "heartbeat_at": None,
        "blocked_reason": "",
        "depends_on": [],
        "can": ["reassign", "cancel"],
    }


def test_a_new_sub_task_is_told_by_one_event(task, pia):
    pia.post("/api/sub-tasks", task_id=str(task.pk), name="Collect")

    event = Event.objects.get(kind__startswith="sub_task.")
    assert (event.kind, event.actor_name, event.was, event.now, event.data) == (
        "sub_task.create", "Pia", "", "pending", {},
    )  # fmt: skip
    assert (event.subject_id, event.task_id) == (str(SubTask.objects.get().pk), task.pk)


def test_a_name_is_enough(task, pia):
    answer = pia.post("/api/sub-tasks", task_id=str(task.pk), name="Collect")

    assert (answer.json()["priority"], answer.json()["type"]) == ("medium", "once")
    assert [answer.json()[text] for text in ("description", "deliverable", "acceptance")] == ["", "", ""]


def test_a_sub_task_may_be_given_to_an_executor_at_once(task, pia, erin):
    answer = pia.post("/api/sub-tasks", task_id=str(task.pk), name="Collect", assigned_agent=erin.id)

    event = Event.objects.get(kind="sub_task.create")
    assert answer.json()["status"] == "assigned"
    assert answer.json()["assigned_agent"] == erin.id
    assert answer.json()["attempt"] == 1
    assert SubTask.objects.get().assigned_at is not None
    assert (event.now, event.data) == ("assigned", {"assignee": erin.id, "assignee_name": "Erin"})
    assert erin.post(f"/api/sub-tasks/{answer.json()['id']}/start").status_code == 200


@pytest.mark.parametrize("nobody", ["", None])
def test_an_empty_agent_leaves_it_free(task, pia, nobody):
    answer = pia.post("/api/sub-tasks", task_id=str(task.pk), name="Collect", assigned_agent=nobody)

    assert answer.status_code == 200
    assert answer.json()["status"] == "pending"
    assert SubTask.objects.get().assignee is None


def test_work_goes_to_executors_only(task, unchanged, pia, rita, pat):
    with unchanged(task):
        answers = [
            pia.post("/api/sub-tasks", task_id=str(task.pk), name="Collect", assigned_agent=caller.id)
            for caller in (pia, rita, pat)
        ]

    assert [answer.status_code for answer in answers] == [400, 400, 400]
    assert answers[1].json()["fields"] == {
        "assigned_agent": ["Rita is a reviewer, active; work goes to an active executor."]
    }


@pytest.mark.parametrize("leave", [disable_agent, services.retire_agent])
def test_work_does_not_go_to_an_executor_who_is_away(task, unchanged, pia, erin, leave):
    leave(erin.agent)

    with unchanged(task):
        answer = pia.post("/api/sub-tasks", task_id=str(task.pk), name="Collect", assigned_agent=erin.id)

    assert answer.status_code == 400
    assert list(answer.json()["fields"]) == ["assigned_agent"]
    assert "`agents --role executor`" in answer.json()["hint"]


def test_work_does_not_go_to_an_executor_who_retired_after_the_reading(task, unchanged, pia, erin):
    services.retire_agent(Agent.objects.get(pk=erin.id))

    with unchanged(task), pytest.raises(Refusal):
        services.create_sub_task(task, name="Collect", assignee=erin.agent, by=pia.agent)

    assert SubTask.objects.count() == 0


def test_a_module_of_another_task_is_refused(task, unchanged, pia):
    module = Module.objects.create(task=Task.objects.create(name="Other"), name="Elsewhere")

    with unchanged(task):
        answer = pia.post("/api/sub-tasks", task_id=str(task.pk), name="Collect", module_id=str(module.pk))

    assert answer.status_code == 400
    assert answer.json()["fields"] == {"module_id": ["Module 'Elsewhere' belongs to another task."]}


@pytest.mark.parametrize("field", ["task_id", "module_id", "assigned_agent"])
@pytest.mark.parametrize("id", [UNKNOWN, "nonsense"])
def test_an_unknown_id_is_not_found(task, unchanged, pia, field, id):
    body = {"task_id": str(task.pk), "name": "Collect"} | {field: id}

    with unchanged(task):
        answer = pia.post("/api/sub-tasks", **body)

    assert answer.status_code == 404
    assert list(answer.json()["fields"]) == [field]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", None),
        ("name", ""),
        ("name", "  "),
        ("name", 5),
        ("name", "x" * 201),
        ("name", "two\nlines"),
        ("description", None),
        ("description", "x" * 100_001),
        ("deliverable", 5),
        ("acceptance", ["x"]),
        ("priority", "urgent"),
        ("priority", ""),
        ("priority", "HIGH"),
        ("type", "daily"),
        ("module_id", ""),
        ("task_id", None),
        ("task_id", ""),
        ("task_id", 5),
        ("assigned_agent", 5),
    ],
)
def test_nonsense_is_refused(task, unchanged, pia, field, value):
    body = {"task_id": str(task.pk), "name": "Collect"} | {field: value}

    with unchanged(task):
        answer = pia.post("/api/sub-tasks", **body)

    assert answer.status_code == 400
    assert list(answer.json()["fields"]) == [field]


@pytest.mark.parametrize("missing", ["task_id", "name"])
def test_task_and_name_must_be_given(task, unchanged, pia, missing):
    body = {"task_id": str(task.pk), "name": "Collect"}
    del body[missing]

    with unchanged(task):
        answer = pia.post("/api/sub-tasks", **body)

    assert answer.status_code == 400
    assert list(answer.json()["fields"]) == [missing]


def test_only_planners_add_sub_tasks(task, unchanged, erin, rita, pat):
    with unchanged(task):
        answers = [
            caller.post("/api/sub-tasks", task_id=str(task.pk), name="Collect")
            for caller in (erin, rita, pat)
        ]

    assert [answer.status_code for answer in answers] == [403, 403, 403]


def test_adding_a_sub_task_does_not_move_its_task(pia):
    task = Task.objects.create(name="News", status="planning")

    pia.post("/api/sub-tasks", task_id=str(task.pk), name="Collect")

    assert Task.objects.get().status == "planning"
    assert Event.objects.about(task).count() == 0
