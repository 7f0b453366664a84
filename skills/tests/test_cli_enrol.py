"""`enrol`: the place for the key first, then the code, then everything else."""

from __future__ import annotations

import io
import json
import os
import stat
import subprocess
import sys
import zipfile

import pytest

CODE = f"oec_{'1a' * 20}"
JOINED = {"id": "id-of-erin", "name": "Erin", "role": "executor", "api_key": "ock_new", "message": "Keep it."}
SKILL = "---\nname: task-executor-skill\nversion: 1.0.0\n---\nKey: `ock_new`\n"
NO_ENV = {"OPENMOSS_URL": None, "OPENMOSS_API_KEY": None}


def bundle(**files: str) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return packed.getvalue()


@pytest.fixture
def server(desk, office):
    """An office that lets Erin in and has all that she needs; the tool is pointed at it."""
    text = desk.script.read_text().replace("http://127.0.0.1:6565", office.url, 1)
    desk.script.write_text(text)
    parts = {
        "task-executor-skill/SKILL.md": SKILL,
        "task-executor-skill/references/moves.md": "Moves.",
        "task-executor-skill/task-cli.py": text,
    }
    office.says(JOINED, to="/api/agents/enrol")
    office.says(bundle(**parts), to="/api/agents/me/skill-bundle")
    office.says({"status": "ok"}, to="/api/health")
    office.says({k: v for k, v in JOINED.items() if k != "api_key"}, to="/api/agents/me")
    office.says({"content": "Be kind.", "update_available": False}, to="/api/rules")
    office.says(SKILL.encode(), to="/api/agents/me/skill")
    return office


def joins(office) -> list:
    return [call for call in office.calls if call.path == "/api/agents/enrol"]


def test_one_command_ends_in_ready(desk, server):
    said = desk.run("enrol", CODE, **NO_ENV)

    file, skill = desk.home / ".openmoss.json", desk.home / "skills" / "task-executor-skill"
    assert (said.code, said.err) == (0, "")
    assert said.out.splitlines()[0] == f"You are Erin, executor. Your key is in {file}, for you only."
    assert said.out.splitlines()[-1] == "ready"
    assert json.loads(file.read_text()) == {
        "url": server.url,
        "api_key": "ock_new",
        "id": "id-of-erin",
        "name": "Erin",
        "role": "executor",
    }
    assert not file.read_text().endswith(" ")
    assert (skill / "references" / "moves.md").read_text() == "Moves."
    assert (skill / "task-cli.py").read_text() == desk.script.read_text()
    (join,) = joins(server)
    assert join.body == {"code": CODE}
    assert join.headers["idempotency-key"]
    assert "authorization" not in join.headers


@pytest.mark.skipif(os.name != "posix", reason="file modes")
def test_the_key_is_for_its_owner_only_and_in_no_other_place(desk, server):
    said = desk.run("enrol", CODE, **NO_ENV)

    file = desk.home / ".openmoss.json"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert "ock_new" not in said.out + said.err
    holders = [path for path in desk.home.rglob("*") if path.is_file() and "ock_new" in path.read_text()]
    assert holders == [file]


def test_a_second_time_makes_no_twin(desk, server):
    desk.run("enrol", CODE, **NO_ENV)
    before = (desk.home / ".openmoss.json").read_text()

    said = desk.run("enrol", f"oec_{'2b' * 20}", **NO_ENV)

    assert said.code == 0
    assert said.out.splitlines()[0] == "This folder is Erin's already; the code was not used."
    assert said.out.splitlines()[-1] == "ready"
    assert len(joins(server)) == 1
    assert (desk.home / ".openmoss.json").read_text() == before


def test_a_folder_below_another_agents_is_a_folder_of_its_own(desk, server):
    desk.saves(url="http://127.0.0.1:1", api_key="ock_pia", name="Pia")
    below = desk.home / "erin"
    below.mkdir()

    said = desk.run("enrol", CODE, cwd=below, **NO_ENV)

    assert said.out.splitlines()[-1] == "ready"
    assert json.loads((desk.home / ".openmoss.json").read_text())["api_key"] == "ock_pia"
    assert json.loads((below / ".openmoss.json").read_text())["api_key"] == "ock_new"


@pytest.mark.parametrize(
    "code", ["", "CODE", "<code>", "oec_12", "ock_" + "1a" * 20, CODE + "0", "oec_" + "G" * 40]
)
def test_what_is_no_code_is_not_sent(desk, server, code):
    said = desk.run("enrol", code, **NO_ENV)

    assert said.code == 2
    assert "This is no enrolment code." in said.out
    assert server.calls == []
    assert list(desk.home.iterdir()) == []


