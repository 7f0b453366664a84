"""Links lead somewhere: to a file that is there, and to a heading that is in it."""

import re
from pathlib import Path
from xml.etree import ElementTree

import pytest

from docs.tests.documents import DOCUMENTS, ROOT, blocks, name, prose

_LINK = re.compile(r"\]\(([^)\s]+)\)|<img [^>]*src=\"([^\"]+)\"")


def anchors(document: Path) -> set[str]:
    """Return the anchors that GitHub makes of a document's headings."""
    found: set[str] = set()
    for _, line in prose(document):
        if heading := re.fullmatch(r"#{1,6} (.+)", line):
            words = re.sub(r"`|\*|\[([^\]]*)\]\([^)]*\)", r"\1", heading[1]).strip().lower()
            slug = re.sub(r"[^\w\- ]", "", words).replace(" ", "-")
            count = sum(1 for anchor in found if re.fullmatch(rf"{re.escape(slug)}(-\d+)?", anchor))
            found.add(f"{slug}-{count}" if count else slug)
    return found


@pytest.mark.parametrize("document", DOCUMENTS, ids=name)
def test_every_link_inside_the_project_leads_somewhere(document):
    broken = []
    for number, line in prose(document):
        for link in _LINK.finditer(line):
            target = link[1] or link[2]
            if re.match(r"\w+:", target):
                continue
            path, _, anchor = target.partition("#")
            file = (document.parent / path).resolve() if path else document
            if not file.exists() or ROOT not in [file, *file.parents]:
                broken.append(f"{name(document)}:{number}: there is no {path}")
            elif anchor and anchor not in anchors(file):
                broken.append(f"{name(document)}:{number}: {file.name} has no heading #{anchor}")

    assert broken == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=name)
def test_every_file_that_is_named_in_a_path_exists(document):
    """`tasks/workflow.py` in backticks is a promise too; names with a wildcard or a gap are not."""
    paths = {
        path
        for _, line in prose(document)
        for path in re.findall(r"`([\w.-]+(?:/[\w.-]+)+\.(?:py|md|sh|svg|toml|yaml|lock))`", line)
    }

    assert {path for path in paths if not (ROOT / path).exists()} == set()


def test_the_picture_is_sound_and_needs_nothing_from_elsewhere():
    picture = (ROOT / "docs" / "loop.svg").read_text()

    root = ElementTree.fromstring(picture)

    assert root.find("{http://www.w3.org/2000/svg}title").text
    assert set(re.findall(r"https?://[^\"' ]+", picture)) == {"http://www.w3.org/2000/svg"}
    assert "<script" not in picture


@pytest.mark.parametrize("document", DOCUMENTS, ids=name)
def test_nothing_names_a_machine_of_ours(document):
    text = document.read_text() + "".join(block.mark for block in blocks(document))

    assert re.findall(r"/(?:work|tmp|root|opt)/[\w.-]+", text) == []
