"""How an open task stands: the one fact that holds it up, and the one action that frees it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum

from tasks.models import SubTask, Task


class Fact(IntEnum):
    """What holds a task up, the most pressing first; everything from `WORKED_ON` on is as it should be."""

    BLOCKED = 1
    STRANDED = 2
    HELP = 3
    HOLDER_GONE = 4
    NO_EXECUTOR = 5
    NO_REVIEWER = 6
    HOLDER_SILENT = 7
    SENT_BACK_OFTEN = 8
    NOT_RESUMED = 9
    NOT_STARTED = 10
    REVIEW_OVERDUE = 11
    NOT_TAKEN = 12
    TAKES_LONG = 13
    UNPLANNED = 14
    NOT_CLOSED = 15
    PAUSED = 16

    WORKED_ON = 20
    IN_REVIEW = 21
    JUST_GIVEN = 22
    FREE = 23
    QUEUED = 24
    UNTIL_NEXT_TIME = 25

    @property
    def moving(self) -> bool:
        return self >= Fact.WORKED_ON


@dataclass(frozen=True)
class Standing:
    """The fact about a task, in a sentence, with the action that frees it and who can take it."""

    fact: Fact
    sentence: str
    since: datetime
    # What frees it, in a sentence, and the command for it, where there is one; empty when nothing is needed.
    action: str = ""
    do: str = ""
    who: str = ""
    sub_task: SubTask | None = None
    task: Task | None = None
    behind: Callable[[], int] | None = None

    @property
    def waiting(self) -> int:
        """Count the sub-tasks of the task that wait for this one, directly or not; reads them when first asked."""
        return self.behind() if self.behind else 0

    @property
    def name(self) -> str:
        """Return the fact as the API names it, for example `holder_silent`."""
        return self.fact.name.lower()

    @property
    def moving(self) -> bool:
        """Say whether the task moves, or waits for nothing but its turn."""
        return self.fact.moving
