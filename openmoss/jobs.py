"""What the clock does, and how often."""

from datetime import timedelta

from agents.services import prune_request_log
from openmoss.api.idempotency import prune_answers
from openmoss.clock import TICK, TICK_EVERY, Job


def tick() -> None:
    """Do nothing: that this job was started is the clock's sign of life."""


TIMETABLE = [
    Job(TICK, TICK_EVERY, tick),
    Job("prune_request_log", timedelta(hours=1), prune_request_log),
    Job("prune_answers", timedelta(hours=1), prune_answers),
]
