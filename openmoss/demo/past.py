"""The clock of the story: while it is moved, every service believes that it is then."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

from django.utils import timezone

# Between two looks at the clock, so that what happens in one step keeps its order.
TICK = timedelta(milliseconds=1)


class Past:
    """A moment that only moves forward; what is written while it holds carries its times."""

    def __init__(self, at: datetime) -> None:
        self.at = at

    def go_to(self, at: datetime) -> None:
        """Let it be `at`; never earlier than it was, as the ids of events grow with time."""
        self.at = max(self.at, at)

    @contextmanager
    def holds(self) -> Iterator[None]:
        """Let all of this process live in the past; for a command that is alone in its process."""
        # What `timezone.now()` asks, and not that function itself: the defaults of model fields hold on to it.
        # Shifting the rows afterwards would not do: services decide by the time as well, what is due, what
        # has lasted too long.
        past, present = self, timezone.datetime

        class Then(datetime):
            @classmethod
            def now(cls, tz=None) -> datetime:
                past.at += TICK
                return past.at.astimezone(tz)

        timezone.datetime = Then
        try:
            yield
        finally:
            timezone.datetime = present
