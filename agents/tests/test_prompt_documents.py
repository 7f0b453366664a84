"""Prompts as files: what stands in the head and what below it, however it was written."""

import pytest

from agents.prompts.documents import Document, read, read_strictly
from agents.prompts.library import FOLDERS, ONBOARDING, TEMPLATES, shipped
from agents.prompts.onboarding import without_onboarding
from openmoss.access import Role
from openmoss.errors import Invalid

WHOLE = """---
name: Backend developer
role: executor
description: 'APIs: and databases'
created_at: 2026-03-01
example: true
---

# Backend

Write server code.
"""


def test_a_head_says_who_it_is_for():
    document = read(WHOLE)

    assert document == Document(
        body="# Backend\n\nWrite server code.",
        name="Backend developer",
        role="executor",
        description="APIs: and databases",
        created_at="2026-03-01",
        example=True,
    )


@pytest.mark.parametrize(
    "document",
    [
        read(WHOLE),
        Document("Only text"),
        Document("---\nno head, but a line", name="x"),
        Document("Text", name="yes", role="executor", description="a: b # c", created_at="2026-13-45"),
        Document("Text", name="小科", description="Zeile 🔧 " * 40),
        Document("Text\n\n---\n\nmore", name="007"),
        Document(
            "Text", name="x", more={"tools": ["a: b", "", "007"], "on": {"---": "true\n---\n"}, "é": ""}
        ),
    ],
)
def test_what_is_written_is_read_again(document):
    assert read(document.write()) == document


def test_fields_of_others_are_written_as_they_were():
    head = (
        "name: x\nmodel: gpt-x\ntemperature: 0.2\nfast: true\nsince: 2026-03-01\ntools:\n- search\n- '#1'\n"
    )

    assert read(f"---\n{head}---\nText").write() == f"---\n{head}---\n\nText\n"


@pytest.mark.parametrize(
    "text",
    ["\ufeff" + WHOLE, WHOLE.replace("\n", "\r\n"), f"\n\n{WHOLE}\n\n", WHOLE.replace("---\n", "---  \n")],
    ids=["byte order mark", "Windows", "empty lines", "trailing space"],
)
def test_how_a_file_was_saved_makes_no_difference(text):
    assert read(text) == read(WHOLE)


@pytest.mark.parametrize(
    "text",
    [
        "No head at all.",
        "---\nname: a\nno end",
        "---\nname: [\n---\nText",
        "---\n- a list\n---\nText",
        "---\nname: a: b\n---\nText",
        "---\n" + "[" * 5000 + "\n---\nText",
        "Text\n---\nname: x\n---\n",
    ],
    ids=lambda text: text[:20],
)
def test_a_head_that_cannot_be_read_is_left_where_it_is(text):
    assert read(text) == Document(text.strip())


@pytest.mark.parametrize("head", ["name: [", "name: a: b", "- a list", "just words"])
def test_who_saves_such_a_head_is_told(head):
    with pytest.raises(Invalid) as refused:
        read_strictly(f"---\n{head}\n---\nText")

    assert list(refused.value.fields) == ["text"]
    assert "head" in refused.value.detail
    assert refused.value.hint


def test_a_faulty_line_is_named():
    with pytest.raises(Invalid, match="line 3"):
        read_strictly("---\nname: a\ndescription: b: c\n---\nText")


@pytest.mark.parametrize("value", ["[1, 2]", "{a: b}", "[&x [1], *x, *x]"])
def test_a_value_that_is_no_text_counts_as_none(value):
    assert read(f"---\nname: {value}\nrole: executor\n---\nText") == Document("Text", role="executor")


PART = "## 🔧 平台对接\n\nToken: abc\n\n```bash\n# register\ncurl x\n```\n\n### Next\nMore"
OLD = f"# Xiaoke\n\nYou run the site.\n\n---\n\n{PART}"


def test_the_onboarding_part_of_an_earlier_console_is_left_out():
    assert without_onboarding(OLD) == "# Xiaoke\n\nYou run the site."


def test_what_stands_below_it_stays():
    assert without_onboarding(f"{OLD}\n\n## Style\n\nBe brief.") == (
        "# Xiaoke\n\nYou run the site.\n\n## Style\n\nBe brief."
    )


@pytest.mark.parametrize(
    "text", ["Text", "Text\n\n---", "A\n\n---\n\n## B", "```\n## 🔧 平台对接\n```", "About ## 🔧 平台对接"]
)
def test_a_prompt_without_such_a_part_is_left_alone(text):
    assert without_onboarding(text) == text


def test_the_shipped_library_is_sound():
    roles = {f"{role}-" for role in Role.values}

    for kind in FOLDERS:
        assert shipped(kind), kind
    assert set(shipped("template")) == set(TEMPLATES.values())
    assert ONBOARDING in shipped("tool")
    for slug, text in shipped("agent").items():
        document = read_strictly(text)
        assert document.name, slug
        assert document.description, slug
        assert document.created_at, slug
        assert document.example, slug
        assert slug.startswith(f"{document.role}-"), slug
        assert slug.startswith(tuple(roles)), slug
