"""A brake on guessing the registration token or an enrolment code."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.core.cache import cache
from rest_framework.throttling import BaseThrottle

from openmoss.errors import TooFast, WrongToken

MOST_WRONG = 10
WINDOW = 600  # seconds


@contextmanager
def wrong_tokens(request) -> Iterator[None]:
    """Count wrong tokens from one address, in this process.

    After ten of them in ten minutes everything inside is refused with TooFast, also with a right one.
    """
    counter = f"wrong-tokens:{BaseThrottle().get_ident(request)}"
    if cache.get(counter, 0) >= MOST_WRONG:
        raise TooFast(
            "Too many wrong registration tokens or enrolment codes from this address.",
            retry_after=WINDOW,
            hint="Wait ten minutes; an admin can give you a right one.",
        )
    try:
        yield
    except WrongToken:
        cache.add(counter, 0, WINDOW)
        try:
            cache.incr(counter)
        except ValueError:  # the window ended between the two calls
            cache.set(counter, 1, WINDOW)
        raise
