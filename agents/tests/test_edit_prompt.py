"""Editing: a row overrides the shipped file, and nobody overwrites anybody silently."""

from functools import partial

import pytest

from agents import selectors, services
from agents.models import Prompt, PromptVersion
from notifications.models import Event
from openmoss.errors import Conflict, Invalid, NotFound
from openmoss.settings import BASE_DIR
from openmoss.tests.racing import in_threads

edit = partial(services.edit_prompt, "template", "executor")


def test_an_edit_overrides_the_shipped_file_and_leaves_the_file_alone(admin_user):
    file = BASE_DIR / "prompts" / "templates" / "executor.md"
    before = file.read_text("utf-8")

    prompt = edit(text="# Executor\n\nWork.", seen=0, by=admin_user)

    event = Event.objects.get()
    assert (prompt.text, prompt.source, prompt.version) == ("# Executor\n\nWork.\n", "edited", 1)
    assert selectors.read_prompt("template", "executor") == prompt
    assert (event.kind, event.actor_name, event.data["version"]) == ("prompt.edit", "admin", 1)
    assert file.read_text("utf-8") == before
    assert selectors.read_prompt("template", "task-planner").source == "shipped"


def test_the_second_edit_counts_on(db):
    edit(text="One", seen=0)

    prompt = edit(text="Two", seen=1)

    assert (prompt.text, prompt.version) == ("Two\n", 2)
    assert [version.text for version in PromptVersion.objects.all()] == ["Two\n", "One\n"]
    assert Prompt.objects.count() == 1


@pytest.mark.parametrize("seen", [0, 1, 3, 99])
def test_who_saw_another_version_is_refused(db, unchanged, seen):
    edit(text="One", seen=0)
    edit(text="Two", seen=1)

    with unchanged(), pytest.raises(Conflict) as refused:
        edit(text="Three", seen=seen)

    assert refused.value.hint


@pytest.mark.parametrize("seen", [1, 5])
def test_who_saw_an_edit_that_was_taken_back_is_refused(db, unchanged, seen):
    edit(text="One", seen=0)
    services.revert_prompt("template", "executor", seen=1)

    with unchanged(), pytest.raises(Conflict):
        edit(text="Two", seen=seen)


def test_versions_go_on_after_a_revert(db):
    edit(text="One", seen=0)
    services.revert_prompt("template", "executor", seen=1)

    assert edit(text="Two", seen=0).version == 3


def test_the_head_keeps_what_the_edit_does_not_say(db):
    before = selectors.read_prompt("agent", "executor-backend").document

    after = services.edit_prompt(
        "agent", "executor-backend", text="You write Go.", seen=0, description=""
    ).document

    assert (after.body, after.name, after.role) == ("You write Go.", before.name, "executor")
    assert (after.created_at, after.description) == (before.created_at, "")
    assert before.example
    assert not after.example


def test_fields_of_others_in_the_head_outlive_an_edit_until_one_is_left_empty(db):
    edit(text="---\nmodel: big\ntools: [search]\n---\nOne", seen=0)

    assert edit(text="Two", seen=1).document.more == {"model": "big", "tools": ["search"]}
    after = edit(text="---\nmodel: small\ntools:\n---\nThree", seen=2)

    assert after.text == "---\nmodel: small\n---\n\nThree\n"


def test_an_edit_cannot_change_the_role(db, unchanged):
    with unchanged(), pytest.raises(Invalid) as refused:
        services.edit_prompt("agent", "executor-backend", text="---\nrole: planner\n---\nPlan.", seen=0)

    assert list(refused.value.fields) == ["text"]


def test_an_edit_that_holds_a_key_is_refused(db, unchanged):
    with unchanged(), pytest.raises(Invalid, match="Line 3 holds what looks like a key"):
        edit(text=f"# Executor\n\nock_{'0' * 40}", seen=0)


def test_there_is_nothing_to_edit_where_nothing_is(db, unchanged):
    for kind, slug in (("template", "boss"), ("agent", "../templates/executor"), ("tool", "")):
        with unchanged(), pytest.raises(NotFound):
            services.edit_prompt(kind, slug, text="x", seen=0)


def test_an_upgrade_never_loses_an_edit_and_tells_of_the_change(db, settings, tmp_path):
    edit(text="Ours", seen=0)
    (tmp_path / "prompts" / "templates").mkdir(parents=True)
    (tmp_path / "prompts" / "templates" / "executor.md").write_text("# A newer text")

    settings.BASE_DIR = tmp_path
    after = selectors.read_prompt("template", "executor")

    assert (after.text, after.source, after.shipped_has_changed) == ("Ours\n", "edited", True)
    assert not edit(text="Ours, seen the newer one", seen=1).shipped_has_changed


def test_an_upgrade_that_changes_nothing_tells_nothing(db):
    assert not edit(text="Ours", seen=0).shipped_has_changed
    assert not services.create_prompt(role="executor", slug="poet", text="Rhyme.").shipped_has_changed


def test_an_edit_outlives_the_file_that_it_changed(db, settings, tmp_path):
    edit(text="Ours", seen=0)

    settings.BASE_DIR = tmp_path
    after = selectors.read_prompt("template", "executor")

    assert (after.text, after.source, after.shipped_has_changed) == ("Ours\n", "own", True)


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("seen", [0, 1])
def test_of_six_that_edit_at_once_one_wins(seen):
    if seen:
        edit(text="Before", seen=0)

    outcomes = in_threads([partial(edit, text=f"Text {n}", seen=seen) for n in range(6)])

    assert sorted(outcomes) == ["conflict"] * 5 + ["won"]
    assert selectors.read_prompt("template", "executor").text == f"Text {outcomes.index('won')}\n"
    assert PromptVersion.objects.count() == seen + 1
