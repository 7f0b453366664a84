"""`doctor`: `ready`, or one sentence for each thing that is wrong."""

from __future__ import annotations

import os
import re
from email.utils import formatdate
from time import time

import pytest

ME = {"id": "id-of-erin", "name": "Erin", "role": "executor", "status": "active", "total_score": 0}
SKILL = "---\nname: task-executor-skill\nversion: 1.2.0\n---\nWork.\n"
OLD_SKILL = SKILL.replace("1.2.0", "1.1.9")
REFUSAL = {"code": "unauthenticated", "detail": "Nobody here has this API key.", "hint": "", "fields": {}}


@pytest.fixture
def server(desk, office):
    """An office where all is well, and Erin's folder with a key and a skill."""
    office.says({"status": "ok"}, to="/api/health")
    office.says(ME, to="/api/agents/me")
    office.says({"content": "Be kind.", "update_available": False}, to="/api/rules")
    office.says(SKILL.encode(), to="/api/agents/me/skill")
    desk.saves(url=office.url, api_key="ock_erin", id="id-of-erin", name="Erin", role="executor")
    skill = desk.home / "skills" / "task-executor-skill"
    skill.mkdir(parents=True)
    (skill / "SKILL.md").write_text(SKILL)
    del desk.env["OPENMOSS_URL"], desk.env["OPENMOSS_API_KEY"]
    return office


def change(office, path: str, *args, **how) -> None:
    office.answers[path].clear()
    office.says(*args, to=path, **how)


def wrong(said) -> list[str]:
    return [line for line in said.out.splitlines() if line.startswith("WRONG ")]


def test_all_is_well(desk, server):
    said = desk.run("doctor")

    lines = said.out.splitlines()
    assert (said.code, said.err) == (0, "")
    assert lines[-1] == "ready"
    checks = [line.split()[1] for line in lines[:-1]]
    assert checks == [
        *("python:", "credentials:", "server:", "clock:", "key:", "role:", "tool:", "rules:", "skill:")
    ]
    assert all(line.startswith("ok ") for line in lines[:-1])
    assert f"{server.url}, from {desk.home / '.openmoss.json'}" in said.out
    assert "ock_erin" not in said.out


def test_it_changes_nothing(desk, server):
    before = {path: path.read_bytes() for path in desk.home.rglob("*") if path.is_file()}

    desk.run("doctor")

    assert {path: path.read_bytes() for path in desk.home.rglob("*") if path.is_file()} == before
    assert {call.method for call in server.calls} == {"GET"}


def test_a_key_from_the_environment_is_enough(desk, server):
    (desk.home / ".openmoss.json").unlink()

    said = desk.run("doctor", OPENMOSS_API_KEY="ock_erin", OPENMOSS_URL=server.url)

    assert said.code == 0
    assert "ok    credentials: OPENMOSS_API_KEY" in said.out


def test_no_credentials(desk, server):
    (desk.home / ".openmoss.json").unlink()

    said = desk.run("doctor", OPENMOSS_URL=server.url)

    assert said.code == 1
    (line,) = wrong(said)
    assert line.startswith("WRONG credentials: There is no .openmoss.json in this folder or above it")
    assert "enrolment code" in line
    assert [call.path for call in server.calls] == ["/api/health"]


def test_broken_credentials(desk, server):
    (desk.home / ".openmoss.json").write_text("{")

    said = desk.run("doctor")

    assert said.code == 1
    assert said.out.splitlines()[-1].startswith("WRONG credentials: ")
    assert "holds no credentials" in said.out


@pytest.mark.skipif(os.name != "posix", reason="file modes")
def test_credentials_that_others_can_read(desk, server):
    (desk.home / ".openmoss.json").chmod(0o644)

    said = desk.run("doctor")

    assert said.code == 1
    assert [line.split(":")[0] for line in wrong(said)] == ["WRONG credentials"]
    assert "chmod 600" in wrong(said)[0]


def test_a_server_that_is_away(desk, server):
    said = desk.run("doctor", "--url", "http://127.0.0.1:1")

    assert said.code == 1
    assert said.out.splitlines()[-1].startswith("WRONG server: No answer from http://127.0.0.1:1: ")
    assert "--url" in said.out
    assert server.calls == []


def test_a_proxy_that_is_in_the_way(desk, server):
    said = desk.run(
        "doctor", "--url", "http://moss.example:6565", http_proxy="http://127.0.0.1:1", no_proxy=""
    )

    assert said.code == 1
    assert "through the proxy http://127.0.0.1:1" in wrong(said)[0]
    assert "NO_PROXY" in wrong(said)[0]


