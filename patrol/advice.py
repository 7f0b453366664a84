"""What frees the work that a finding is about: steps for whoever plans, with the command where there is one."""

from collections.abc import Iterable

from openmoss.api.lookup import short
from patrol.models import Finding, FindingKind

AFTER_A_BLOCK = ["st reassign {sub_task} <agent>", "or: st unblock {sub_task}", "or: st cancel {sub_task}"]

_STEPS = {
    FindingKind.TIMEOUT: ["log list --sub-task-id {sub_task}", "st reassign {sub_task} <agent>"],
    FindingKind.STUCK: ["st get {sub_task}", "st reassign {sub_task} <agent>", "or: st cancel {sub_task}"],
    FindingKind.ORPHAN: ["st reassign {sub_task} <agent>"],
    FindingKind.REWORK_OVERFLOW: [
        "review list --sub-task-id {sub_task}",
        'make its acceptance clear: rule create "<rule>" --sub-task-id {sub_task}',
        "or: st reassign {sub_task} <agent>",
    ],
    FindingKind.SCORE_DROP: [
        "score agent-logs {agent}",
        "give it easier work, or ask a person to mend its prompt",
    ],
    FindingKind.REVIEW_OVERDUE: ["agents --role reviewer", "ask a person to wake or hire a reviewer"],
    FindingKind.PLAN_STALLED: [
        "st list --task-id {task}",
        "plan <file> for it, or: task status {task} completed",
    ],
    FindingKind.AGENT_SILENT: ["ask a person to see why {agent} does not wake up"],
    FindingKind.NOBODY_ELIGIBLE: ["ask a person to hire or enable somebody as {role}"],
    FindingKind.HELP_UNANSWERED: [
        "log list --sub-task-id {sub_task}",
        'rule create "<answer>" --sub-task-id {sub_task}',
    ],
}
_NOT_TAKEN = ["st list --task-id {task} --status pending", "st reassign <sub_task> <agent>"]


def with_steps(findings: Iterable[Finding]) -> list[Finding]:
    """Add to findings what to do about each: `steps`."""
    findings = list(findings)
    for finding in findings:
        finding.steps = steps(finding)
    return findings


def steps(finding: Finding) -> list[str]:
    """Return what to do about a finding, most useful first."""
    if finding.awaits_decision:
        advice = AFTER_A_BLOCK
    elif finding.kind == FindingKind.ORPHAN and not finding.sub_task_id:
        advice = _NOT_TAKEN
    else:
        advice = _STEPS[FindingKind(finding.kind)]
    ids = {
        "sub_task": short(finding.sub_task_id),
        "task": short(finding.task_id),
        "agent": short(finding.agent_id),
        "role": finding.role,
    }
    return [step.format(**ids) for step in advice]
