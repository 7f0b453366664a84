"""/rules: what every agent reads before it works, for everything, one task, one sub-task."""

import re

import pytest

from notifications.models import Event
from tasks import services
from tasks.models import Rule, Task

HOSTILE = "<script>alert(1)</script> [x](javascript:alert(1)) \u202eevil"


@pytest.fixture
def other(db) -> Task:
    return Task.objects.create(name="Weather", status="in_progress")


@pytest.fixture
def written(task, other, given, pia):
    """One rule of each scope, written by planner Pia, and one for another task."""
    sub_task = given(name="Collect")
    pia.post("/api/rules/items", task_id=str(task.pk), content=f"Cite *sources*. {HOSTILE}")
    pia.post("/api/rules/items", sub_task_id=str(sub_task.pk), content="Only in English.")
    pia.post("/api/rules/items", task_id=str(other.pk), content="Look out of the window.")
    return sub_task


def shown(response) -> str:
    assert response.status_code == 200
    return response.content.decode()


def test_the_page_shows_all_rules_and_the_shipped_one_as_long_as_there_is_no_other(desk, written, ann):
    text = shown(desk.get("/rules"))

    for word in (
        "Cite <em>sources</em>.",
        "Only in English.",
        "out of the window",
        "Pia wrote this",
        "Collect",
    ):
        assert word in text
    assert "It holds as long as there is none of your own." in text
    assert "<script>alert" not in text
    assert 'href="javascript' not in text
    assert "\u202e" not in text

    services.add_rule(content="Be kind.", by=ann)
    text = shown(desk.get("/rules"))
    assert "Be kind." in text
    assert "It holds as long as" not in text


def test_filters_leave_what_fits(desk, written, task, ann):
    services.add_rule(content="Be kind.", by=ann)

    of_task = shown(desk.get("/rules", {"task": str(task.pk)}))
    of_sub_task = shown(desk.get("/rules", {"sub_task": str(written.pk)}))
    with_words = shown(desk.get("/rules", {"q": "window"}))
    of_scope = shown(desk.get("/rules", {"scope": "sub_task"}))

    for text in (of_task, of_sub_task):
        assert all(word in text for word in ("Be kind.", "Cite", "Only in English."))
        assert "window" not in text
    assert "out of the window" in with_words
    assert "Cite <em>" not in with_words
    assert "Only in English." in of_scope
    assert "Be kind." not in of_scope
    assert desk.get("/rules", {"task": "nonsense"}).status_code == 404
    assert shown(desk.get("/rules", {"scope": "nonsense", "q": "\x00"}))


def test_many_rules_are_cut_into_pages_and_cost_no_more(desk, task, ann, django_assert_max_num_queries):
    for number in range(60):
        services.add_rule(content=f"Rule {number}.", task=task, by=ann)

    with django_assert_max_num_queries(16):
        few = shown(desk.get("/rules"))
    first = shown(desk.get("/rules", {"scope": "task"}))
    second = shown(desk.get("/rules?scope=task&" + re.search(r"before=[\w-]+", first)[0]))

    assert (few.count('id="rule-'), first.count('id="rule-'), second.count('id="rule-')) == (10, 50, 10)
    assert "Rule 0." in second


def test_a_rule_is_written_for_what_the_address_names(desk, task, ann, given):
    shipped = shown(desk.get("/rules/new"))
    assert "replaces the rules that come with OpenMOSS" in shipped
    assert "{{workspace_root}}" in shipped
    sub_task = given()

    desk.post("/rules/new", {"content": "Be kind."})
    answer = desk.post(f"/rules/new?task={task.pk}", {"content": "Cite."})
    desk.post(f"/rules/new?sub_task={sub_task.pk}", {"content": "Briefly."})

    assert answer.url == f"/rules?task={task.pk}"
    rules = Rule.objects.values_list("content", "scope", "task", "sub_task")
    assert set(rules) == {
        ("Be kind.", "global", None, None),
        ("Cite.", "task", task.pk, None),
        ("Briefly.", "sub_task", None, sub_task.pk),
    }
    assert set(Event.objects.values_list("kind", "actor_id")) == {("rule.create", str(ann.pk))}
    assert desk.post("/rules/new", {"content": "  "}).status_code == 422


def test_who_is_overtaken_sees_both_texts_and_may_then_save(desk, task, ann):
    rule = services.add_rule(content="First.", task=task, by=ann)
    path = f"/rules/{rule.pk}/edit"
    seen = re.search(r'name="seen" value="(\w+)"', shown(desk.get(path)))[1]
    assert desk.post(path, {"content": "Theirs.", "seen": seen}).url == "/rules"

    late = desk.post(path, {"content": "Mine.", "seen": seen})

    page = late.content.decode()
    assert late.status_code == 422
    assert "<del><b>−</b>Theirs.</del>" in page
    assert "<ins><b>+</b>Mine.</ins>" in page
    seen = re.search(r'name="seen" value="(\w+)"', page)[1]
    assert desk.post(path, {"content": "Mine.", "seen": seen}).url == "/rules"
    assert Rule.objects.get().content == "Mine."
    assert "Ann edited it" in shown(desk.get("/rules"))


def test_a_rule_is_deleted_after_saying_what_that_means(desk, ann, task):
    rule = services.add_rule(content="Be kind.", by=ann)

    assert "the rules that come with OpenMOSS hold again" in shown(desk.get(f"/rules/{rule.pk}/delete"))
    assert desk.post(f"/rules/{rule.pk}/delete").url == "/rules"

    assert not Rule.objects.exists()
    assert Event.objects.get(kind="rule.delete").actor_id == str(ann.pk)
    assert desk.post(f"/rules/{rule.pk}/delete").status_code == 404


def test_who_may_only_look_changes_nothing(onlooker, written, nothing_written):
    rule = Rule.objects.first()
    text = shown(onlooker.get("/rules"))

    assert "/rules/new" not in text
    assert f"{rule.pk}/" not in text
    with nothing_written():
        for path in ("new", f"{rule.pk}/edit", f"{rule.pk}/delete"):
            assert onlooker.post(f"/rules/{path}", {"content": "Mine.", "seen": "x"}).status_code == 403
