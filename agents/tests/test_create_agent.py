import hashlib

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, transaction

from agents import services
from agents.models import Agent
from notifications.models import Event
from openmoss.errors import Invalid


def test_an_agent_is_hired_with_a_key_that_is_shown_once(admin_user):
    agent, key = services.create_agent(name="Erin", role="executor", description="Writes.", by=admin_user)

    event = Event.objects.get()
    agent.refresh_from_db()
    assert (agent.name, agent.role, agent.description, agent.status) == (
        "Erin",
        "executor",
        "Writes.",
        "active",
    )
    assert agent.key_hash == hashlib.sha256(key.encode()).hexdigest()
    assert (event.kind, event.subject_id, event.actor_role, event.now) == (
        "agent.create",
        str(agent.pk),
        "admin",
        "active",
    )
    assert event.data == {"role": "executor"}


def test_the_key_is_stored_nowhere(stored):
    _, key = services.create_agent(name="Erin", role="executor")

    assert stored(key.removeprefix("ock_")) == []


def test_two_agents_cannot_share_a_name(erin, unchanged):
    with unchanged(), pytest.raises(Invalid) as refused:
        services.create_agent(name="Erin", role="planner")

    assert list(refused.value.fields) == ["name"]


@pytest.mark.parametrize(
    "wrong", [{"name": ""}, {"role": "boss"}, {"status": "asleep"}, {"status": "retired", "key_hash": "x"}]
)
def test_the_database_takes_no_impossible_agent(db, wrong):
    with pytest.raises(IntegrityError), transaction.atomic():
        Agent.objects.create(**{"name": "Erin", "role": "executor"} | wrong)

    assert not Agent.objects.exists()


def test_the_command_prints_the_key(capsys, client, db):
    call_command("create_agent", "Erin", "--role", "executor", "--description", "Writes.")

    printed = dict(line.split(maxsplit=1) for line in capsys.readouterr().out.splitlines())
    me = client.get("/api/agents/me", headers={"X-Agent-Key": printed["api_key"]}).json()
    assert (printed["id"], printed["name"], printed["role"]) == (me["id"], "Erin", "executor")
    assert me["description"] == "Writes."


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["", "--role", "executor"], "name: This field may not be blank."),
        (["x" * 101, "--role", "executor"], "name: Ensure this field has no more than 100 characters."),
        (["two\nlines", "--role", "executor"], "name: Give one line"),
        (["Erin", "--role", "executor"], "There is an agent named 'Erin' already."),
        (["Eve", "--role", "boss"], "invalid choice: 'boss'"),
        (["Eve"], "--role"),
    ],
)
def test_the_command_refuses_what_the_api_refuses(erin, unchanged, capsys, arguments, said):
    with unchanged(), pytest.raises(CommandError) as refused:
        call_command("create_agent", *arguments)

    assert said in str(refused.value)
    assert "ock_" not in capsys.readouterr().out
