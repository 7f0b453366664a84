"""Small pictures of numbers, drawn by the server: no script, no inline style, colours by hue."""

from collections.abc import Sequence
from itertools import pairwise

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

WIDTH, HEIGHT = 120, 28


def sparkline(values: Sequence[int], *, title: str, tone: str = "accent") -> SafeString:
    """Draw a line of values, oldest first."""
    if len(values) < 2:
        values = [*values, *values, 0, 0][:2]
    low, high = min(0, *values), max(*values, 1)
    step = (WIDTH - 4) / (len(values) - 1)
    points = [
        (round(2 + place * step, 1), round(HEIGHT - 3 - (value - low) / (high - low) * (HEIGHT - 6), 1))
        for place, value in enumerate(values)
    ]
    line = " ".join(f"{x},{y}" for x, y in points)
    return format_html(
        '<svg class="spark" data-tone="{}" viewBox="0 0 {} {}" role="img" aria-label="{}" '
        'preserveAspectRatio="none"><polygon points="2,{} {} {},{}"/><polyline points="{}"/></svg>',
        tone,
        WIDTH,
        HEIGHT,
        title,
        HEIGHT - 2,
        line,
        WIDTH - 2,
        HEIGHT - 2,
        line,
    )


def shares(parts: Sequence[tuple[str, int, str]], *, title: str) -> SafeString:
    """Draw parts of a whole (label, count, hue) as one stacked bar."""
    parts = [part for part in parts if part[1]]
    total = sum(count for _, count, _ in parts) or 1
    edges = [0.0]
    for _, count, _ in parts:
        edges.append(edges[-1] + count / total * 300)
    bars = format_html_join(
        "",
        '<rect data-tone="{}" x="{}" y="0" width="{}" height="8"><title>{}: {}</title></rect>',
        (
            (hue, round(start, 2), round(max(0.5, end - start - 1), 2), label, count)
            for (label, count, hue), (start, end) in zip(parts, pairwise(edges), strict=True)
        ),
    )
    return format_html(
        '<svg class="shares" viewBox="0 0 300 8" role="img" aria-label="{}" '
        'preserveAspectRatio="none">{}</svg>',
        title,
        bars,
    )


def beats(heard: Sequence[bool], *, title: str, tone: str = "accent") -> SafeString:
    """Draw stretches of time of the same length, oldest first: a stroke where something was heard of somebody."""
    strokes = "".join(f"M{place * 3 + 1.5} 1v14" for place, is_heard in enumerate(heard) if is_heard)
    return format_html(
        '<svg class="beats" data-tone="{}" viewBox="0 0 {} 16" role="img" aria-label="{}" '
        'preserveAspectRatio="none"><title>{}</title><path class="rest" d="M0 15.5h{}"/><path d="{}"/></svg>',
        tone,
        len(heard) * 3,
        title,
        title,
        len(heard) * 3,
        strokes,
    )


def groups(
    points: Sequence[tuple[str, Sequence[int]]], series: Sequence[tuple[str, str]], *, title: str
) -> SafeString:
    """Draw for each label one bar per series (name, hue), side by side on a line that stands for nothing."""
    values = [value for _, numbers in points for value in numbers]
    low, high = min(0, *values), max(0, *values)
    scale = 56 / ((high - low) or 1)
    zero = 2 + high * scale
    width = 300 / max(1, len(points))
    bar = width * 0.76 / len(series)
    return format_html(
        '<svg class="columns" viewBox="0 0 300 60" role="img" aria-label="{}" preserveAspectRatio="none">'
        '<line x1="0" x2="300" y1="{}" y2="{}"/>{}</svg>',
        title,
        round(zero, 2),
        round(zero, 2),
        format_html_join(
            "",
            '<g><title>{}: {}</title><rect class="hit" x="{}" y="0" width="{}" height="60"/>{}</g>',
            (
                (
                    label,
                    ", ".join(f"{name} {value}" for (name, _), value in zip(series, numbers, strict=True)),
                    round(place * width, 2),
                    round(width, 2),
                    _bars(
                        numbers, series, left=place * width + width * 0.12, width=bar, zero=zero, scale=scale
                    ),
                )
                for place, (label, numbers) in enumerate(points)
            ),
        ),
    )