def test_something_else_listens_there(desk, server):
    change(server, "/api/health", b"<html>", status=404)

    said = desk.run("doctor")

    assert said.code == 1
    assert "Is this the address of an OpenMOSS server?" in wrong(said)[0]


def test_a_server_that_works_without_its_clock_is_no_reason_to_stop(desk, server):
    change(server, "/api/health", {"status": "unwell", "reasons": ["worker: silent"]}, status=503)

    said = desk.run("doctor")

    assert said.code == 0
    assert "it works, but is not well: worker: silent" in said.out


def test_a_key_that_is_not_accepted(desk, server):
    change(server, "/api/agents/me", REFUSAL, status=401)

    said = desk.run("doctor")

    assert said.code == 1
    assert wrong(said)[0].startswith("WRONG key: Nobody here has this API key.")
    assert str(desk.home / ".openmoss.json") in wrong(said)[0]


def test_the_key_of_another_agent_in_the_environment(desk, server):
    change(server, "/api/agents/me", {**ME, "id": "id-of-pia", "name": "Pia"})

    said = desk.run("doctor", OPENMOSS_API_KEY="ock_pia")

    assert said.code == 1
    assert "The key from OPENMOSS_API_KEY is Pia's, but" in wrong(said)[0]
    assert "is Erin's" in wrong(said)[0]


@pytest.mark.parametrize(
    ("off", "says"),
    [
        (0, "right"),
        (-3600, r"\+3[56]\d\d s against the server's"),
        (3600, r"-3[56]\d\d s against the server's"),
    ],
)
def test_a_clock_that_is_wrong_is_worth_a_word(desk, server, off, says):
    handler = server.server.RequestHandlerClass
    handler.date_time_string = lambda *_: formatdate(time() + off, usegmt=True)

    said = desk.run("doctor")

    assert said.code == 0
    assert re.search(f"^ok    clock: {says}$", said.out, re.M)


@pytest.mark.parametrize("date", ["", "yesterday", "Wed, 99 Foo 2026 99:99:99 GMT"])
def test_a_server_that_tells_no_time_is_no_fault(desk, server, date):
    server.server.RequestHandlerClass.date_time_string = lambda *_: date

    assert desk.run("doctor").code == 0


def test_an_old_tool(desk, server):
    news = {
        "content": "Be kind.",
        "update_available": True,
        "latest_version": 9,
        "update_instructions": "Update.",
    }
    change(server, "/api/rules", news)

    said = desk.run("doctor")

    assert said.code == 1
    assert "the server has 9" in wrong(said)[0]
    assert wrong(said)[0].endswith("update")


def test_rules_that_are_empty(desk, server):
    change(server, "/api/rules", {"content": " ", "update_available": False})

    said = desk.run("doctor")

    assert said.code == 1
    assert wrong(said) == ["WRONG rules: There are no rules. Ask an admin to write them."]


@pytest.mark.parametrize("here", [OLD_SKILL, "", None])
def test_a_skill_that_is_old_or_not_there(desk, server, here):
    skill = desk.home / "skills" / "task-executor-skill" / "SKILL.md"
    skill.unlink() if here is None else skill.write_text(here)

    said = desk.run("doctor")

    assert said.code == 1
    (line,) = wrong(said)
    assert line.startswith("WRONG skill: ")
    assert line.endswith("update")


def test_a_skill_beside_the_tool_counts(desk, server):
    (desk.home / "skills" / "task-executor-skill" / "SKILL.md").unlink()
    desk.script.with_name("SKILL.md").write_text(SKILL)

    assert desk.run("doctor").code == 0


def test_everything_that_is_wrong_is_said_at_once(desk, server):
    (desk.home / ".openmoss.json").chmod(0o644)
    change(server, "/api/rules", {"content": "", "update_available": True, "latest_version": 9})
    (desk.home / "skills" / "task-executor-skill" / "SKILL.md").unlink()

    said = desk.run("doctor")

    assert [line.split(":")[0] for line in wrong(said)] == [
        *("WRONG credentials", "WRONG tool", "WRONG rules", "WRONG skill")
    ]
    assert "ready" not in said.out.splitlines()


def test_as_json_for_a_program(desk, server):
    well = desk.run("doctor", "--json")
    change(server, "/api/rules", {"content": "", "update_available": False})
    ill = desk.run("doctor", "--json")

    assert (well.code, well.data["ready"]) == (0, True)
    assert (ill.code, ill.data["ready"]) == (1, False)
    assert [check["check"] for check in ill.data["checks"] if not check["ok"]] == ["rules"]
    assert all(check.keys() == {"check", "ok", "detail", "hint"} for check in ill.data["checks"])
