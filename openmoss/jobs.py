"""What the clock does, and how often."""

from datetime import timedelta

from agents.services import prune_enrolments, prune_request_log
from notifications.services import deliver, prune_deliveries, prune_events
from openmoss.api.idempotency import prune_answers
from openmoss.clock import TICK, TICK_EVERY, Job, prune_job_runs
from openmoss.services import apply_config, prune_sessions
from patrol.services import scan
from tasks.services import create_occurrences, prune_activity_log


def tick() -> None:
    """Do nothing: that this job was started is the clock's sign of life."""


TIMETABLE = [
    Job(TICK, TICK_EVERY, tick, longest=TICK_EVERY),
    Job("create_occurrences", timedelta(seconds=15), create_occurrences, longest=timedelta(minutes=2)),
    Job("patrol_scan", timedelta(minutes=1), scan, longest=timedelta(minutes=2)),
    Job("deliver", timedelta(seconds=5), deliver, longest=timedelta(minutes=2)),
    Job("read_config", timedelta(minutes=1), apply_config, longest=timedelta(minutes=2)),
    Job("prune_request_log", timedelta(hours=1), prune_request_log),
    Job("prune_activity_log", timedelta(hours=1), prune_activity_log),
    Job("prune_events", timedelta(hours=1), prune_events),
    Job("prune_answers", timedelta(hours=1), prune_answers),
    Job("prune_job_runs", timedelta(hours=1), prune_job_runs),
    Job("prune_enrolments", timedelta(hours=1), prune_enrolments),
    Job("prune_deliveries", timedelta(hours=1), prune_deliveries),
    Job("prune_sessions", timedelta(hours=1), prune_sessions),
]
