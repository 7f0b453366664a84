"""A brake on guessing the registration token."""

from django.core.cache import cache
from rest_framework.throttling import BaseThrottle

from openmoss.errors import TooFast

MOST_WRONG = 10
WINDOW = 600  # seconds


class WrongTokens:
    """Count wrong tokens from one address, in this process."""

    def __init__(self, request) -> None:
        self._cache_key = f"wrong-tokens:{BaseThrottle().get_ident(request)}"

    def check(self) -> None:
        """Raise TooFast after ten wrong tokens in ten minutes, also for a right one."""
        if cache.get(self._cache_key, 0) >= MOST_WRONG:
            raise TooFast(
                "Too many wrong registration tokens from this address.",
                retry_after=WINDOW,
                hint="Wait ten minutes; an admin can give you the right token.",
            )

    def count(self) -> None:
        """Note a wrong one."""
        cache.add(self._cache_key, 0, WINDOW)
        try:
            cache.incr(self._cache_key)
        except ValueError:  # the window ended between the two calls
            cache.set(self._cache_key, 1, WINDOW)
