"""What needs a person, the most pressing first, each with what there is to do."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from itertools import islice
from uuid import UUID

from patrol.models import Finding, Severity
from patrol.remedies import Remedy, for_call, for_finding, for_standing
from patrol.selectors.findings import found
from patrol.selectors.office import Office
from patrol.selectors.why import for_a_person
from tasks.models import ActivityLog, SubTask

MOST_SHOWN = 8
MOST_READ = 50


@dataclass(frozen=True)
class Need:
    """Something that waits for a person: how bad, what about, in a sentence, since when, and what to do."""

    severity: str
    kind: str
    about: object
    sentence: str
    url: str
    since: datetime
    remedies: list[Remedy] = field(default_factory=list)


@dataclass(frozen=True)
class Needs:
    shown: list[Need]
    more: int


def needs(office: Office) -> Needs:
    """Return what needs a person: findings, calls for help, and what only a person can set going.

    What several of them are about is told once, by the first of them.
    """
    findings = list(found(state="open").order_by("severity", "created_at")[:MOST_READ])
    critical = [finding for finding in findings if finding.severity == Severity.CRITICAL]
    warnings = findings[len(critical) :]
    calls = _calls(office)
    # By what each is about, and made only for those that are shown.
    needs: dict[UUID, Callable[[], Need]] = {}
    for key, need in [*((finding.subject_id, partial(_of_finding, finding)) for finding in critical), *calls]:
        needs.setdefault(key, need)
    if len(needs) < MOST_SHOWN:  # to look at all tasks is dear, and would change nothing that is shown
        for standing in for_a_person(office):
            needs.setdefault(_subject(standing), partial(_of_standing, standing))
    for finding in warnings:
        needs.setdefault(finding.subject_id, partial(_of_finding, finding))
    return Needs([need() for need in islice(needs.values(), MOST_SHOWN)], max(0, len(needs) - MOST_SHOWN))


def _of_finding(finding: Finding) -> Need:
    about = finding.sub_task or finding.task or finding.agent
    return Need(
        severity=finding.severity,
        kind=finding.kind,
        about=about,
        sentence=f"{finding.description} {finding.action_taken}".strip(),
        url=finding.get_absolute_url(),
        since=finding.since,
        remedies=for_finding(finding),
    )


def _calls(office: Office) -> list[tuple[UUID, Callable[[], Need]]]:
    rows = SubTask.objects.for_agents().in_bulk(list(office.calls)[:MOST_READ])
    return [
        (row.pk, partial(_of_call, row, call))
        for call in sorted(office.calls.values(), key=lambda call: call.created_at)
        if (row := rows.get(call.sub_task_id))
    ]


def _of_call(row: SubTask, call: ActivityLog) -> Need:
    return Need(
        severity=Severity.WARNING,
        kind="help_unanswered",
        about=row,
        sentence=f"{call.agent}: {call.summary}",
        url=row.get_absolute_url(),
        since=call.created_at,
        remedies=for_call(row),
    )


def _subject(standing) -> UUID:
    return standing.sub_task.pk if standing.sub_task else standing.task.pk


def _of_standing(standing) -> Need:
    about = standing.sub_task or standing.task
    return Need(
        severity=Severity.WARNING,
        kind=standing.name,
        about=about,
        sentence=f"{standing.sentence} {standing.action}",
        url=about.get_absolute_url(),
        since=standing.since,
        remedies=for_standing(standing),
    )
