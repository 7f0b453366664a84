from datetime import timedelta

from notifications.words import one_line

LONGEST_ERROR = 300


class Undelivered(Exception):
    """Why an attempt failed, in words without secrets.

    `definite` says that the other side is there and refused this very message; `retry_after`, when it wants
    to be asked again.
    """

    def __init__(
        self,
        why: str,
        *,
        status: int | None = None,
        definite: bool = False,
        retry_after: timedelta | None = None,
    ) -> None:
        super().__init__(one_line(why, longest=LONGEST_ERROR))
        self.status = status
        self.definite = definite
        self.retry_after = retry_after
