"""Why nothing moves, as a page shows it: what is held up with what frees it, and what moves."""

from dataclasses import dataclass

from patrol.remedies import Remedy, for_standing
from patrol.selectors.standing import Standing
from patrol.selectors.why import why

# Beyond so many nobody reads; the most pressing come first.
MOST_SHOWN = 40


@dataclass(frozen=True)
class Reason:
    """How a task stands, with what a person can do about it."""

    standing: Standing
    remedies: list[Remedy]


@dataclass(frozen=True)
class Reasons:
    """All open tasks: those held up, those that move, and how many of each are not shown."""

    held_up: list[Reason]
    moving: list[Standing]
    more_held_up: int
    more_moving: int

    @property
    def held_up_count(self) -> int:
        return len(self.held_up) + self.more_held_up

    @property
    def moving_count(self) -> int:
        return len(self.moving) + self.more_moving


def reasons() -> Reasons:
    """Look at all open tasks; those held up come with their remedies."""
    standings = why()
    held_up = [standing for standing in standings if not standing.moving]
    moving = [standing for standing in standings if standing.moving]
    return Reasons(
        held_up=[Reason(standing, for_standing(standing)) for standing in held_up[:MOST_SHOWN]],
        moving=moving[:MOST_SHOWN],
        more_held_up=len(held_up[MOST_SHOWN:]),
        more_moving=len(moving[MOST_SHOWN:]),
    )