def test_a_refused_code_leaves_nothing_behind(desk, office):
    refusal = {"code": "forbidden", "detail": "This enrolment code is expired.", "hint": "Ask.", "fields": {}}
    office.says(refusal, to="/api/agents/enrol", status=403)

    said = desk.run("enrol", CODE)

    assert said.code == 1
    assert said.out == "Error 403 forbidden: This enrolment code is expired.\nHint: Ask.\n"
    assert list(desk.home.iterdir()) == []


def test_who_lost_the_answer_asks_again_with_the_same_attempt(desk, server):
    server.answers["/api/agents/enrol"].clear()
    server.says(to="/api/agents/enrol", drop=True)
    lost = desk.run("enrol", CODE, **NO_ENV)
    tries = len(joins(server))
    server.answers["/api/agents/enrol"].clear()
    server.says(JOINED, to="/api/agents/enrol")

    said = desk.run("enrol", CODE, **NO_ENV)

    assert lost.code == 1
    assert "Run the same command again, in this folder." in lost.out
    assert said.out.splitlines()[-1] == "ready"
    assert tries >= 2
    assert len({call.headers["idempotency-key"] for call in joins(server)}) == 1
    assert "attempt" not in json.loads((desk.home / ".openmoss.json").read_text())


@pytest.mark.skipif(
    not sys.platform.startswith("linux"), reason="needs /proc, which even root cannot write to"
)
def test_a_folder_that_cannot_be_written_to_uses_no_code(desk, server):
    said = desk.run("enrol", CODE, cwd="/proc", **NO_ENV)

    assert said.code == 1
    assert "Nothing can be saved in /proc" in said.out
    assert "The code was not used." in said.out
    assert joins(server) == []


@pytest.mark.skipif(os.name != "posix", reason="limits of a process")
def test_a_disk_without_room_uses_no_code(desk, server):
    import resource

    def little_room() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (8192, 8192))

    env = {k: v for k, v in desk.env.items() if k not in NO_ENV}
    done = subprocess.run(
        desk.command("enrol", CODE), cwd=desk.home, env=env, capture_output=True, preexec_fn=little_room
    )

    assert done.returncode == 1
    assert b"Nothing can be saved in" in done.stdout
    assert joins(server) == []
    assert list(desk.home.iterdir()) == []


def test_without_the_skill_the_key_is_kept_and_the_end_says_what_is_missing(desk, server):
    server.answers["/api/agents/me/skill-bundle"].clear()
    server.says(b"no zip", to="/api/agents/me/skill-bundle")

    said = desk.run("enrol", CODE, **NO_ENV)

    assert said.code == 1
    assert "ready" not in said.out.splitlines()
    assert said.out.splitlines()[-1].startswith("WRONG skill: There is no SKILL.md of your role here. Run: ")
    assert json.loads((desk.home / ".openmoss.json").read_text())["api_key"] == "ock_new"


@pytest.mark.parametrize(
    "name",
    [
        "../evil.py",
        "/evil.py",
        "task-executor-skill/../../evil.py",
        "task-pia-skill/SKILL.md",
        "a\\b",
        ".env",
    ],
)
def test_a_bundle_writes_nowhere_else(desk, server, name):
    server.answers["/api/agents/me/skill-bundle"].clear()
    server.says(bundle(**{name: "evil"}), to="/api/agents/me/skill-bundle")

    said = desk.run("enrol", CODE, **NO_ENV)

    assert "unusual place" in said.out
    assert {path.name for path in desk.home.rglob("*")} <= {".openmoss.json", "skills"}
    assert not list(desk.home.parent.rglob("evil*"))


def test_update_renews_the_skill_where_it_lies(desk, server):
    desk.run("enrol", CODE, **NO_ENV)
    skill = desk.home / "skills" / "task-executor-skill"
    (skill / "references" / "moves.md").write_text("Old moves.")
    server.says(desk.script.read_bytes(), to="/api/tools/cli")

    first = desk.run("update", **NO_ENV)
    (skill / "SKILL.md").write_text("Old")
    second = desk.run("update", **NO_ENV)

    assert (first.code, second.code) == (0, 0)
    assert (skill / "references" / "moves.md").read_text() == "Moves."
    assert "task-executor-skill updated." in second.out
    assert "ock_new" not in (skill / "SKILL.md").read_text()
    assert not desk.script.with_name("SKILL.md").exists()


def test_register_sends_a_token_with_other_letters_as_utf_8(desk, office):
    office.says(JOINED)

    said = desk.run(
        "register", "--name", "Erin", "--role", "executor", "--token", "schlüssel 东", "--no-save"
    )

    assert said.code == 0
    assert office.calls[0].headers["x-registration-token"] == "schlüssel 东".encode().decode("latin-1")
