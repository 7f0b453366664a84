"""How the console names what people are told of."""

from django import template
from django.utils.translation import gettext as _

from notifications.forms import USUAL

register = template.Library()


@register.filter
def in_words(events: list[str]) -> str:
    """Return the names of events as people read them."""
    return " · ".join(str(USUAL.get(name, name)) for name in events) or _("nothing")
