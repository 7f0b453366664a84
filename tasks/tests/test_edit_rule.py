"""Editing a rule: other words for it, from now on; the old ones stay in the event."""

from functools import partial

import pytest

from agents.prompts.library import digest
from notifications.models import Event
from openmoss.errors import Conflict, Invalid
from openmoss.tests.racing import in_threads
from tasks import selectors, services
from tasks.models import Rule, Task


@pytest.fixture
def rule(task, ann) -> Rule:
    return services.add_rule(content="Cite.", task=task, by=ann)


def test_a_rule_gets_other_words(rule, task, ann):
    services.edit_rule(rule, content="Cite two.", seen=digest("Cite."), by=ann)

    event = Event.objects.get(kind="rule.edit")
    assert Rule.objects.get().content == "Cite two."
    assert "Cite two." in selectors.rules_text(task=task)
    assert (event.actor_name, event.task_id, event.subject_name) == ("Ann", task.pk, "Cite two.")
    assert event.data["content"] == "Cite."


@pytest.mark.parametrize(
    ("content", "seen", "why"), [("Cite two.", "Cite it.", Conflict), (" \n", "Cite.", Invalid)]
)
def test_other_words_than_those_seen_and_no_words_are_refused(rule, ann, unchanged, content, seen, why):
    with unchanged(rule), pytest.raises(why):
        services.edit_rule(rule, content=content, seen=digest(seen), by=ann)


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_of_several_edits_at_once_one_wins(admin_user):
    rule = services.add_rule(content="Cite.", task=Task.objects.create(name="News"), by=admin_user)

    def edit(number: int) -> None:
        mine = Rule.objects.get(pk=rule.pk) if number % 2 else rule
        services.edit_rule(mine, content=f"Cite {number}.", seen=digest("Cite."), by=admin_user)

    outcomes = in_threads([partial(edit, number) for number in range(8)])

    assert sorted(outcomes) == ["conflict"] * 7 + ["won"]
    assert Event.objects.filter(kind="rule.edit").count() == 1
