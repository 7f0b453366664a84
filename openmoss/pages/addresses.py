from functools import cache
from uuid import UUID

from django.urls import reverse

_ANYTHING = UUID(int=0)


def address_of(name: str, pk: UUID) -> str:
    """Return the address of a page about one thing.

    Pages have hundreds of these links, and making each by `reverse` would take longer than all their reads.
    """
    return _pattern(name).format(pk)


@cache
def _pattern(name: str) -> str:
    return reverse(name, args=[_ANYTHING]).replace(str(_ANYTHING), "{}")
