import pytest

from agents import services
from agents.models import Agent
from notifications.models import Event
from openmoss.errors import Conflict
from tasks.models import SubTask
from tasks.services import retire_agent


def test_a_disabled_agent_is_kept_out(erin, admin_user):
    services.disable_agent(erin.agent, by=admin_user, why="Runs wild.")

    event = Event.objects.latest("pk")
    assert Agent.objects.get().status == "disabled"
    assert (event.kind, event.was, event.now, event.why) == (
        "agent.disable",
        "active",
        "disabled",
        "Runs wild.",
    )
    assert (event.actor_role, event.actor_name) == ("admin", "admin")
    assert erin.get("/api/agents/me").status_code == 403


def test_it_keeps_its_work_and_its_key(pia, erin):
    task = pia.post("/api/tasks", name="News").json()
    pia.post("/api/sub-tasks", task_id=task["id"], name="Collect", assigned_agent=erin.id)

    services.disable_agent(erin.agent)

    sub_task = SubTask.objects.get()
    assert (sub_task.status, sub_task.assignee) == ("assigned", erin.agent)
    assert Agent.objects.get(name="Erin").key_hash == erin.agent.key_hash


def test_it_cannot_be_given_work(pia, erin):
    task = pia.post("/api/tasks", name="News").json()
    services.disable_agent(erin.agent)

    answer = pia.post("/api/sub-tasks", task_id=task["id"], name="Collect", assigned_agent=erin.id)

    assert answer.status_code == 400
    assert not SubTask.objects.exists()


def test_disabling_twice_happens_once(erin, unchanged):
    services.disable_agent(erin.agent)

    with unchanged():
        services.disable_agent(erin.agent)


def test_an_enabled_agent_works_again(erin):
    services.disable_agent(erin.agent)

    services.enable_agent(erin.agent)

    event = Event.objects.latest("pk")
    assert (event.kind, event.was, event.now) == ("agent.enable", "disabled", "active")
    assert erin.get("/api/agents/me").status_code == 200


def test_enabling_twice_happens_once(erin, unchanged):
    with unchanged():
        services.enable_agent(erin.agent)


@pytest.mark.parametrize("verb", [services.disable_agent, services.enable_agent])
def test_who_retired_stays_retired(erin, unchanged, verb):
    retire_agent(Agent.objects.get())
    seen_before, seen_after = erin.agent, Agent.objects.get()
    seen_before.status = "disabled" if verb is services.enable_agent else "active"

    with unchanged():
        for agent in (seen_before, seen_after):
            with pytest.raises(Conflict):
                verb(agent)


def test_a_change_by_somebody_else_is_not_overwritten(erin, unchanged):
    services.disable_agent(Agent.objects.get(), why="Runs wild.")

    with unchanged(), pytest.raises(Conflict):
        services.disable_agent(erin.agent)
