"""Lengths of time as people and language models read them."""

from datetime import datetime, timedelta

from django.utils import timezone


def in_words(length: timedelta) -> str:
    """Return a length of time, for example `2 h 10 min`, `3 d 4 h` or `under a minute`."""
    minutes = int(length.total_seconds()) // 60
    if minutes < 1:
        return "under a minute"
    days, hours, minutes = minutes // 1440, minutes // 60 % 24, minutes % 60
    parts = [(days, "d"), (hours, "h"), (minutes, "min")] if not days else [(days, "d"), (hours, "h")]
    return " ".join(f"{number} {unit}" for number, unit in parts if number)


def how_long(since: datetime) -> str:
    """Return how long something has lasted by now, in words."""
    return in_words(timezone.now() - since)
