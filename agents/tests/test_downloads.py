"""The skill and the command line tool, as this server hands them out."""

import ast
import json

import pytest

from agents.downloads import CLI
from openmoss.settings import BASE_DIR


def base_url(source: str) -> str:
    """Return the address that the downloaded tool would call."""
    found = [
        node.value.value
        for node in ast.parse(source).body
        if isinstance(node, ast.Assign)
        and [getattr(target, "id", "") for target in node.targets] == ["BASE_URL"]
    ]
    assert len(found) == 1
    return found[0]


@pytest.mark.parametrize("who", ["pia", "erin", "rita", "pat"])
def test_each_role_downloads_its_skill_with_its_own_key(request, who):
    caller = request.getfixturevalue(who)
    shipped = (BASE_DIR / "skills" / f"task-{caller.agent.role}-skill" / "SKILL.md").read_text("utf-8")

    answer = caller.get("/api/agents/me/skill")

    assert answer.status_code == 200
    assert answer["Content-Type"] == "text/plain; charset=utf-8"
    assert answer.content.decode() == shipped.replace("<API_KEY>", caller.key)
    assert caller.key in answer.content.decode()
    assert "<API_KEY>" not in answer.content.decode()


def test_the_skill_takes_the_key_from_whichever_header_it_came_in(client, erin, ed):
    answer = client.get("/api/agents/me/skill", headers={"X-Agent-Key": erin.key})

    assert erin.key in answer.content.decode()
    assert ed.key not in answer.content.decode()


def test_a_key_can_be_asked_for_by_nobody_else(client, erin):
    answer = client.get(f"/api/agents/me/skill?agent_id={erin.id}")

    assert answer.status_code == 401
    assert "ock_" not in answer.content.decode()


def test_a_skill_that_is_not_there_is_not_found(erin, settings, tmp_path):
    settings.BASE_DIR = tmp_path

    answer = erin.get("/api/agents/me/skill")

    assert answer.status_code == 404
    assert answer.json()["detail"] == "There is no skill for the role executor."


def test_the_tool_is_pointed_at_the_address_by_which_it_was_asked_for(client, erin):
    headers = {"Authorization": f"Bearer {erin.key}", "Host": "moss.lan:6565"}

    answer = client.get("/api/tools/cli", headers=headers)

    assert answer.status_code == 200
    assert answer["Content-Type"] == "text/plain; charset=utf-8"
    assert base_url(answer.content.decode()) == "http://moss.lan:6565"


def test_nothing_else_in_the_tool_is_changed(erin):
    source = erin.get("/api/tools/cli").content.decode()

    changed = [
        (ours, theirs)
        for ours, theirs in zip(CLI.read_text("utf-8").splitlines(), source.splitlines(), strict=True)
        if ours != theirs
    ]
    assert [theirs for _, theirs in changed] == ['BASE_URL = "http://testserver"']
    assert erin.key not in source


@pytest.mark.parametrize("url", ["https://moss.example.org", "https://moss.example.org/office/"])
def test_the_tool_is_pointed_at_the_configured_address_if_there_is_one(site, client, erin, url):
    site.external_url = url
    site.save()

    answer = client.get("/api/tools/cli", headers={"X-Agent-Key": erin.key, "Host": "10.0.0.1"})

    assert base_url(answer.content.decode()) == url.rstrip("/")


@pytest.mark.parametrize(
    "host", ['evil"; import os; "', "evil/x", "a b", "evil\\", "x'", "[::1", "evil\n", "é"]
)
def test_a_hostile_host_is_not_written_into_the_tool(client, erin, host):
    answer = client.get("/api/tools/cli", headers={"X-Agent-Key": erin.key, "Host": host})

    assert answer.status_code == 400
    assert answer.json()["code"] == "malformed"


def test_a_forwarded_host_or_scheme_is_not_believed(client, erin):
    headers = {"X-Agent-Key": erin.key, "X-Forwarded-Host": "evil.example", "X-Forwarded-Proto": "https"}

    answer = client.get("/api/tools/cli", headers=headers)

    assert base_url(answer.content.decode()) == "http://testserver"


def test_an_odd_configured_address_stays_one_text_in_the_tool(site, erin):
    site.external_url = 'https://moss.example.org/"; import os; x="\\\n{}'
    site.save()

    source = erin.get("/api/tools/cli").content.decode()

    assert base_url(source) == site.external_url
    assert f"BASE_URL = {json.dumps(site.external_url)}" in source
