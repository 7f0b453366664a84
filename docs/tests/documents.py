"""Reading the documents: their blocks and tables with the comment above each, their links and headings.

A comment above a fenced block or a table says what it is to the tests; readers do not see it:

    <!-- run -->                commands that must work, run in order against a server of their own
    <!-- not run: why -->       commands that no test can run; their syntax is checked
    <!-- from path/of/file -->  an excerpt that must stand in that file word for word
    <!-- table: name -->        a table that is compared with what it describes
"""

import re
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
DOCUMENTS = [ROOT / name for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md")] + sorted(
    (ROOT / "docs").glob("*.md")
)
SHELL = ("sh", "console")

_COMMENT = re.compile(r"<!-- (.+) -->")
_FENCE = re.compile(r"( *)(`{3,})(\w*)")


@dataclass(frozen=True)
class Block:
    """A fenced block: its language, its text and what the comment above says of it."""

    document: Path
    line: int
    language: str
    text: str
    mark: str

    @property
    def place(self) -> str:
        return f"{self.document.name}:{self.line}"


def name(document: Path) -> str:
    """Return a document's path as people write it."""
    return str(document.relative_to(ROOT))


def blocks(document: Path) -> list[Block]:
    """Return the fenced blocks of a document in their order."""
    found, fence, mark = [], "", ""
    for number, line in enumerate(document.read_text(encoding="utf-8").splitlines(), start=1):
        if not fence:
            if opening := _FENCE.match(line):
                indent, fence, language = opening.groups()
                start, text = number, []
            elif comment := _COMMENT.fullmatch(line.strip()):
                mark = comment[1]
            elif line.strip():
                mark = ""
        elif line.strip() == fence:
            found.append(Block(document, start, language, "\n".join(text), mark))
            fence, mark = "", ""
        else:
            text.append(line.removeprefix(indent))
    assert not fence, f"{name(document)}:{start}: the block has no end"
    return found


def prose(document: Path) -> list[tuple[int, str]]:
    """Return the lines outside the fenced blocks, with their numbers."""
    lines, fence = [], ""
    for number, line in enumerate(document.read_text(encoding="utf-8").splitlines(), start=1):
        if opening := _FENCE.match(line):
            fence = "" if line.strip() == fence else fence or opening[2]
        elif not fence:
            lines.append((number, line))
    return lines


def table(document: str, title: str) -> list[list[str]]:
    """Return the rows, without the heading, of all tables of this title in a document."""
    lines = (ROOT / document).read_text(encoding="utf-8").splitlines()
    rows: list[list[str]] = []
    for number, line in enumerate(lines):
        if line.strip() != f"<!-- table: {title} -->":
            continue
        body = lines[number + 1 :]
        while body and not body[0].strip():
            body = body[1:]
        for row in body[2:]:
            if not row.startswith("|"):
                break
            rows.append([cell.strip().replace(r"\|", "|") for cell in re.split(r"(?<!\\)\|", row)[1:-1]])
    assert rows, f"{document} has no table '{title}'"
    return rows


def code(cell: str) -> list[str]:
    """Return what stands in `backticks` in a cell."""
    return re.findall(r"`([^`]+)`", cell)
