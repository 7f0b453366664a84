"""What to do about a finding: what frees the work, for whoever plans, and how to look closer, for everybody else."""

from collections.abc import Iterable

from openmoss.access import Role
from openmoss.api.lookup import short
from patrol.models import Finding, FindingKind

AFTER_A_BLOCK = ["st reassign {sub_task} <agent>", "or: st unblock {sub_task}", "or: st cancel {sub_task}"]

FREES = {
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
        "in a file with task_id {task}: plan <file>",
        "or: task status {task} completed",
    ],
    FindingKind.AGENT_SILENT: ["ask a person to see why {agent} does not wake up"],
    FindingKind.NOBODY_ELIGIBLE: ["ask a person to hire or enable somebody as {role}"],
    FindingKind.HELP_UNANSWERED: [
        "log list --sub-task-id {sub_task}",
        'rule create "<answer>" --sub-task-id {sub_task}',
    ],
}
NOT_TAKEN = ["st list --task-id {task} --status pending", "st reassign <sub_task> <agent>"]

LOOK_CLOSER = {
    "sub_task": [
        "st get {sub_task}",
        "log list --sub-task-id {sub_task}",
        "review list --sub-task-id {sub_task}",
    ],
    "task": ["why --task-id {task}", "st list --task-id {task}"],
    "agent": ["log list --agent-id {agent}", "score agent-logs {agent}"],
    "role": ["agents --role {role}"],
}


def with_steps(findings: Iterable[Finding], *, reader: str) -> list[Finding]:
    """Add to findings what an agent of the role `reader` does about each: `steps`."""
    findings = list(findings)
    for finding in findings:
        finding.steps = steps(finding, reader=reader)
    return findings


def steps(finding: Finding, *, reader: str = Role.PLANNER) -> list[str]:
    """Return what to do about a finding, most useful first; only a planner is told to change something."""
    if reader != Role.PLANNER:
        advice = LOOK_CLOSER[_subject(finding)]
    elif finding.awaits_decision:
        advice = AFTER_A_BLOCK
    elif finding.kind == FindingKind.ORPHAN and not finding.sub_task_id:
        advice = NOT_TAKEN
    else:
        advice = FREES[FindingKind(finding.kind)]
    ids = {
        "sub_task": short(finding.sub_task_id),
        "task": short(finding.task_id),
        "agent": short(finding.agent_id),
        "role": finding.role,
    }
    return [step.format(**ids) for step in advice]


def _subject(finding: Finding) -> str:
    if finding.sub_task_id:
        return "sub_task"
    if finding.agent_id:
        return "agent"
    return "task" if finding.task_id else "role"
