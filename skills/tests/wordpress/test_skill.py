"""The skill as an agent finds it: a page that is true, and a program that runs anywhere."""

from __future__ import annotations

import ast
import re
import shlex
import sys
from pathlib import Path

import pytest
import yaml

SKILL = Path(__file__).resolve().parents[2] / "wordpress-skill"
PAGE = (SKILL / "SKILL.md").read_text(encoding="utf-8")
CONNECT = (SKILL / "references" / "connect.md").read_text(encoding="utf-8")
PROGRAM = (SKILL / "wordpress-cli.py").read_text(encoding="utf-8")
LINES = re.findall(r"^python3 wordpress-cli\.py (.+)$", PAGE, re.M)


@pytest.fixture(scope="module")
def head() -> dict:
    """The front matter."""
    return yaml.safe_load(PAGE.split("---\n")[1])


def without_gaps(line: str) -> list[str]:
    return shlex.split(re.sub("<[a-z ]+>", "4", line))


def test_head_names_the_skill_and_what_it_needs(head):
    assert head["name"] == SKILL.name
    assert len(head["description"]) < 160
    assert len(head["compatibility"]) <= 500
    needs = head["metadata"]["openclaw"]
    assert needs["requires"]["bins"] == ["python3"]
    assert needs["primaryEnv"] == "WORDPRESS_APP_PASSWORD"


def test_every_setting_is_declared_and_explained(cli, head):
    declared = {each["name"]: each["required"] for each in head["metadata"]["openclaw"]["envVars"]}

    assert declared == dict.fromkeys(cli.NEEDED, True) | dict.fromkeys(cli.OPTIONAL, False)
    assert re.findall(r"^\| `(WORDPRESS_[A-Z_]+)` \|", CONNECT, re.M) == list(declared)


def test_page_is_short_enough_to_be_read_each_time():
    assert len(PAGE) / 4 < 5000
    assert len(PAGE.splitlines()) < 500


def test_every_command_line_is_one(cli):
    parser = cli.build_parser()

    assert len(set(LINES)) == len(LINES)
    for line in LINES:
        assert vars(parser.parse_args(without_gaps(line)))["command"], line


def test_every_command_and_option_is_there(cli):
    for command in cli.COMMANDS:
        lines = " ".join(line for line in LINES if line.startswith(f"{command.name} "))
        assert lines or command.name in LINES, command.name

    named = set(re.findall(r"--[a-z-]+", PAGE))
    assert {each.flag for command in cli.COMMANDS for each in command.args if each.flag[0] == "-"} <= named


def test_what_the_steps_and_cautions_name_exists(cli):
    steps = PAGE.split("## Publish a text")[1].split("## Commands")[0]
    commands = {command.name: {each.flag for each in command.args} for command in cli.COMMANDS}

    said = re.findall(r"`([a-z]+ [a-z]+)([^`]*)`", steps)
    assert len(said) > 5
    for name, rest in said:
        assert set(re.findall(r"--[a-z-]+", rest)) <= commands[name], name


def test_every_page_it_points_at_is_there():
    for name in re.findall(r"`(references/[^`]+)`", PAGE):
        assert (SKILL / name).is_file()


def test_nothing_in_it_belongs_to_one_site():
    for text in (PAGE, CONNECT, PROGRAM):
        hosts = set(re.findall(r"https?://([a-z0-9.-]+)", text))
        assert hosts <= {"example.org", "host"}


def test_program_is_python_3_8_and_needs_only_the_standard_library():
    tree = ast.parse(PROGRAM, feature_version=(3, 8))

    imported = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            imported |= {name.name.split(".")[0] for name in node.names}
        elif isinstance(node, ast.ImportFrom):
            imported.add(node.module.split(".")[0])
    assert imported <= sys.stdlib_module_names
