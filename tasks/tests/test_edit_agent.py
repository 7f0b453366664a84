"""What an agent is there for can be changed, as long as that leaves no work behind."""

import pytest
from django.db import transaction

from notifications.models import Event
from openmoss.errors import Conflict
from openmoss.tests.racing import in_threads
from tasks import services
from tasks.models import SubTask, Task


def test_a_person_changes_the_role_of_an_agent_without_work(ann, erin, events):
    services.edit_agent(erin.agent, role="reviewer", description="Reads twice.", by=ann)

    erin.agent.refresh_from_db()
    event = Event.objects.latest("pk")
    assert (erin.agent.role, erin.agent.description) == ("reviewer", "Reads twice.")
    assert events(erin.agent)[-1] == "agent.edit: executor > reviewer"
    assert (event.actor_name, event.data) == ("Ann", {"fields": ["description", "role"]})


def test_what_did_not_change_is_no_event(ann, erin):
    before = Event.objects.count()

    services.edit_agent(erin.agent, role="executor", description="", by=ann)

    assert Event.objects.count() == before


@pytest.mark.parametrize("status", ["assigned", "in_progress", "rework", "review", "blocked"])
def test_who_holds_work_keeps_the_role(given, unchanged, ann, erin, status):
    sub_task = given(status, holder=erin)

    with unchanged(sub_task, erin.agent), pytest.raises(Conflict, match="still has open work"):
        services.edit_agent(erin.agent, role="planner", by=ann)

    services.edit_agent(erin.agent, description="Slow.", by=ann)
    erin.agent.refresh_from_db()
    assert (erin.agent.role, erin.agent.description) == ("executor", "Slow.")


def test_who_has_retired_or_was_changed_meanwhile_is_left_alone(unchanged, ann, erin, ed):
    services.retire_agent(erin.agent)
    services.edit_agent(type(ed.agent).objects.get(pk=ed.agent.pk), role="planner", by=ann)

    for agent in (erin.agent, ed.agent):
        with unchanged(agent), pytest.raises(Conflict, match="changed by somebody else"):
            services.edit_agent(agent, role="reviewer", by=ann)


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_of_a_claim_and_another_role_one_wins(erin):
    sub_task = SubTask.objects.create(task=Task.objects.create(name="News"), name="Collect")
    agent = type(erin.agent).objects.get(pk=erin.agent.pk)

    def claim_slowly():
        with transaction.atomic():
            services.claim(sub_task, by=agent)

    outcomes = in_threads([claim_slowly, lambda: services.edit_agent(erin.agent, role="reviewer", by=None)])

    erin.agent.refresh_from_db()
    held = SubTask.objects.filter(assignee=erin.agent).exists()
    assert outcomes.count("won") == 1
    assert (erin.agent.role == "executor") == held
