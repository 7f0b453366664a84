"""How the console shows what the domain says: statuses, roles, times, scores and small charts."""

from datetime import date, datetime, timedelta
from functools import lru_cache

from django import template
from django.templatetags.static import static
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from openmoss import charts, markdown
from openmoss.durations import in_words

register = template.Library()

# The one place that says how a word of the domain looks: its label, its hue and its glyph.
_LOOKS = {
    # sub-tasks
    "pending": (gettext_lazy("pending"), "slate", "circle"),
    "assigned": (gettext_lazy("assigned"), "indigo", "circle-dot"),
    "in_progress": (gettext_lazy("in progress"), "sky", "circle-half"),
    "review": (gettext_lazy("in review"), "amber", "eye"),
    "rework": (gettext_lazy("rework"), "orange", "return"),
    "blocked": (gettext_lazy("blocked"), "rose", "bar"),
    "done": (gettext_lazy("done"), "emerald", "check"),
    "cancelled": (gettext_lazy("cancelled"), "stone", "cross"),
    # tasks
    "planning": (gettext_lazy("planning"), "slate", "circle"),
    "active": (gettext_lazy("active"), "amber", "circle-dot"),
    "completed": (gettext_lazy("completed"), "emerald", "check"),
    "archived": (gettext_lazy("archived"), "stone", "bar"),
    # agents
    "working": (gettext_lazy("active"), "emerald", "circle-dot"),
    "disabled": (gettext_lazy("disabled"), "rose", "bar"),
    "retired": (gettext_lazy("retired"), "stone", "cross"),
    # roles, and who else acts
    "planner": (gettext_lazy("planner"), "violet", "plan"),
    "executor": (gettext_lazy("executor"), "sky", "tool"),
    "reviewer": (gettext_lazy("reviewer"), "amber", "eye"),
    "patrol": (gettext_lazy("patrol"), "teal", "shield"),
    "admin": (gettext_lazy("person"), "slate", "person"),
    "clock": (gettext_lazy("clock"), "slate", "clock"),
    # verdicts
    "approved": (gettext_lazy("approved"), "emerald", "check"),
    "rejected": (gettext_lazy("sent back"), "orange", "return"),
    # findings
    "warning": (gettext_lazy("warning"), "amber", "warning"),
    "critical": (gettext_lazy("critical"), "rose", "critical"),
    "open": (gettext_lazy("open"), "amber", "circle-dot"),
    "resolved": (gettext_lazy("resolved"), "emerald", "check"),
    "ignored": (gettext_lazy("ignored"), "stone", "bar"),
    "timeout": (gettext_lazy("too long in progress"), "amber", "clock"),
    "stuck": (gettext_lazy("stuck"), "amber", "bar"),
    "orphan": (gettext_lazy("nobody at it"), "amber", "person"),
    "rework_overflow": (gettext_lazy("sent back too often"), "orange", "return"),
    "score_drop": (gettext_lazy("losing score"), "orange", "down"),
    "review_overdue": (gettext_lazy("review overdue"), "amber", "eye"),
    "plan_stalled": (gettext_lazy("plan stalled"), "violet", "plan"),
    "agent_silent": (gettext_lazy("agent silent"), "amber", "person"),
    "nobody_eligible": (gettext_lazy("nobody for the work"), "rose", "people"),
    "help_unanswered": (gettext_lazy("help unanswered"), "rose", "question"),
    # what agents say
    "plan": (gettext_lazy("plan"), "violet", "plan"),
    "coding": (gettext_lazy("progress"), "sky", "tool"),
    "delivery": (gettext_lazy("delivery"), "emerald", "check"),
    "reflection": (gettext_lazy("reflection"), "indigo", "return"),
    # priorities
    "high": (gettext_lazy("high"), "rose", "up"),
    "medium": (gettext_lazy("medium"), "slate", "bar"),
    "low": (gettext_lazy("low"), "slate", "down"),
    # deliveries, recurrences and codes
    "sent": (gettext_lazy("sent"), "emerald", "check"),
    "waiting": (gettext_lazy("waiting"), "slate", "circle"),
    "given_up": (gettext_lazy("given up"), "rose", "cross"),
    "paused": (gettext_lazy("paused"), "slate", "bar"),
    "ended": (gettext_lazy("ended"), "stone", "cross"),
    "used": (gettext_lazy("used"), "emerald", "check"),
    "expired": (gettext_lazy("expired"), "stone", "cross"),
    "withdrawn": (gettext_lazy("withdrawn"), "stone", "cross"),
}


