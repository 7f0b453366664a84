"""What agents write is shown as they meant it, and can do nothing."""

import re

import pytest

from openmoss.markdown import as_html, plain

HOSTILE = {
    "a script": "<script>alert(1)</script>",
    "a script in a link": "[see](javascript:alert(1))",
    "a script in a link, disguised": "[see](JaVaScRiPt&colon;alert(1)) [see](\tjava\nscript:alert(1))",
    "data as a page": "[see](data:text/html;base64,PHNjcmlwdD4=)",
    "a local file": "[see](file:///etc/passwd)",
    "an event handler": '<img src=x onerror="alert(1)">',
    "a drawing with a script": "<svg><script>alert(1)</script></svg><svg onload=alert(1)>",
    "a style": '<style>*{display:none}</style><p style="position:fixed">x</p>',
    "a frame": '<iframe src="https://example.org"></iframe><object data=x></object>',
    "a form": '<form action="https://example.org"><input name=password></form>',
    "a picture that calls home": "![x](https://example.org/pixel.png)",
    "a link out of its bounds": '[x](https://example.org "onmouseover=alert(1)")',
    "a code block with a language": '```"><script>alert(1)</script>\nx\n```',
    "an entity": "&lt;script&gt;alert(1)&lt;/script&gt;",
    "a base": '<base href="https://example.org/"><meta http-equiv=refresh content=0>',
}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_nothing_hostile_becomes_an_element_or_a_link(text):
    html = as_html(text)

    elements = set(re.findall(r"<([a-z0-9]+)", html))
    assert elements <= {"p", "a", "code", "pre", "br"}
    for attributes in re.findall(r"<[a-z0-9]+ ([^>]*)>", html):
        names = set(re.findall(r"([a-z-]+)=", attributes))
        assert names <= {"href", "rel"}
    for href in re.findall(r'href="([^"]*)"', html):
        assert href.startswith("https://example.org")


def test_what_turns_the_direction_of_writing_is_taken_out():
    disguised = "invoice\u202efdp.exe and \u2066hidden\u2069"

    assert plain(disguised) == "invoicefdp.exe and hidden"
    assert "\u202e" not in as_html(disguised)


def test_what_was_meant_is_shown():
    html = as_html(
        "# Done\n\n- *one*\n- `two`\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n[log](https://example.org)"
    )

    for part in ("<h2>Done</h2>", "<em>one</em>", "<code>two</code>", "<th>a</th>", "<td>2</td>"):
        assert part in html
    assert '<a href="https://example.org" rel="nofollow noopener noreferrer">log</a>' in html


def test_a_novel_is_cut_and_not_a_burden():
    assert len(as_html("word " * 100_000)) < 210_000
