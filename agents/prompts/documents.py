"""A prompt as a Markdown file: a head in YAML between lines of `---`, and below it the text itself."""

import re
from dataclasses import dataclass, field

import yaml

from openmoss.errors import Invalid

_HEAD = re.compile(r"---[ \t]*\n(.*?)^---[ \t]*(?:\n|\Z)", re.DOTALL | re.MULTILINE)
FIELDS = ("name", "role", "description", "created_at")


class _AsGiven(yaml.SafeDumper):
    """Writes without quotes what was read as text: `true` was perhaps meant as more, by whoever reads it."""

    yaml_implicit_resolvers = {}


@dataclass(frozen=True)
class Document:
    """The text of a prompt and what its head says about it."""

    body: str
    name: str = ""
    role: str = ""
    description: str = ""
    created_at: str = ""
    example: bool = False
    more: dict = field(default_factory=dict)  # fields of others

    def write(self) -> str:
        """Return the document as the text of a file."""
        ours = {name: getattr(self, name) for name in FIELDS if getattr(self, name)}
        if self.example:
            ours["example"] = True
        head = _dumped(ours, yaml.SafeDumper) + _dumped(self.more, _AsGiven)
        return f"---\n{head}---\n\n{self.body}\n" if head else f"{self.body}\n"


def _dumped(fields: dict, dumper: type) -> str:
    looks = {"allow_unicode": True, "sort_keys": False, "width": 1000}
    return yaml.dump(fields, Dumper=dumper, **looks) if fields else ""


def read(text: str) -> Document:
    """Return a document from any text; a head that cannot be read counts as part of the text."""
    try:
        return read_strictly(text)
    except Invalid:
        return Document(_plain(text))


def read_strictly(text: str) -> Document:
    """Return a document; raise Invalid for a head that cannot be read."""
    text = _plain(text)
    found = _HEAD.match(text)
    if not found:
        return Document(text)
    try:
        # This loader leaves every value the text that it is: `on` stays a name, and no date can be wrong.
        head = yaml.load(found[1], Loader=yaml.BaseLoader) or {}
    except (yaml.YAMLError, RecursionError) as error:
        place = getattr(error, "problem_mark", None)
        where = f" in line {place.line + 2}" if place else ""
        raise Invalid.field("text", f"The head between the --- lines is no YAML{where}.", hint=_HOW) from None
    if not isinstance(head, dict):
        raise Invalid.field("text", "The head between the --- lines names no fields.", hint=_HOW)
    given = {name: value for name in FIELDS if isinstance(value := head.get(name, ""), str)}
    example = head.get("example") in ("true", "True", "yes")
    more = {name: value for name, value in head.items() if name not in (*FIELDS, "example")}
    return Document(text[found.end() :].strip(), **given, example=example, more=more)


_HOW = "Write `name: value`, one a line; a value that holds `: ` needs quotes."


def _plain(text: str) -> str:
    return text.removeprefix("\ufeff").replace("\r\n", "\n").strip()
