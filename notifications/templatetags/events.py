"""How the console tells what happened."""

from django import template
from django.urls import reverse
from django.utils.html import conditional_escape, format_html
from django.utils.safestring import SafeString, mark_safe

from notifications.models import Event
from notifications.words import fill, place_of, words_of
from openmoss.access import ANY_AGENT, Role
from openmoss.templatetags.console import badge, signed, tone

register = template.Library()

# No name can hold it: control characters are taken out of names.
_ACTOR = "\0"


@register.simple_tag
def happened(event: Event) -> SafeString:
    """Return what happened as a sentence; who did it, and what it is about, are links to their pages."""
    values = {name: conditional_escape(value) for name, value in words_of(event).items()}
    place = place_of(event)
    if place:
        values["subject"] = format_html('<a class="subject" href="{}">{}</a>', place, values["subject"])
    else:
        values["subject"] = format_html("‘{}’", values["subject"])
    if event.kind.startswith("finding."):
        # Some of its sentences do not name it, as the reason does.
        values["now"] = format_html('<a href="{}">{}</a>', place, badge(event.now))
    if to := event.data.get("assignee"):
        values["assignee_name"] = _somebody(Role.EXECUTOR, to, values.get("assignee_name", "…"))
    if isinstance(delta := event.data.get("delta"), int):
        values["delta"] = signed(delta)
    sentence = fill(event, values | {"actor": _ACTOR})
    # Whoever begins a sentence is written with a capital.
    actor = values["actor"]
    actor = mark_safe(actor[:1].upper() + actor[1:]) if sentence.startswith(_ACTOR) else actor
    return mark_safe(sentence.replace(_ACTOR, _somebody(event.actor_role, event.actor_id, actor)))


def _somebody(role: str, id: str, name: SafeString) -> SafeString:
    dot = format_html('<span class="dot" data-tone="{}"></span>{}', tone(role), name)
    if role not in ANY_AGENT or not id:
        return format_html('<span class="agent">{}</span>', dot)
    return format_html('<a class="agent" href="{}">{}</a>', reverse("agent", args=[id]), dot)
