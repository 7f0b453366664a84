"""A whole plan in one call: everything is written, or everything that is wrong is said at once."""

import json
import time

import pytest

from notifications.models import Event
from tasks.models import Dependency, Module, Rule, SubTask, Task

PLAN = """
task:
  name: Collect tech news
  description: Every day
activate: true
rules:
  - Write in English.
modules:
  - {ref: collect, name: Collect}
  - {ref: publish, name: Publish}
sub_tasks:
  - ref: sources
    module: collect
    name: Choose sources
    deliverable: sources.md
    acceptance: Ten live links
    priority: high
  - ref: articles
    module: collect
    name: 2026-11
    acceptance: Each has a date
    depends_on: [sources]
    assign: Erin
    rules: [No paywalls.]
"""


def rows() -> list[int]:
    return [model.objects.count() for model in (Task, Module, SubTask, Dependency, Rule, Event)]


def part(ref: str, *needs: str, **more) -> dict:
    return {"ref": ref, "name": ref.title(), "acceptance": "It works", "depends_on": list(needs)} | more


def refused(agent, **plan) -> dict:
    before = rows()
    answer = agent.post("/api/tasks/plan", **({"task": {"name": "News"}} | plan))
    assert answer.status_code == 400, answer.content
    assert rows() == before
    return answer.json()["fields"]


def test_a_yaml_plan_becomes_a_task_with_everything_in_it(pia, erin):
    answer = pia.raw("POST", "/api/tasks/plan", PLAN.encode(), "application/yaml")

    assert answer.status_code == 200, answer.content
    task = Task.objects.get(pk=answer.json()["task_id"])
    assert (task.name, task.status) == ("Collect tech news", "active")
    assert [row["ref"] for row in answer.json()["modules"]] == ["collect", "publish"]
    sources, articles = (SubTask.objects.get(pk=row["id"]) for row in answer.json()["sub_tasks"])
    assert (sources.status, sources.priority, sources.module.name) == ("pending", "high", "Collect")
    assert (articles.name, articles.status, articles.assignee_id, articles.attempt) == (
        "2026-11",
        "assigned",
        erin.agent.pk,
        1,
    )
    assert [need.pk for need in articles.depends_on.all()] == [sources.pk]
    assert sorted(Rule.objects.values_list("scope", "content")) == [
        ("sub_task", "No paywalls."),
        ("task", "Write in English."),
    ]
    kinds = sorted(Event.objects.filter(task_id=task.pk).values_list("kind", flat=True))
    assert kinds.count("sub_task.create") == 2
    assert kinds.count("module.create") == 2
    assert kinds.count("task.create") == 1


def test_a_dry_run_checks_everything_and_writes_nothing(pia, erin):
    before = rows()

    answer = pia.raw("POST", "/api/tasks/plan", (PLAN + "dry_run: true\n").encode(), "application/yaml")

    assert answer.status_code == 200
    assert answer.json()["dry_run"] is True
    assert rows() == before


def test_every_fault_is_listed_at_once_with_its_place(pia, rita):
    fields = refused(
        pia,
        task={"name": ""},
        modules=[{"ref": "m", "name": "M"}, {"ref": "m", "name": "M again"}],
        sub_tasks=[
            part("a", "b"),
            part("b", "a"),
            part("c", "nowhere", acceptance=" "),
            part("c"),
            part("d", assign="Nobody"),
            part("e", assign="Rita"),
            part("f", module="x", priority="urgent"),
            {"ref": "g", "name": "No acceptance"},
            "not an object",
        ],
    )

    assert set(fields) == {
        "task.name",
        "modules.1.ref",
        "sub_tasks.0.depends_on",
        "sub_tasks.2.depends_on",
        "sub_tasks.2.acceptance",
        "sub_tasks.3.ref",
        "sub_tasks.4.assign",
        "sub_tasks.5.assign",
        "sub_tasks.6.module",
        "sub_tasks.6.priority",
        "sub_tasks.7.acceptance",
        "sub_tasks.8",
    }
    assert "a needs b needs a" in fields["sub_tasks.0.depends_on"][0]
    assert "'nowhere'" in fields["sub_tasks.2.depends_on"][0]


