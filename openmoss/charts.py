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


def columns(points: Sequence[tuple[str, int]], *, title: str, tone: str = "accent") -> SafeString:
    """Draw labelled values as columns, oldest first; each tells its label and value on hover."""
    top = max((value for _, value in points), default=0) or 1
    width = 300 / max(1, len(points))
    bars = format_html_join(
        "",
        '<g><title>{}: {}</title><rect class="hit" x="{}" y="0" width="{}" height="60"/>'
        '<rect x="{}" y="{}" width="{}" height="{}" rx="1.5"/></g>',
        (
            (
                label,
                value,
                round(place * width, 2),
                round(width, 2),
                round(place * width + width * 0.12, 2),
                round(60 - max(1.5, value / top * 58), 2),
                round(width * 0.76, 2),
                round(max(1.5, value / top * 58), 2),
            )
            for place, (label, value) in enumerate(points)
        ),
    )
    return format_html(
        '<svg class="columns" data-tone="{}" viewBox="0 0 300 60" role="img" aria-label="{}" '
        'preserveAspectRatio="none">{}</svg>',
        tone,
        title,
        bars,
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
