"""What a person can do with a sub-task, as links."""

from dataclasses import dataclass
from functools import cache

from django import template
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from openmoss.access import ADMIN
from tasks.models import SubTask
from tasks.workflow import EDITABLE, Status, moves_open_to

register = template.Library()


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
        Step(verb, _address(name).format(sub_task.pk), danger=name == "cancel")
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


@cache
def _address(name: str) -> str:
    # A board has hundreds of these links, and making each by `reverse` would take longer than all its reads.
    return reverse(name, args=["ID"]).replace("ID", "{}")


@register.filter
def can_be_edited(row) -> bool:
    """Say whether a sub-task's brief can still be changed."""
    return row.status in EDITABLE
