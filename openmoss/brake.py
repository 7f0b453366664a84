"""A brake on guessing, counted in each process."""

import hashlib
import math
import time
from dataclasses import dataclass

from django.core.cache import cache


@dataclass(frozen=True)
class Brake:
    """So many wrong tries of one caller within so many seconds, and that caller waits."""

    name: str
    most: int
    window: int

    def wait(self, who: str) -> int:
        """Return in how many seconds this caller may try again; 0 means now."""
        wrong, until = cache.get(self._key(who)) or (0, 0.0)
        return max(1, math.ceil(until - time.time())) if wrong >= self.most else 0

    def count(self, who: str) -> None:
        """Count a wrong try; the window begins with the first."""
        now = time.time()
        # Two at the same moment may count as one: that is a try more, not a way around.
        wrong, until = cache.get(self._key(who)) or (0, now + self.window)
        cache.set(self._key(who), (wrong + 1, until), max(1, until - now))

    def forget(self, who: str) -> None:
        """Begin anew, after a right try."""
        cache.delete(self._key(who))

    def _key(self, who: str) -> str:
        # Names are typed by strangers, and a cache takes short and printable keys only.
        return f"{self.name}:{hashlib.sha256(who.encode('utf-8', 'surrogatepass')).hexdigest()}"