def look(word: str) -> tuple[str, str, str]:
    """Return the label, the hue and the glyph of a word of the domain."""
    return _LOOKS.get(word) or (str(word).replace("_", " "), "slate", "circle")


@register.filter
def label(word: str) -> str:
    """Return how people read a word of the domain, for example `in progress`."""
    return str(look(word)[0])


@register.filter
def tone(word: str) -> str:
    """Return the hue of a word of the domain, for example `sky`."""
    return look(word)[1]


@register.filter
def symbol(word: str) -> str:
    """Return the name of the glyph of a word of the domain, for example `circle-half`."""
    return look(word)[2]


@register.simple_tag
def icon(name: str, title: str = "") -> SafeString:
    """Return a glyph; without a title it is decoration."""
    return _icon(name, str(title))


@lru_cache(maxsize=500)  # a page has hundreds of them, and few that differ
def _icon(name: str, title: str) -> SafeString:
    said = format_html('role="img" aria-label="{}"', title) if title else mark_safe('aria-hidden="true"')
    return format_html('<svg class="icon" {}><use href="{}#{}"/></svg>', said, static("icons.svg"), name)


@register.simple_tag
def badge(word: str, text: str = "") -> SafeString:
    """Return a status, a role or a severity: glyph, word and hue."""
    return _badge(str(word), str(text), get_language())


@lru_cache(maxsize=500)
def _badge(word: str, text: str, _language: str) -> SafeString:
    said, hue, glyph = look(word)
    return format_html('<span class="badge" data-tone="{}">{}{}</span>', hue, icon(glyph), text or said)


@register.simple_tag
def said(action: str) -> SafeString:
    """Return what kind of word an agent has said; a `review` is no work that is in review."""
    return badge(action, _("review") if action == "review" else "")


@register.simple_tag
def glyph(word: str) -> SafeString:
    """Return a status as its glyph alone, with the word for those who do not see it."""
    return _glyph(str(word), get_language())


@lru_cache(maxsize=100)
def _glyph(word: str, _language: str) -> SafeString:
    said, hue, name = look(word)
    return format_html('<span class="glyph" data-tone="{}" title="{}">{}</span>', hue, said, icon(name, said))


@register.simple_tag
def agent(someone, text: str = "") -> SafeString:
    """Return an agent's name with the dot of its role, as a link to its page."""
    if someone is None:
        return format_html('<span class="nobody">{}</span>', text or _("nobody"))
    return _agent(someone.get_absolute_url(), someone.role, str(someone), get_language())


@lru_cache(maxsize=500)  # a board has hundreds of cards, in the hands of few
def _agent(address: str, role: str, name: str, _language: str) -> SafeString:
    said, hue, _glyph_name = look(role)
    return format_html(
        '<a class="agent" href="{}" title="{}"><span class="dot" data-tone="{}"></span>{}</a>',
        address,
        said,
        hue,
        markdown.plain(name),
    )


@register.simple_tag
def ago(at: datetime | None, never: str = "") -> SafeString:
    """Return how long ago a moment was (or when it will be), with the absolute time on hover."""
    if at is None:
        return format_html('<span class="quiet">{}</span>', never or _("never"))
    passed = timezone.now() - at
    if passed >= timedelta(0):
        said = _("just now") if passed < timedelta(minutes=1) else _("%s ago") % _roughly(passed)
    else:
        said = _("in %s") % _roughly(-passed)
    return _time(at, said, live="ago")


@register.simple_tag
def since(at: datetime | None) -> SafeString:
    """Return how long something has lasted, with the absolute time on hover."""
    return _time(at, in_words(timezone.now() - at), live="since") if at else mark_safe("")


