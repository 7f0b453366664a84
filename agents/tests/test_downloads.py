"""The skill and the command line tool, as this server hands them out."""

import ast
import io
import json
import subprocess
import sys
import zipfile

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


@pytest.mark.parametrize("key", ["", "Bearer ock_" + "0" * 40, "nonsense"])
def test_the_tool_needs_no_key_for_it_holds_no_secret(site, client, key):
    answer = client.get("/api/tools/cli", headers={"Authorization": key} if key else {})

    assert answer.status_code == 200
    assert base_url(answer.content.decode()) == "http://testserver"
    assert site.registration_token not in answer.content.decode()
    assert "ock_" + "0" * 40 not in answer.content.decode()


def unpacked(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert archive.testzip() is None
        return {name: archive.read(name) for name in archive.namelist()}


@pytest.fixture
def skills(settings, tmp_path):
    """Skills of our own: an executor's with references, and what does not belong to one."""
    folder = tmp_path / "skills" / "task-executor-skill"
    (folder / "references").mkdir(parents=True)
    (folder / "tests").mkdir()
    (folder / "__pycache__").mkdir()
    (folder / "SKILL.md").write_text("---\nname: x\n---\nKey: <API_KEY>")
    (folder / "references" / "moves.md").write_text("<API_KEY> is never filled in here")
    for hidden in (".env", "tests/test_x.py", "__pycache__/x.pyc"):
        (folder / hidden).write_text("hidden")
    settings.BASE_DIR = tmp_path
    return folder


def test_the_whole_skill_comes_as_one_zip(skills, erin):
    answer = erin.get("/api/agents/me/skill-bundle")

    files = unpacked(answer.content)
    assert answer["Content-Type"] == "application/zip"
    assert 'filename="task-executor-skill.zip"' in answer["Content-Disposition"]
    assert set(files) == {
        "task-executor-skill/SKILL.md",
        "task-executor-skill/references/moves.md",
        "task-executor-skill/task-cli.py",
    }
    assert files["task-executor-skill/SKILL.md"].decode().endswith(f"Key: {erin.key}")
    assert b"<API_KEY>" in files["task-executor-skill/references/moves.md"]
    tool = files["task-executor-skill/task-cli.py"].decode()
    assert base_url(tool) == "http://testserver"
    assert erin.key not in tool


@pytest.mark.parametrize("who", ["pia", "erin", "rita", "pat"])
def test_each_role_gets_its_own_bundle(request, who):
    caller = request.getfixturevalue(who)

    files = unpacked(caller.get("/api/agents/me/skill-bundle").content)

    assert {name.split("/")[0] for name in files} == {f"task-{caller.agent.role}-skill"}
    assert caller.get("/api/agents/me/skill").content == files[f"task-{caller.agent.role}-skill/SKILL.md"]


def test_the_same_skill_is_the_same_bytes_and_not_sent_again(skills, erin):
    first = erin.get("/api/agents/me/skill-bundle")
    later = erin.get("/api/agents/me/skill-bundle")
    again = erin.raw("get", "/api/agents/me/skill-bundle", b"", **{"If-None-Match": first["ETag"]})

    assert first.content == later.content
    assert (again.status_code, again.content, again["ETag"]) == (304, b"", first["ETag"])


def test_a_changed_skill_is_sent_again(skills, erin):
    first = erin.get("/api/agents/me/skill-bundle")

    (skills / "references" / "moves.md").write_text("New words")
    again = erin.raw("get", "/api/agents/me/skill-bundle", b"", **{"If-None-Match": first["ETag"]})

    assert again.status_code == 200
    assert b"New words" in again.content


def test_a_bundle_of_another_is_not_the_same(erin, ed, client):
    etags = {caller.get("/api/agents/me/skill-bundle")["ETag"] for caller in (erin, ed)}

    assert len(etags) == 2
    assert client.get("/api/agents/me/skill-bundle").status_code == 401


def pack(*words, to) -> dict[str, dict[str, bytes]]:
    script = BASE_DIR / "skills" / "pack-skills.py"
    subprocess.run([sys.executable, script, "--to", to, *words], check=True, capture_output=True, cwd="/")
    return {file.name: unpacked(file.read_bytes()) for file in to.iterdir()}


def test_the_skills_are_packed_without_anybodys_key(tmp_path):
    left = tmp_path / "dist" / "old.zip"
    left.parent.mkdir()
    left.write_text("old")

    packed = pack(to=left.parent)

    assert set(packed) == {f"task-{role}-skill.zip" for role in ("planner", "executor", "reviewer", "patrol")}
    for file, files in packed.items():
        name = file.removesuffix(".zip")
        shipped = (BASE_DIR / "skills" / name / "SKILL.md").read_bytes()
        assert files[f"{name}/SKILL.md"] == shipped
        assert b"<API_KEY>" in shipped
        assert files[f"{name}/task-cli.py"] == CLI.read_bytes()


def test_the_other_skills_are_packed_too_when_asked(tmp_path):
    packed = pack("--all", to=tmp_path / "dist")

    others = {file.parent.name for file in (BASE_DIR / "skills").glob("*/SKILL.md")}
    assert set(packed) == {f"{name}.zip" for name in others}
    for name in others:
        tool = f"{name}/task-cli.py" in packed[f"{name}.zip"]
        assert tool == name.startswith("task-")