def _bars(numbers, series, *, left: float, width: float, zero: float, scale: float) -> SafeString:
    return format_html_join(
        "",
        '<rect data-tone="{}" x="{}" y="{}" width="{}" height="{}"/>',
        (
            (
                hue,
                round(left + place * width, 2),
                round(zero - max(0, value) * scale, 2),
                round(width * 0.92, 2),
                round(max(1.5, abs(value) * scale), 2),
            )
            for place, ((_, hue), value) in enumerate(zip(series, numbers, strict=True))
            if value
        ),
    )


# A river's bed: where its middle flows, and how deep its side arms reach down.
BED, WIDEST, DEEPEST = 44, 72, 128


def river(stream: Sequence[tuple[int, str]], arms: Sequence[tuple[int, str, int, int]]) -> SafeString:
    """Draw counts as a stream that is as wide as they are, and side arms below it.

    The stream is a row of (count, hue), each 100 wide; an arm is (count, hue, where it leaves, where it comes
    back). It is decoration: the numbers stand beside it, as links.
    """
    most = max([1, *(count for count, *_ in (*stream, *arms))])
    widths = [max(1.5, count / most * WIDEST) for count, _ in stream]
    edges = [widths[0], *((one + next) / 2 for one, next in pairwise(widths)), widths[-1]]
    parts = [
        (
            "stream" if count else "stream dry",
            hue,
            _reach(place * 100, edges[place], widths[place], edges[place + 1]),
        )
        for place, (count, hue) in enumerate(stream)
    ]
    bends = [
        (
            "arm" if count else "arm dry",
            hue,
            f"M{leaves} {BED}C{leaves} {DEEPEST},{back} {DEEPEST},{back} {BED}",
            round(max(1.5, count / most * WIDEST / 2), 1),
        )
        for count, hue, leaves, back in arms
    ]
    return format_html(
        '<svg class="stream" viewBox="0 0 {} {}" preserveAspectRatio="none" aria-hidden="true">{}{}</svg>',
        100 * len(stream),
        DEEPEST,
        format_html_join("", '<path class="{}" data-tone="{}" d="{}" stroke-width="{}"/>', bends),
        format_html_join("", '<path class="{}" data-tone="{}" d="{}"/>', parts),
    )


def _reach(left: float, begins: float, middle: float, ends: float) -> str:
    """Return the outline of one reach of a stream, from its left edge over its middle to its right one."""
    points = [(left, begins), (left + 50, middle), (left + 100, ends)]
    upper = [(x, round(BED - width / 2, 1)) for x, width in points]
    lower = [(x, round(BED + width / 2, 1)) for x, width in reversed(points)]
    return f"M{upper[0][0]} {upper[0][1]}{_bank(upper)}L{lower[0][0]} {lower[0][1]}{_bank(lower)}Z"


def _bank(points: Sequence[tuple[float, float]]) -> str:
    return "".join(
        f"C{(x + to_x) / 2} {y},{(x + to_x) / 2} {to_y},{to_x} {to_y}"
        for (x, y), (to_x, to_y) in pairwise(points)
    )


def bar(count: int, most: int, *, tone: str) -> SafeString:
    """Draw one count beside the largest one; decoration, as the number stands beside it."""
    return format_html(
        '<svg class="bar" data-tone="{}" viewBox="0 0 100 6" preserveAspectRatio="none" aria-hidden="true">'
        '<rect width="{}" height="6"/></svg>',
        tone,
        round(100 * count / max(1, most), 1) or 0.5,
    )
