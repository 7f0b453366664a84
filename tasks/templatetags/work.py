"""What a person can do with a sub-task, as links."""

from dataclasses import dataclass
from functools import cache
from uuid import UUID

from django import template
from django.utils.html import format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from openmoss.access import ADMIN
from openmoss.pages.addresses import address_of
from tasks.models import SubTask
from tasks.workflow import EDITABLE, Status, moves_open_to

register = template.Library()

_ANY = UUID(int=0)


@dataclass(frozen=True)
class Step:
    """A link to the page that asks before it is done."""

    verb: str
    url: str
    danger: bool = False


# In the order in which people need them; whoever reviews decides on the page of the review.
_STEPS = {
    "approve": (_("Review"), "review-sub-task"),
    "unblock": (_("Unblock"), "unblock"),
    "reassign": (_("Reassign"), "reassign"),
    "release": (_("Release"), "release"),
    "block": (_("Block"), "block"),
    "cancel": (_("Cancel"), "cancel"),
}


@register.filter
def steps(sub_task: SubTask) -> list[Step]:
    """List the moves that a person can make now."""
    return [
        Step(verb, address_of(name, sub_task.pk), danger=name == "cancel")
        for verb, name in _steps_from(sub_task.status)
    ]


@cache
def _steps_from(status: str) -> list[tuple]:
    moves = moves_open_to(status=status, role=ADMIN, holder=False)
    found = [step for move, step in _STEPS.items() if move in moves]
    # What nobody has is assigned, not reassigned.
    return [
        (_("Assign") if (name, status) == ("reassign", Status.PENDING) else verb, name)
        for verb, name in found
    ]


@register.simple_tag
def moves(sub_task: SubTask) -> SafeString:
    """Return the links of `steps`, made once for each status and language: a board has hundreds of them."""
    return mark_safe(_moves_from(sub_task.status, get_language()).replace(str(_ANY), str(sub_task.pk)))


@cache
def _moves_from(status: str, _language: str) -> str:
    row = SubTask(pk=_ANY, status=status)
    return format_html_join(
        "",
        '<a class="button{}" href="{}" data-ask>{}</a>',
        ((" bad" if step.danger else "", step.url, step.verb) for step in steps(row)),
    )


@register.filter
def can_be_edited(row) -> bool:
    """Say whether a sub-task's brief can still be changed."""
    return row.status in EDITABLE