@register.simple_tag
def at(moment: datetime | None, form: str = "") -> SafeString:
    """Return a moment in the reader's zone, short for today."""
    if moment is None:
        return mark_safe("")
    local = timezone.localtime(moment)
    if not form:
        form = "H:i" if local.date() == timezone.localdate() else "j M H:i"
    return _time(moment, date_format(local, form))


@register.filter
def lasting(length: timedelta | int | None) -> str:
    """Return a length of time in words; whole numbers are seconds."""
    if length is None:
        return ""
    return in_words(length if isinstance(length, timedelta) else timedelta(seconds=length))


def _roughly(length: timedelta) -> str:
    """Return a length in its largest unit; who wants more hovers."""
    if length >= timedelta(days=1):
        return in_words(timedelta(days=length.days))
    if length >= timedelta(hours=2):
        return in_words(timedelta(hours=length // timedelta(hours=1)))
    return in_words(length)


def _time(at: datetime, said: str, *, live: str = "") -> SafeString:
    local = at.astimezone(timezone.get_current_timezone())
    return format_html(
        '<time datetime="{}" title="{}, {}"{}>{}</time>',
        at.isoformat(timespec="seconds"),
        _day(local.date(), get_language()),
        f"{local:%H:%M:%S %Z}",
        mark_safe(f' data-live-time="{live}"') if live else "",
        said,
    )


@lru_cache(maxsize=500)  # a page has hundreds of moments, on few days
def _day(day: date, _language: str) -> str:
    return date_format(day, "D j M Y")


@register.filter
def as_html(text: str) -> SafeString:
    """Return Markdown as harmless HTML."""
    return markdown.as_html(text or "")


@register.filter
def plain(text: object) -> str:
    """Return a text in which nothing turns the direction of writing."""
    return markdown.plain(str(text))


@register.filter
def short(id: object) -> str:
    """Return the beginning of an id, as commands take it."""
    return str(id)[:8]


@register.filter
def signed(number: int) -> str:
    """Return a number with its sign, and a true minus."""
    return f"{number:+,}".replace("-", "−") if number else "0"


@register.simple_tag
def stars(score: int) -> SafeString:
    """Return a score of 1 to 5 as filled and empty stars."""
    said = _("%(score)s of 5") % {"score": score}
    row = ("★" * score).ljust(5, "☆")
    return format_html('<span class="stars" role="img" aria-label="{}" title="{}">{}</span>', said, said, row)


@register.simple_tag
def spark(values: list[int], title: str, tone: str = "accent") -> SafeString:
    """Return a line of values as a small picture."""
    return charts.sparkline(values, title=title, tone=tone)


@register.simple_tag
def shares(parts: list[tuple[str, int, str]], title: str) -> SafeString:
    """Return labelled parts of a whole (label, count, hue) as one stacked bar."""
    return charts.shares(parts, title=title)


@register.simple_tag
def beats(heard: list[bool], title: str, tone: str = "accent") -> SafeString:
    """Return when something was heard of somebody, as strokes in equal stretches of time."""
    return charts.beats(heard, title=title, tone=tone)


@register.simple_tag
def progress(done: int, total: int) -> SafeString:
    """Return how much of something is done, as a bar."""
    said = _("%(done)s of %(total)s done") % {"done": done, "total": total}
    return format_html(
        '<progress class="progress" max="{}" value="{}" aria-label="{}" title="{}"></progress>',
        max(1, total),
        done,
        said,
        said,
    )


@register.simple_tag(takes_context=True)
def live(context: dict, cursor: str) -> SafeString:
    """Return the attributes that make a fragment's root element ask for itself while somebody looks."""
    query = context["request"].GET.copy()
    query["cursor"] = cursor
    return format_html('data-live hx-get="?{}" hx-trigger="tick" hx-swap="outerHTML"', query.urlencode())


@register.simple_tag(takes_context=True)
def here(context: dict, *names: str) -> SafeString:
    """Return `aria-current` when the address of this page is one of these names."""
    match = context["request"].resolver_match
    return mark_safe('aria-current="page"' if match and match.url_name in names else "")
