"""What only the dashboard shows: the river of work, the days, and shares of a whole with their legend."""

from django import template
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from openmoss import charts
from openmoss.templatetags.console import label, tone

register = template.Library()

STREAM = ("pending", "assigned", "in_progress", "review", "done")
# Where each side arm leaves the stream, and where it comes back: blocked work is freed, rework goes on.
ARMS = {"blocked": (228, 62), "rework": (362, 268)}
SERIES = {
    "created": (("created", "slate"), ("done", "emerald")),
    "reviews": (("approved", "emerald"), ("rejected", "orange")),
    "score": (("score", "accent"),),
    "requests": (("requests", "sky"),),
}


@register.simple_tag
def river(sub_tasks: dict[str, int], done_today: int) -> SafeString:
    """Return the river of work as a picture."""
    counts = sub_tasks | {"done": done_today}
    return charts.river(
        [(counts[status], tone(status)) for status in STREAM],
        [(counts[status], tone(status), *places) for status, places in ARMS.items()],
    )


@register.simple_tag
def reaches(sub_tasks: dict[str, int], done_today: int) -> list[dict]:
    """Return what the river is made of, each as a link with its number."""
    counts = sub_tasks | {"done": done_today}
    most = max([1, *(counts[status] for status in (*STREAM, *ARMS))])
    return [
        {
            "status": status,
            "count": counts[status],
            "url": f"{reverse('board')}#lane-{status}",
            "bar": charts.bar(counts[status], most, tone=tone(status)),
        }
        for status in (*STREAM, *ARMS)
    ]


@register.simple_tag
def by_day(days: list, what: str, title: str) -> SafeString:
    """Return columns of one trend, with the numbers of each day on hover."""
    names = {
        "created": _("created"),
        "done": _("done"),
        "approved": _("approved"),
        "rejected": _("sent back"),
        "score": _("net score"),
        "requests": _("calls"),
    }
    series = SERIES[what]
    return charts.groups(
        [(date_format(day.date, "D j M"), [getattr(day, name) for name, _hue in series]) for day in days],
        [(names[name], hue) for name, hue in series],
        title=title,
    )


@register.simple_tag
def parts(counts: dict[str, int], **other_words: str) -> list[dict]:
    """Return parts of a whole with label, hue, count and percentage; `other_words` rename a key for its looks."""
    total = sum(counts.values()) or 1
    return [
        {
            "label": label(other_words.get(key, key)),
            "tone": tone(other_words.get(key, key)),
            "count": count,
            "percent": round(100 * count / total),
        }
        for key, count in counts.items()
    ]


@register.filter
def as_shares(parts: list[dict]) -> list[tuple[str, int, str]]:
    """Return parts as the chart of shares takes them."""
    return [(part["label"], part["count"], part["tone"]) for part in parts]
