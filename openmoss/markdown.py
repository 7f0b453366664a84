"""Markdown that somebody else wrote, made harmless."""

from functools import lru_cache

import nh3
from django.utils.safestring import SafeString, mark_safe
from markdown_it import MarkdownIt

LONGEST = 200_000
# Live pages show the same short texts again and again, and reading Markdown costs more than anything else there.
REMEMBERED = 4_000
# Turns the direction of writing for what follows: with it, text reads as something else than it is.
DIRECTIONS = dict.fromkeys(
    map(ord, "\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u061c")
)

_MARKDOWN = MarkdownIt("commonmark", {"html": False, "linkify": False}).enable(["table", "strikethrough"])
_TAGS = {
    *("p", "br", "hr", "h2", "h3", "h4", "h5", "h6", "blockquote", "pre", "code", "em", "strong", "s"),
    *("ul", "ol", "li", "table", "thead", "tbody", "tr", "th", "td", "a"),
}


def _one_lower(state) -> None:
    """Let headings begin one lower: the first belongs to the page."""
    for token in state.tokens:
        if token.type in ("heading_open", "heading_close"):
            token.tag = f"h{min(int(token.tag[1]) + 1, 6)}"


_MARKDOWN.core.ruler.push("one_lower", _one_lower)


def as_html(text: str) -> SafeString:
    """Return Markdown as HTML that can hold no script, no style, no picture and no link but to the web."""
    return _remembered(text) if len(text) <= REMEMBERED else _as_html(text)


def _as_html(text: str) -> SafeString:
    html = _MARKDOWN.render(plain(text[:LONGEST]))
    return mark_safe(
        nh3.clean(
            html,
            tags=_TAGS,
            attributes={"*": set(), "a": {"href"}, "ol": {"start"}},
            url_schemes={"http", "https", "mailto"},
            link_rel="nofollow noopener noreferrer",
        )
    )


_remembered = lru_cache(maxsize=2000)(_as_html)


def plain(text: str) -> str:
    """Return a text without the marks that turn the direction of writing."""
    return text.translate(DIRECTIONS)
