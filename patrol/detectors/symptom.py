"""One thing that a detector saw."""

from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from patrol.models import FindingKind, Severity, subject_of_role


@dataclass(frozen=True)
class Symptom:
    """What stands still, how bad it is, since when, and why in one sentence."""

    kind: FindingKind
    severity: Severity
    description: str
    since: datetime
    task: UUID | None = None
    sub_task: UUID | None = None
    agent: UUID | None = None
    role: str = ""
    # What is counted instead of timed.
    rounds: int = 0
    # A holder is at work on it, or should be, so that the clock can take it out of the flow …
    held: bool = False
    # … if it is still what was seen: when the sub-task was changed last.
    as_of: datetime | None = None
    subject_id: UUID = field(init=False)

    def __post_init__(self) -> None:
        subject = self.sub_task or self.task or self.agent or subject_of_role(self.role)
        object.__setattr__(self, "subject_id", subject)

    @property
    def key(self) -> tuple[str, UUID]:
        """Return what at most one open finding may have."""
        return self.kind.value, self.subject_id


def graded(value, *, warning, critical) -> Severity | None:
    """Return how bad a length of time or a count is; None before it is worth a warning."""
    if value >= critical:
        return Severity.CRITICAL
    return Severity.WARNING if value >= warning else None
