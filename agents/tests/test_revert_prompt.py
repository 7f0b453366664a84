"""Going back, and deleting: what was written once stays readable."""

from functools import partial

import pytest

from agents import selectors, services
from agents.models import Prompt, PromptVersion
from notifications.models import Event
from openmoss.errors import Conflict, NotFound
from openmoss.tests.racing import in_threads

AT = ("template", "executor")


@pytest.fixture
def edited(admin_user):
    """The executor's template, edited twice."""
    services.edit_prompt(*AT, text="One", seen=0, by=admin_user)
    return services.edit_prompt(*AT, text="Two", seen=1, by=admin_user)


@pytest.fixture
def poet(db):
    return services.create_prompt(role="executor", slug="poet", text="You rhyme.")


def test_a_prompt_goes_back_to_the_shipped_text(edited, admin_user):
    back = services.revert_prompt(*AT, seen=2, by=admin_user)

    event = Event.objects.last()
    assert (back.source, back.version) == ("shipped", 0)
    assert back.text.startswith("# Executor")
    assert not Prompt.objects.exists()
    assert (event.kind, event.actor_name) == ("prompt.revert", "admin")
    assert [version.number for version in PromptVersion.objects.all()] == [3, 2, 1]


def test_a_prompt_goes_back_to_an_earlier_version(edited):
    back = services.revert_prompt(*AT, seen=2, to=1)

    assert (back.text, back.version, back.source) == ("One\n", 3, "edited")


def test_an_edit_comes_back_after_the_shipped_text(edited):
    services.revert_prompt(*AT, seen=2)

    back = services.revert_prompt(*AT, seen=0, to=2)

    assert (back.text, back.version) == ("Two\n", 4)


@pytest.mark.parametrize(("seen", "to"), [(1, None), (3, None), (0, 1), (1, 1)])
def test_who_saw_another_version_is_refused(edited, unchanged, seen, to):
    with unchanged(), pytest.raises(Conflict):
        services.revert_prompt(*AT, seen=seen, to=to)


def test_a_version_that_never_was_is_not_found(edited, unchanged):
    with unchanged(), pytest.raises(NotFound):
        services.revert_prompt(*AT, seen=2, to=9)


def test_what_is_as_shipped_cannot_go_back(db, unchanged):
    with unchanged(), pytest.raises(Conflict):
        services.revert_prompt(*AT, seen=0)


def test_a_prompt_of_our_own_has_no_shipped_text(poet, unchanged):
    with unchanged(), pytest.raises(Conflict, match="no shipped text"):
        services.revert_prompt("agent", poet.slug, seen=1)


def test_the_history_tells_who_changed_what_newest_first(edited):
    newest, first = selectors.prompt_history(*AT)

    assert (newest.version.number, newest.version.written_by) == (2, "admin")
    assert newest.diff.splitlines()[-2:] == ["-One", "+Two"]
    assert "+One" in first.diff.splitlines()
    assert "-# Executor" in first.diff.splitlines()


def test_the_history_of_one_prompt_holds_no_other(edited, poet):
    (only,) = selectors.prompt_history("agent", poet.slug)

    assert "+You rhyme." in only.diff.splitlines()
    assert [line for line in only.diff.splitlines() if line.startswith("-")] == ["--- before"]


def test_a_prompt_of_our_own_is_deleted_and_its_history_stays(poet, admin_user):
    services.delete_prompt(poet.slug, seen=1, by=admin_user)

    event = Event.objects.last()
    assert (event.kind, event.actor_name, event.subject_name) == ("prompt.delete", "admin", poet.slug)
    with pytest.raises(NotFound):
        selectors.read_prompt("agent", poet.slug)
    assert [change.version.text for change in selectors.prompt_history("agent", poet.slug)] == ["", poet.text]


def test_a_deleted_prompt_can_be_made_again(poet):
    services.delete_prompt(poet.slug, seen=1)

    assert services.create_prompt(role="executor", slug="poet", text="You rhyme again.").version == 3


def test_what_comes_with_openmoss_is_not_deleted(edited, unchanged):
    services.edit_prompt("agent", "executor-backend", text="You write Go.", seen=0)

    for seen in (0, 1):
        with unchanged(), pytest.raises(Conflict, match="comes with OpenMOSS"):
            services.delete_prompt("executor-backend", seen=seen)


def test_who_saw_another_version_deletes_nothing(poet, unchanged):
    services.edit_prompt("agent", poet.slug, text="You rhyme well.", seen=1)

    with unchanged(), pytest.raises(Conflict):
        services.delete_prompt(poet.slug, seen=1)


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_of_an_edit_a_revert_and_a_deletion_at_once_one_wins():
    services.edit_prompt(*AT, text="One", seen=0)
    services.create_prompt(role="executor", slug="poet", text="You rhyme.")
    edit = partial(services.edit_prompt, seen=1, text="Two")

    reverted = in_threads([partial(edit, *AT), partial(services.revert_prompt, *AT, seen=1)] * 3)
    poet = "executor-poet"
    deleted = in_threads([partial(edit, "agent", poet), partial(services.delete_prompt, poet, seen=1)] * 3)

    assert sorted(reverted) == ["conflict"] * 5 + ["won"]
    assert deleted.count("won") == 1
    assert set(deleted) <= {"won", "conflict", "not_found"}
    assert PromptVersion.objects.count() == 4
