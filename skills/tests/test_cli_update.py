"""`update`: a new file only when it was seen to run, never a broken one, never a dead address."""

from __future__ import annotations

import os
import stat

import pytest

SKILL = "---\nname: executor\n---\nWork.\n"


@pytest.fixture
def offer(desk, office):
    """Let the office hand out a CLI, this one as version 4 unless told otherwise, and a skill."""

    def offer_(text: str | None = None, version: int = 4, url: str = office.url, skill: str = SKILL) -> str:
        if text is None:
            text = desk.script.read_text().replace("CLI_VERSION = 3", f"CLI_VERSION = {version}", 1)
            text = text.replace('"http://127.0.0.1:6565"', f'"{url}"', 1)
        office.says(text.encode(), to="/api/tools/cli")
        office.says(skill.encode(), to="/api/agents/me/skill")
        return text

    return offer_


def beside(desk) -> set[str]:
    return {entry.name for entry in desk.script.parent.iterdir()}


def test_newer_file_replaces_this_one_and_keeps_it_as_backup(desk, office, offer):
    desk.script.chmod(0o750)
    old, new = desk.script.read_text(), offer()

    said = desk.run("update")

    assert (said.code, said.err) == (0, "")
    assert "CLI updated to version 4" in said.out
    assert "SKILL.md updated." in said.out
    assert desk.script.read_text() == new
    assert desk.script.with_name("task-cli.py.bak").read_text() == old
    assert stat.S_IMODE(desk.script.stat().st_mode) == 0o750
    assert desk.script.with_name("SKILL.md").read_text() == SKILL
    assert beside(desk) == {"task-cli.py", "task-cli.py.bak", "SKILL.md"}
    assert desk.run("version").out == "4\n"
    assert all(call.headers["authorization"] == "Bearer ock_erin" for call in office.calls)


def test_same_file_is_current(desk, office, offer):
    offer()
    desk.run("update")

    said = desk.run("update")

    assert said.code == 0
    assert said.out == "CLI is current: version 4.\nSKILL.md is current.\n"


BROKEN = {
    "bad Python": lambda text: text.replace("def main", "def def main"),
    "cut in a line": lambda text: text[: len(text) // 2],
    "cut between lines": lambda text: text[: text.index('if __name__ == "__main__":')],
    "no version": lambda text: text.replace("CLI_VERSION = 4", "CLI_VERSION = four"),
    "no address": lambda text: text.replace("BASE_URL = ", "BASE_ADDRESS = ", 1),
    "another program": lambda text: "print('hello')\n",
    "a page": lambda text: "<html>Welcome</html>",
    "empty": lambda text: "",
    "crashes": lambda text: text.replace("import argparse", "import argparse_that_is_not_there", 1),
    "lies": lambda text: text.replace("return [str(CLI_VERSION)]", "return ['5']"),
    "huge": lambda text: text + "#" * 1024 * 1024,
}


@pytest.mark.parametrize("how", BROKEN)
def test_broken_file_is_not_taken(desk, office, offer, how):
    before = desk.script.read_text()
    offer(BROKEN[how](before.replace("CLI_VERSION = 3", "CLI_VERSION = 4", 1)))

    said = desk.run("update")

    assert said.code == 1
    assert said.out.splitlines()[0].startswith("CLI was not updated: ")
    assert len(said.out.splitlines()) == 2
    assert desk.script.read_text() == before
    assert beside(desk) == {"task-cli.py", "SKILL.md"}


def test_older_file_is_taken_only_when_forced(desk, office, offer):
    before = desk.script.read_text()
    older = offer(version=2)

    said = desk.run("update")

    assert said.code == 1
    assert "the server has version 2, this is 3" in said.out
    assert desk.script.read_text() == before

    said = desk.run("update", "--force")

    assert said.code == 0
    assert desk.script.read_text() == older


def test_address_where_nobody_answers_is_not_taken(desk, office, offer):
    offer(url="http://127.0.0.1:1")

    said = desk.run("update")

    assert said.code == 0
    assert "http://127.0.0.1:1, where nothing answers" in said.out
    assert f'\nBASE_URL = "{office.url}"\n' in desk.script.read_text()


def test_address_that_answers_is_taken_without_showing_it_the_key(desk, office, offer, open_office):
    moved = open_office()
    offer(url=moved.url)

    said = desk.run("update")

    assert said.code == 0
    assert f'\nBASE_URL = "{moved.url}"\n' in desk.script.read_text()
    (call,) = moved.calls
    assert call.path == "/api/health"
    assert "authorization" not in call.headers


def test_server_that_refuses_changes_nothing(desk, office):
    before = desk.script.read_text()
    office.says({"code": "forbidden", "detail": "You are disabled.", "hint": "Ask the admin."}, status=403)

    said = desk.run("update")

    assert said.code == 1
    assert said.out == (
        "CLI was not updated: You are disabled. Ask the admin.\n"
        "SKILL.md was not updated: You are disabled. Ask the admin.\n"
    )
    assert desk.script.read_text() == before
    assert beside(desk) == {"task-cli.py"}


def test_skill_that_fails_does_not_undo_the_cli(desk, office, offer):
    offer(skill="<html>Welcome</html>")
    skill = desk.script.with_name("SKILL.md")
    skill.write_text("mine")

    said = desk.run("update")

    assert said.code == 0
    assert "CLI updated" in said.out
    assert "SKILL.md was not updated" in said.out
    assert skill.read_text() == "mine"


def test_skill_keeps_its_mode_and_a_backup_and_is_private_when_new(desk, office, offer):
    offer()
    skill = desk.script.with_name("SKILL.md")
    desk.run("update")
    assert stat.S_IMODE(skill.stat().st_mode) == 0o600

    skill.write_text("mine")
    skill.chmod(0o640)
    desk.run("update")

    assert skill.read_text() == SKILL
    assert skill.with_name("SKILL.md.bak").read_text() == "mine"
    assert {stat.S_IMODE(file.stat().st_mode) for file in (skill, skill.with_name("SKILL.md.bak"))} == {0o640}


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write anywhere")
def test_folder_that_cannot_be_written_is_one_sentence(desk, office, offer):
    offer()
    desk.script.parent.chmod(0o500)

    said = desk.run("update")
    desk.script.parent.chmod(0o700)

    assert said.code == 1
    assert "CLI was not updated: " in said.out


def test_link_to_the_script_stays_a_link(desk, office, offer):
    new = offer()
    link = desk.home / "moss.py"
    link.symlink_to(desk.script)
    target, desk.script = desk.script, link

    said = desk.run("update")

    assert said.code == 0
    assert link.is_symlink()
    assert target.read_text() == new
