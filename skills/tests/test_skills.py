"""The SKILL.md of each role: every command in it exists, and it begins with waking up."""

from __future__ import annotations

import importlib.util
import re
import shlex
from pathlib import Path

import pytest

SKILLS = Path(__file__).resolve().parents[1]
NO_COMMANDS = {"heartbeat", "recurring"}  # a field, a type
PAGES = sorted(SKILLS.glob("task-*-skill/SKILL.md"))


@pytest.fixture(scope="module")
def parser():
    """The CLI's own parser."""
    spec = importlib.util.spec_from_file_location("task_cli", SKILLS / "task-cli.py")
    cli = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(cli)
    return cli.build_parser()


def role(page: Path) -> str:
    return page.parent.name.split("-")[1]


def test_there_is_one_for_each_role():
    assert [role(page) for page in PAGES] == ["executor", "patrol", "planner", "reviewer"]


@pytest.mark.parametrize("page", PAGES, ids=role)
def test_every_command_line_is_one(parser, page):
    lines = re.findall(r"^python task-cli\.py (.+)$", page.read_text(encoding="utf-8"), re.M)

    assert lines[0] == "wake"
    assert len(set(lines)) == len(lines) > 10
    for line in lines:
        example = re.sub("<[a-z_]+_id>", "4e9c3c4e", line)
        assert vars(parser.parse_args(shlex.split(example)))["command"], line


@pytest.mark.parametrize("page", PAGES, ids=role)
def test_every_command_of_the_round_is_listed(page):
    text = page.read_text(encoding="utf-8")
    steps = text.split("## Your round")[1].split("## Commands")[0]
    listed = re.findall(r"^python task-cli\.py (.+)$", text, re.M)

    assert steps.lstrip().startswith("1. `wake`")
    for said in set(re.findall(r"`([a-z]+(?: [a-z]+)*)[^`]*`", steps)) - NO_COMMANDS:
        # A command, or a kind of log entry.
        assert any(f"{line} ".startswith((f"{said} ", f"log create {said} ")) for line in listed), said


@pytest.mark.parametrize("page", PAGES, ids=role)
def test_head_is_plain_yaml_and_short(page):
    _, head, _ = page.read_text(encoding="utf-8").split("---\n", 2)
    fields = dict(line.split(": ", 1) for line in head.splitlines())

    assert fields["name"] == page.parent.name
    assert ": " not in fields["description"]  # unquoted, it would be no YAML
    assert len(fields["description"]) < 160  # it stands in the prompt of every turn