@pytest.mark.parametrize("length", [1, 2, 7])
def test_a_circle_of_any_length_is_named(pia, length):
    refs = [f"s{n}" for n in range(length)]
    parts = [part(ref, refs[(n + 1) % length]) for n, ref in enumerate(refs)]

    fields = refused(pia, sub_tasks=[*parts, part("tail", refs[0])])

    (fault,) = fields.values()
    assert fault[0].startswith("A circle: ")
    assert fault[0].count(" needs ") == length
    assert "tail" not in fault[0]


def test_a_plan_extends_an_open_task_and_builds_on_what_is_there(pia):
    task = pia.post("/api/tasks", name="News").json()
    old = pia.post("/api/sub-tasks", task_id=task["id"], name="Old").json()

    answer = pia.post("/api/tasks/plan", task_id=task["id"][:8], sub_tasks=[part("new", old["id"][:8])])

    assert answer.status_code == 200, answer.content
    new = SubTask.objects.get(name="New")
    assert [str(need.pk) for need in new.depends_on.all()] == [old["id"]]
    assert Task.objects.count() == 1


def test_a_closed_task_is_not_extended(pia):
    task = pia.post("/api/tasks", name="News").json()
    pia.post(f"/api/tasks/{task['id']}/cancel")
    before = rows()

    answer = pia.post("/api/tasks/plan", task_id=task["id"], sub_tasks=[part("new")])

    assert answer.status_code == 400
    assert "task_id" in answer.json()["fields"]
    assert rows() == before


@pytest.mark.parametrize("head", [{}, {"task": {"name": "A"}, "task_id": "abcdef"}])
def test_either_a_new_task_or_an_old_one(pia, head):
    answer = pia.post("/api/tasks/plan", **head)

    assert answer.status_code == 400
    assert Task.objects.count() == 0


def test_under_a_key_a_plan_happens_once(pia):
    plan = {"task": {"name": "News"}, "sub_tasks": [part("a")], "idempotency_key": "plan-1"}

    first, second = pia.post("/api/tasks/plan", **plan), pia.post("/api/tasks/plan", **plan)

    assert first.json() == second.json()
    assert Task.objects.count() == 1


def test_a_thousand_sub_tasks_take_less_than_two_seconds(pia, django_assert_max_num_queries):
    parts = [part(f"s{n}", *([f"s{n - 1}"] if n % 10 else [])) for n in range(1000)]
    began = time.monotonic()

    with django_assert_max_num_queries(60):
        answer = pia.post("/api/tasks/plan", task={"name": "Large"}, sub_tasks=parts)

    assert answer.status_code == 200
    assert SubTask.objects.count() == 1000
    assert Dependency.objects.count() == 900
    assert time.monotonic() - began < 2


def test_ten_thousand_and_one_are_refused_with_the_limit_named(pia):
    fields = refused(pia, sub_tasks=[{"name": "x"}] * 10_001)

    assert "10,000" in fields["sub_tasks"][0]


@pytest.mark.parametrize(
    "body",
    [
        b"task: {name: *x}",
        b"a: &a [1]\nb: *a",
        b"task: [",
        b"- a list",
        b"task: {name: !!python/object:os.system x}",
        b"\xff",
        b"x: " + b"[" * 2000,
    ],
)
def test_yaml_that_is_none_or_too_clever_is_refused(pia, body):
    answer = pia.raw("POST", "/api/tasks/plan", body, "application/yaml")

    assert answer.status_code == 400
    assert set(answer.json()) == {"code", "detail", "hint", "fields"}
    assert Task.objects.count() == 0


@pytest.mark.parametrize("value", [5, "x", {"a": 1}, [None]])
@pytest.mark.parametrize("name", ["task", "modules", "sub_tasks", "rules", "activate", "dry_run", "task_id"])
def test_wrong_types_are_refused(pia, name, value):
    if (name, value) == ("task_id", "x"):
        value = ["x"]
    before = rows()

    answer = pia.raw("POST", "/api/tasks/plan", json.dumps({"task": {"name": "A"}} | {name: value}).encode())

    assert answer.status_code == 400, answer.content
    assert rows() == before


def test_only_a_planner_plans(erin):
    assert erin.post("/api/tasks/plan", task={"name": "A"}).status_code == 403
