"""Findings as people read them."""

from collections.abc import Iterable

from django.db.models import Q

from patrol.models import Finding, FindingQuerySet, FindingStatus
from patrol.remedies import for_finding


def found(*, state: str = "", severity: str = "", kind: str = "", text: str = "") -> FindingQuerySet:
    """Return findings with what they are about; `state` may be `all`."""
    wanted = {"severity": severity, "kind": kind, "status": state if state in FindingStatus.values else ""}
    rows = Finding.objects.filter(**{name: value for name, value in wanted.items() if value})
    if text:
        rows = rows.filter(
            Q(description__icontains=text)
            | Q(sub_task__name__icontains=text)
            | Q(task__name__icontains=text)
            | Q(agent__name__icontains=text)
        )
    return rows.select_related("task", "sub_task", "sub_task__assignee", "agent", "found_by")


def with_remedies(findings: Iterable[Finding]) -> list[Finding]:
    """Add to findings what a person can do about each: `remedies`."""
    findings = list(findings)
    for finding in findings:
        finding.remedies = for_finding(finding)
    return findings
