"""A brake on guessing the registration token or an enrolment code."""

from collections.abc import Iterator
from contextlib import contextmanager

from rest_framework.throttling import BaseThrottle

from openmoss.brake import Brake
from openmoss.errors import TooFast, WrongToken

WRONG_TOKENS = Brake("wrong-tokens", most=10, window=600)


@contextmanager
def wrong_tokens(request) -> Iterator[None]:
    """Count wrong tokens from one address, in this process.

    After ten of them in ten minutes everything inside is refused with TooFast, also with a right one.
    """
    address = BaseThrottle().get_ident(request)
    if seconds := WRONG_TOKENS.wait(address):
        raise TooFast(
            "Too many wrong registration tokens or enrolment codes from this address.",
            retry_after=seconds,
            hint="Wait ten minutes; an admin can give you a right one.",
        )
    try:
        yield
    except WrongToken:
        WRONG_TOKENS.count(address)
        raise
