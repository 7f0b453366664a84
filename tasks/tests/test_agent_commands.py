"""An operator stops, restarts and ends agents from the shell."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from agents.models import Agent


def run(name: str, *words: str) -> str:
    out = StringIO()
    call_command(name, *words, stdout=out)
    return out.getvalue()


def test_a_disabled_agent_is_kept_out_until_it_is_enabled(erin):
    assert "Erin is disabled" in run("disable_agent", "Erin")
    assert erin.get("/api/agents/me").status_code == 403

    assert "Erin is active" in run("enable_agent", erin.id[:8])
    assert erin.get("/api/agents/me").status_code == 200


def test_a_retired_agent_gives_its_work_back_and_its_key_is_dead(pia, erin):
    task = pia.post("/api/tasks", name="News").json()
    mine = pia.post("/api/sub-tasks", task_id=task["id"], name="Collect", assigned_agent=erin.id).json()

    assert "retired" in run("retire_agent", "Erin")

    assert erin.get("/api/agents/me").status_code == 401
    now = pia.get(f"/api/sub-tasks/{mine['id']}").json()
    assert (now["status"], now["assigned_agent"]) == ("pending", None)


@pytest.mark.parametrize("name", ["disable_agent", "enable_agent", "retire_agent", "rotate_key"])
def test_nobody_and_the_retired_are_named_in_one_sentence(erin, name):
    with pytest.raises(CommandError, match="no agent with the id 'Nobody'"):
        run(name, "Nobody")

    run("retire_agent", "Erin")
    with pytest.raises(CommandError, match="Erin"):
        run(name, "Erin")
    assert Agent.objects.get().status == "retired"
