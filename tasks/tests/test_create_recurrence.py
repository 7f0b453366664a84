"""Beginning work that comes again: with a sub-task, in a plan, or with its next time only."""

import pytest
import time_machine

from agents.services import disable_agent
from notifications.models import Event
from tasks.models import Module, Recurrence, SubTask, Task

EVERY_MORNING = {"cron": "0 9 * * *", "timezone": "Asia/Shanghai"}
WRONG = [
    ("cron", "61 9 * * *"),
    ("cron", "0 9 30 2 *"),
    ("cron", "0 0 9 * * *"),
    ("cron", "0 9 * * " + ",".join(["1"] * 60)),
    ("cron", ""),
    ("cron", None),
    ("cron", 9),
    ("timezone", "Mars/Olympus"),
    ("timezone", ""),
    ("timezone", "../UTC"),
    ("overlap", "wait"),
    ("catch_up", "all"),
]


@pytest.fixture(autouse=True)
def _wednesday_at_noon():
    with time_machine.travel("2026-11-25T12:00:00Z", tick=False):
        yield


def test_recurring_work_begins_with_a_sub_task_for_the_time_that_came_last(task, pia, erin):
    answer = pia.post(
        "/api/sub-tasks",
        task_id=str(task.pk),
        name="Collect",
        deliverable="news.md",
        recurring_config=EVERY_MORNING,
    )

    recurrence, sub_task = Recurrence.objects.get(), answer.json()
    assert answer.status_code == 200, answer.content
    assert (sub_task["type"], sub_task["status"]) == ("recurring", "pending")
    assert sub_task["occurrence"] == "2026-11-25T01:00:00Z"
    assert sub_task["recurrence_id"] == str(recurrence.pk)
    assert sub_task["recurring_config"] == EVERY_MORNING | {"overlap": "skip", "catch_up": "one"}
    assert (recurrence.name, recurrence.deliverable) == ("Collect", "news.md")
    assert f"{recurrence.next_at:%d %H:%M}" == "26 01:00"
    assert erin.post(f"/api/sub-tasks/{sub_task['id']}/claim").status_code == 200


def test_its_beginning_is_told_by_two_events_of_the_planner(task, pia):
    pia.post("/api/sub-tasks", task_id=str(task.pk), name="Collect", recurring_config=EVERY_MORNING)

    events = Event.objects.filter(task_id=task.pk)
    assert [(event.kind, event.actor_name) for event in events] == [
        ("recurrence.create", "Pia"),
        ("sub_task.create", "Pia"),
    ]
    assert events[0].data["cron"] == "0 9 * * *"


def test_the_first_one_is_given_to_whom_the_others_will_be_given(task, given, pia, erin):
    module = Module.objects.create(task=task, name="Research")
    first = given("pending", name="Find sources")

    answer = pia.post(
        "/api/sub-tasks",
        task_id=str(task.pk),
        name="Collect",
        recurring_config=EVERY_MORNING,
        assigned_agent=erin.id,
        module_id=str(module.pk),
        depends_on=[str(first.pk)],
    ).json()

    recurrence = Recurrence.objects.get()
    assert (answer["assigned_agent"], answer["module_id"]) == (erin.id, str(module.pk))
    assert (recurrence.assignee, recurrence.module) == (erin.agent, module)
    assert answer["depends_on"] == [str(first.pk)]


@pytest.mark.parametrize("config", [None, "absent"])
def test_without_a_schedule_the_clock_repeats_nothing(task, pia, config):
    body = {} if config == "absent" else {"recurring_config": config}

    answer = pia.post("/api/sub-tasks", task_id=str(task.pk), name="Collect", type="recurring", **body)

    assert answer.json()["type"] == "recurring"
    assert answer.json()["recurring_config"] is None
    assert not Recurrence.objects.exists()


@pytest.mark.parametrize(("field", "value"), WRONG)
def test_a_wrong_schedule_is_refused_and_the_field_named(task, unchanged, pia, field, value):
    config = EVERY_MORNING | {field: value}

    with unchanged(task):
        first = pia.post("/api/sub-tasks", task_id=str(task.pk), name="Collect", recurring_config=config)
        later = pia.post("/api/recurrences", task_id=str(task.pk), name="Collect", **config)

    assert (first.status_code, later.status_code) == (400, 400)
    assert list(first.json()["fields"]) == [f"recurring_config.{field}"]
    assert list(later.json()["fields"]) == [field]
    assert not Recurrence.objects.exists()


def test_a_refused_schedule_says_how_a_right_one_looks(task, pia):
    config = {"cron": "every day", "timezone": "Berlin"}

    answer = pia.post("/api/sub-tasks", task_id=str(task.pk), name="Collect", recurring_config=config)

    assert answer.json()["fields"] == {
        "recurring_config.cron": [
            (
                "'every day' is no schedule: it has 2 fields. Give minute, hour, day of month, month and day of"
                " week, for example '0 9 * * 1-5' for nine o'clock from Monday to Friday."
            )
        ],
        "recurring_config.timezone": [
            "'Berlin' is no time zone. Give one like UTC, Europe/Berlin or Asia/Shanghai."
        ],
    }


