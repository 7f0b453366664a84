"""/api/rules/items: the rules one by one."""

import pytest

from notifications.models import Event
from openmoss.errors import Invalid
from tasks import services
from tasks.models import Rule, Task

UNKNOWN = "11111111-2222-3333-4444-555555555555"


def test_a_planner_writes_a_rule_for_a_task(task, pia):
    answer = pia.post("/api/rules/items", task_id=str(task.pk), content="Cite.\n")

    rule = Rule.objects.get()
    event = Event.objects.about(rule).get()
    assert answer.status_code == 200
    assert answer.json() == {
        "id": str(rule.pk),
        "scope": "task",
        "task_id": str(task.pk),
        "sub_task_id": None,
        "content": "Cite.\n",
        "created_at": rule.created_at.isoformat().replace("+00:00", "Z"),
    }
    assert (event.kind, event.actor_name, event.task_id) == ("rule.create", "Pia", task.pk)
    assert "Cite." in pia.get("/api/rules", task_id=str(task.pk)).json()["content"]


def test_a_planner_writes_a_rule_for_a_sub_task(given, pia):
    sub_task = given("pending")

    answer = pia.post("/api/rules/items", sub_task_id=str(sub_task.pk), content="Ten at most.")

    assert answer.json()["scope"] == "sub_task"
    assert (answer.json()["task_id"], answer.json()["sub_task_id"]) == (None, str(sub_task.pk))


def test_a_rule_of_a_sub_task_stands_in_the_timeline_of_its_task(given, task, pia):
    sub_task = given("pending")

    rule = services.add_rule(content="Ten at most.", sub_task=sub_task, by=pia.agent)
    services.delete_rule(Rule.objects.get(), by=pia.agent)

    assert list(Event.objects.in_task(task).values_list("kind", flat=True)) == ["rule.create", "rule.delete"]
    assert rule.task is None


def test_global_rules_are_written_by_people(pia, ann):
    refused = pia.post("/api/rules/items", content="Be kind.")
    rule = services.add_rule(content="Be kind.", by=ann)

    answer = pia.get("/api/rules/items")

    assert refused.status_code == 403
    assert refused.json()["hint"] == "Give task_id or sub_task_id."
    assert [row["id"] for row in answer.json()] == [str(rule.pk)]
    assert Event.objects.get(kind="rule.create").actor_role == "admin"


@pytest.mark.parametrize("content", ["", None, 5, "x" * 100_001, " \n"])
def test_a_rule_needs_words(task, pia, content):
    answer = pia.post("/api/rules/items", task_id=str(task.pk), content=content)

    assert answer.status_code == 400
    assert list(answer.json()["fields"]) == ["content"]
    assert Rule.objects.count() == 0
    assert Event.objects.filter(kind="rule.create").count() == 0


def test_a_rule_is_for_a_task_or_a_sub_task(given, task, pia):
    sub_task = given("pending")

    answer = pia.post("/api/rules/items", task_id=str(task.pk), sub_task_id=str(sub_task.pk), content="Cite.")

    assert answer.status_code == 400
    assert Rule.objects.count() == 0


@pytest.mark.parametrize("name", ["task_id", "sub_task_id"])
def test_a_rule_for_something_unknown_is_refused(pia, name):
    answer = pia.post("/api/rules/items", content="Cite.", **{name: UNKNOWN})

    assert answer.status_code == 404
    assert list(answer.json()["fields"]) == [name]
    assert Rule.objects.count() == 0


def test_rules_are_listed_of_what_was_asked_for(given, task, pia, ann, erin):
    sub_task = given("pending")
    services.add_rule(content="G", by=ann)
    services.add_rule(content="T1", task=task, by=pia.agent)
    services.add_rule(content="T2", task=task, by=pia.agent)
    services.add_rule(content="Other", task=Task.objects.create(name="Other"), by=pia.agent)
    services.add_rule(content="S", sub_task=sub_task, by=pia.agent)

    answers = [
        erin.get("/api/rules/items", **query).json()
        for query in (
            {},
            {"task_id": str(task.pk)},
            {"sub_task_id": str(sub_task.pk)},
            {"task_id": str(task.pk), "sub_task_id": str(sub_task.pk)},
        )
    ]

    assert [[row["content"] for row in rows] for rows in answers] == [
        ["G"], ["T1", "T2"], ["S"], ["T1", "T2", "S"],
    ]  # fmt: skip


def test_a_planner_takes_a_rule_back_and_its_words_stay_on_record(task, pia):
    rule = services.add_rule(content="Cite.", task=task, by=pia.agent)

    answer = pia.delete(f"/api/rules/items/{rule.pk}")

    event = Event.objects.get(kind="rule.delete")
    assert answer.status_code == 200
    assert answer.json()["content"] == "Cite."
    assert Rule.objects.count() == 0
    assert (event.subject_id, event.actor_name, event.data) == (
        str(rule.pk), "Pia", {"scope": "task", "content": "Cite."},
    )  # fmt: skip


def test_a_rule_that_is_gone_is_not_found(task, pia):
    rule = services.add_rule(content="Cite.", task=task, by=pia.agent)
    pia.delete(f"/api/rules/items/{rule.pk}")

    answer = pia.delete(f"/api/rules/items/{rule.pk}")

    assert answer.status_code == 404
    assert Event.objects.filter(kind="rule.delete").count() == 1


def test_a_planner_takes_no_global_rule_back(pia, ann):
    rule = services.add_rule(content="Be kind.", by=ann)

    answer = pia.delete(f"/api/rules/items/{rule.pk}")

    assert answer.status_code == 404
    assert Rule.objects.count() == 1
    assert Event.objects.filter(kind="rule.delete").count() == 0


def test_other_roles_write_no_rules(task, pia, erin, rita, pat):
    rule = services.add_rule(content="Cite.", task=task, by=pia.agent)

    codes = [
        (
            caller.post("/api/rules/items", task_id=str(task.pk), content="Mine.").status_code,
            caller.delete(f"/api/rules/items/{rule.pk}").status_code,
        )
        for caller in (erin, rita, pat)
    ]

    assert codes == [(403, 403)] * 3
    assert Rule.objects.get().content == "Cite."


def test_people_too_write_rules_for_one_thing_and_with_words(given, task, ann):
    sub_task = given("pending")

    with pytest.raises(Invalid) as two_things:
        services.add_rule(content="Cite.", task=task, sub_task=sub_task, by=ann)
    with pytest.raises(Invalid) as no_words:
        services.add_rule(content=" \n", task=task, by=ann)

    assert [list(refusal.value.fields) for refusal in (two_things, no_words)] == [
        ["sub_task_id"],
        ["content"],
    ]
    assert Rule.objects.count() == 0
