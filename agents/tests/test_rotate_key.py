import pytest
from django.core.management import CommandError, call_command

from agents import services
from agents.models import Agent, hash_key
from notifications.models import Event
from openmoss.errors import Conflict
from tasks.services import retire_agent


def test_an_agent_gets_a_new_key(erin, ed, admin_user, stored):
    key = services.rotate_key(erin.agent, by=admin_user)

    event = Event.objects.latest("pk")
    assert Agent.objects.get(name="Erin").key_hash == hash_key(key)
    assert Agent.objects.get(name="Ed").key_hash == ed.agent.key_hash
    assert (event.kind, event.subject_id, event.actor_role) == ("agent.rotate_key", erin.id, "admin")
    assert stored(key) == []
    assert stored(erin.agent.key_hash) == []


def test_who_retired_gets_none(erin, unchanged):
    retire_agent(Agent.objects.get())

    with unchanged(), pytest.raises(Conflict):
        services.rotate_key(erin.agent)


@pytest.mark.parametrize("by", ["name", "id", "short id"])
def test_the_command_prints_the_new_key(erin, ed, client, capsys, by):
    agent = {"name": "Erin", "id": erin.id, "short id": erin.id[:13]}[by]

    call_command("rotate_key", agent)

    printed = dict(line.split() for line in capsys.readouterr().out.splitlines())
    assert (printed["id"], printed["name"], printed["role"]) == (erin.id, "Erin", "executor")
    assert client.get("/api/agents/me", headers={"X-Agent-Key": printed["api_key"]}).status_code == 200
    assert erin.get("/api/agents/me").status_code == 401


def test_the_command_finds_nobody_of_that_name(erin, unchanged):
    with unchanged(), pytest.raises(CommandError, match="There is no agent with the id 'Eve'"):
        call_command("rotate_key", "Eve")


def test_the_command_has_no_key_for_who_retired(erin, unchanged):
    retire_agent(Agent.objects.get())

    with unchanged(), pytest.raises(CommandError, match="Erin has retired"):
        call_command("rotate_key", "Erin")