def test_a_recurrence_may_begin_with_its_next_time(task, pia):
    answer = pia.post("/api/recurrences", task_id=str(task.pk), name="Collect", cron="0 9 * * *")

    recurrence = Recurrence.objects.get()
    assert answer.status_code == 200, answer.content
    assert answer.json() == {
        "id": str(recurrence.pk),
        "task_id": str(task.pk),
        "module_id": None,
        "name": "Collect",
        "description": "",
        "deliverable": "",
        "acceptance": "",
        "priority": "medium",
        "assigned_agent": None,
        "cron": "0 9 * * *",
        "timezone": "UTC",
        "overlap": "skip",
        "catch_up": "one",
        "state": "active",
        "next": [f"2026-11-{day}T09:00:00Z" for day in (26, 27, 28, 29, 30)],
        "open_sub_task": None,
        "paused_at": None,
        "ended_at": None,
        "created_at": "2026-11-25T12:00:00Z",
        "updated_at": "2026-11-25T12:00:00Z",
    }
    assert not SubTask.objects.exists()


def test_nothing_recurs_in_a_closed_task(unchanged, pia):
    task = Task.objects.create(name="Old", status="completed")

    with unchanged(task):
        answers = [
            pia.post("/api/sub-tasks", task_id=str(task.pk), name="Collect", recurring_config=EVERY_MORNING),
            pia.post("/api/recurrences", task_id=str(task.pk), name="Collect", cron="0 9 * * *"),
        ]

    assert [answer.status_code for answer in answers] == [409, 409]
    assert not Recurrence.objects.exists()


def test_what_recurs_is_given_to_active_executors_and_modules_of_its_task_only(task, pia, rita, ed):
    disable_agent(ed.agent)
    elsewhere = Module.objects.create(task=Task.objects.create(name="Other"), name="Elsewhere")
    body = {"task_id": str(task.pk), "name": "Collect", "cron": "0 9 * * *"}

    answers = [
        pia.post("/api/recurrences", **body, assigned_agent=rita.id),
        pia.post("/api/recurrences", **body, assigned_agent=ed.id),
        pia.post("/api/recurrences", **body, module_id=str(elsewhere.pk)),
    ]

    assert [list(answer.json()["fields"]) for answer in answers] == [
        ["assigned_agent"],
        ["assigned_agent"],
        ["module_id"],
    ]
    assert not Recurrence.objects.exists()


def test_only_planners_have_work_recur(task, unchanged, erin, rita, pat):
    with unchanged(task):
        answers = [
            caller.post("/api/recurrences", task_id=str(task.pk), name="Collect", cron="0 9 * * *")
            for caller in (erin, rita, pat)
        ]

    assert [answer.status_code for answer in answers] == [403, 403, 403]


PLAN = """
task: {name: Digest}
activate: true
sub_tasks:
  - {ref: sources, name: Choose, acceptance: Ten}
  - ref: articles
    name: Collect
    acceptance: Five
    depends_on: [sources]
    assign: Erin
    recurring_config: {cron: 0 9 * * 5, timezone: Europe/Berlin}
  - ref: page
    name: Write
    acceptance: One page
    depends_on: [articles]
    recurring_config: {cron: 0 10 * * 5, timezone: Europe/Berlin, overlap: queue}
"""


def test_a_plan_begins_recurring_work(pia, erin):
    answer = pia.raw("POST", "/api/tasks/plan", PLAN.encode(), "application/yaml")

    assert answer.status_code == 200, answer.content
    once, articles, page = (SubTask.objects.get(pk=row["id"]) for row in answer.json()["sub_tasks"])
    assert once.recurrence is None
    assert (articles.type, articles.assignee, articles.recurrence.assignee) == (
        "recurring",
        erin.agent,
        erin.agent,
    )
    assert f"{articles.occurrence:%d %H:%M} {articles.recurrence.next_at:%d %H:%M}" == "20 08:00 27 08:00"
    assert (page.recurrence.overlap, page.recurrence.name) == ("queue", "Write")
    assert Event.objects.filter(kind="recurrence.create").count() == 2


def test_a_dry_run_of_a_plan_writes_no_recurrence(pia, erin):
    answer = pia.raw("POST", "/api/tasks/plan", (PLAN + "dry_run: true\n").encode(), "application/yaml")

    assert answer.status_code == 200
    assert not Recurrence.objects.exists()


def test_a_wrong_schedule_in_a_plan_is_one_of_its_faults(pia):
    answer = pia.post(
        "/api/tasks/plan",
        task={"name": "Digest"},
        sub_tasks=[
            {"name": "Collect", "acceptance": "Five", "recurring_config": {"cron": "x"}},
            {"name": "", "acceptance": "Five"},
        ],
    )

    assert answer.status_code == 400
    assert list(answer.json()["fields"]) == ["sub_tasks.0.recurring_config", "sub_tasks.1.name"]
    assert "'x' is no schedule" in answer.json()["fields"]["sub_tasks.0.recurring_config"][0]
    assert not Recurrence.objects.exists()
