"""The SKILL.md of each role as a host reads it: its head, and how it begins."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

SKILLS = Path(__file__).resolve().parents[1]
PAGES = sorted(SKILLS.glob("task-*-skill/SKILL.md"))


def role(page: Path) -> str:
    return page.parent.name.split("-")[1]


def test_there_is_one_for_each_role():
    assert [role(page) for page in PAGES] == ["executor", "patrol", "planner", "reviewer"]


@pytest.mark.parametrize("page", PAGES, ids=role)
def test_it_begins_with_waking_up(page):
    text = page.read_text(encoding="utf-8")

    assert text.split("## Your round")[1].lstrip().startswith("1. `wake`: ")
    assert text.split("```\n")[1].startswith("wake\n")


@pytest.mark.parametrize("page", PAGES, ids=role)
def test_head_is_plain_yaml_and_short(page):
    _, head, _ = page.read_text(encoding="utf-8").split("---\n", 2)
    fields = dict(line.split(": ", 1) for line in head.splitlines())
    wants = json.loads(fields["metadata"])["openclaw"]

    assert fields["name"] == page.parent.name
    assert ": " not in fields["description"]  # unquoted, it would be no YAML
    assert len(fields["description"]) < 160  # it stands in the prompt of every turn
    assert re.fullmatch("[0-9]+[.][0-9]+[.][0-9]+", fields["version"])
    assert wants["requires"] == {"bins": ["python3"]}
    assert {each["name"] for each in wants["envVars"]} == {"OPENMOSS_URL", "OPENMOSS_API_KEY"}
