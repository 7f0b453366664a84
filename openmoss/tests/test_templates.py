"""What holds for every template: each string can be translated, and nothing is written inline."""

import re
from pathlib import Path

import pytest
from django.conf import settings

ROOT = Path(settings.BASE_DIR, "templates")
TEMPLATES = sorted(str(path.relative_to(ROOT)) for path in ROOT.rglob("*.html"))
# Names of keys, and words that are typed as they stand.
NOT_WORDS = {"Ctrl", "K", "API", "OpenMOSS"}

_BLOCK = re.compile(
    r"{%\s*(blocktranslate|comment|verbatim)\b.*?%}.*?{%\s*end\1\s*%}|{#.*?#}|<(script|style|code|kbd)\b.*?</\2>",
    re.S,
)
_TAG = re.compile(r"{%.*?%}|{{.*?}}", re.S)
_SAID = re.compile(r'\b(?:title|aria-label|placeholder|alt|content|data-label)="([^"]*)"')


def said_in(name: str) -> list[str]:
    """Return the words that stand in a template as they are."""
    text = _BLOCK.sub(" ", (ROOT / name).read_text())
    text = re.sub(r"{%\s*block body_class\s*%}.*?{%\s*endblock\s*%}", " ", text)
    text = _TAG.sub(" ", text)
    text = re.sub(r"<!doctype[^>]*>|<meta[^>]*>", " ", text, flags=re.I)
    spoken = [*_SAID.findall(text), re.sub(r"<[^>]*>", " ", text)]
    words = re.findall(r"[A-Za-z][A-Za-z'’]+", re.sub(r"&[a-z]+;", " ", " ".join(spoken)))
    return [word for word in words if word not in NOT_WORDS]


@pytest.mark.parametrize("name", TEMPLATES)
def test_every_word_can_be_translated(name):
    assert said_in(name) == []


@pytest.mark.parametrize("name", TEMPLATES)
def test_nothing_is_inline_and_nothing_comes_from_elsewhere(name):
    text = (ROOT / name).read_text()

    assert re.findall(r"<[^>]*\s(?:style|on[a-z]+|hx-on[a-z:-]*)=", text) == []
    assert re.findall(r"<(?:style|script)(?![^>]*\bsrc=)", text) == []
    assert re.findall(r'(?:src|href)="(?:https?:)?//', text) == []
    assert "|safe" not in text
    assert "autoescape off" not in text


@pytest.mark.parametrize("name", TEMPLATES)
def test_a_fragment_has_one_root_with_its_own_name(name):
    fragment = Path(name).stem
    if not fragment.startswith("_"):
        return
    text = _TAG.sub("", _BLOCK.sub(" ", (ROOT / name).read_text())).strip()
    root = re.match(r"<([a-z]+)\b", text)

    assert root, f"{name} begins with {text[:40]!r}"
    assert text.endswith((f"</{root[1]}>", "/>")) or root[1] in ("input", "img")
