"""What stands still, found by query: one detector for each kind of finding, a fixed number of queries in all."""

from collections.abc import Iterable

from patrol.detectors.people import agent_silent, nobody_eligible, score_drop
from patrol.detectors.planning import help_unanswered, plan_stalled
from patrol.detectors.scene import Scene
from patrol.detectors.symptom import Symptom
from patrol.detectors.work import orphan, review_overdue, rework_overflow, stuck, timeout
from patrol.models import FindingKind

DETECTORS = {
    FindingKind.TIMEOUT: timeout,
    FindingKind.STUCK: stuck,
    FindingKind.ORPHAN: orphan,
    FindingKind.REWORK_OVERFLOW: rework_overflow,
    FindingKind.SCORE_DROP: score_drop,
    FindingKind.REVIEW_OVERDUE: review_overdue,
    FindingKind.PLAN_STALLED: plan_stalled,
    FindingKind.AGENT_SILENT: agent_silent,
    FindingKind.NOBODY_ELIGIBLE: nobody_eligible,
    FindingKind.HELP_UNANSWERED: help_unanswered,
}


def symptoms(scene: Scene) -> Iterable[Symptom]:
    """Yield everything that stands still in the scene."""
    for detector in DETECTORS.values():
        yield from detector(scene)
