"""Why is nothing moving? For each open task the one fact that holds it up, and the one action that frees it."""

from dataclasses import replace
from datetime import datetime
from functools import partial

from django.utils import timezone

from agents.models import AgentStatus
from openmoss.access import Role
from openmoss.api.lookup import short
from patrol.detectors.scene import Scene, quiet_since
from patrol.selectors.office import Office
from patrol.selectors.standing import Fact, Standing
from tasks.models import ActivityLog, SubTask, Task
from tasks.workflow import Status

PERSON = "person"
LONGEST_QUESTION = 200


def why(*, task: Task | None = None, now: datetime | None = None) -> list[Standing]:
    """Return how each open task stands, or one of them: those held up first, the most pressing first."""
    return standings(Office(Scene(now or timezone.now()), task))


def standings(office: Office) -> list[Standing]:
    """Return how each task of an office stands, as `why` does, for who reads more of the office."""
    standings = [_of_task(office, task) for task in office.tasks]
    return sorted(standings, key=lambda standing: (standing.fact, standing.since))


def for_a_person(office: Office) -> list[Standing]:
    """Return those standings that only a person can set going, without looking where there can be none."""
    team = (Role.PLANNER, Role.EXECUTOR, Role.REVIEWER)
    if all(office.scene.active(role) for role in team) and not office.has_overdue_review:
        return []
    return [standing for standing in standings(office) if standing.who == PERSON]


def _of_task(office: Office, task: Task) -> Standing:
    rows = office.pressing[task.pk]
    if not rows:
        return replace(_with_a_planner(office, _at_rest(office, task)), task=task)
    # What waits for others is as they are. Were all of them waiting, something would be wrong: look at each.
    facts = [_of_sub_task(office, row) for row in rows if not office.waits(row)]
    facts = facts or [_of_sub_task(office, row) for row in rows]
    worst = min(facts, key=lambda standing: (standing.fact, standing.since))
    behind = partial(office.behind, worst.sub_task)
    return replace(_with_a_planner(office, worst), task=task, behind=behind)


def _with_a_planner(office: Office, standing: Standing) -> Standing:
    """Send to a person what only a planner can do, when there is none."""
    if standing.who != Role.PLANNER or office.scene.active(Role.PLANNER):
        return standing
    action = f"There is no active planner: hire or enable one, or decide yourself. {standing.action}"
    return replace(standing, action=action, who=PERSON)


def _at_rest(office: Office, task: Task) -> Standing:
    if recurrence := office.recurrences.get(task.pk):
        if recurrence.paused_at:
            return Standing(
                Fact.PAUSED,
                f"Nothing is left to do in it, and '{recurrence}' has been paused "
                f"for {office.lasted(recurrence.paused_at)}.",
                recurrence.paused_at,
                "Resume it, or close the task.",
                f"recurrence resume {short(recurrence.pk)}",
                Role.PLANNER,
            )
        return Standing(
            Fact.UNTIL_NEXT_TIME,
            f"'{recurrence}' comes again at {recurrence.next_at:%Y-%m-%d %H:%M} UTC.",
            task.updated_at,
        )
    # Read a moment apart, so a task may have come to rest in between.
    task = office.at_rest.get(task.pk, task)
    if getattr(task, "last_change", None) is None:
        return Standing(
            Fact.UNPLANNED,
            f"It has had no sub-tasks for {office.lasted(task.updated_at)}.",
            task.updated_at,
            f"Split it into sub-tasks, in a file with task_id {short(task.pk)}.",
            "plan <file>",
            Role.PLANNER,
        )
    since = quiet_since(task)
    return Standing(
        Fact.NOT_CLOSED,
        f"Everything in it has been finished for {office.lasted(since)}.",
        since,
        "Close it, or plan what is still missing.",
        f"task status {short(task.pk)} completed",
        Role.PLANNER,
    )


def _of_sub_task(office: Office, row: SubTask) -> Standing:
    return replace(_DESCRIBE[Status(row.status)](office, row), sub_task=row)


def _blocked(office: Office, row: SubTask) -> Standing:
    reason = f": {_one_line(row.blocked_reason)}" if row.blocked_reason else "."
    return Standing(
        Fact.BLOCKED,
        f"'{row}' has been blocked for {office.lasted(row.status_since)}{reason}",
        row.status_since,
        "Reassign it, unblock it or cancel it.",
        _give_away(row),
        Role.PLANNER,
    )


def _pending(office: Office, row: SubTask) -> Standing:
    if need := office.cancelled_need(row):
        return _stranded(row, need)
    since = row.could_since
    free = f"'{row}' has been free for {office.lasted(since)}"
    if not office.scene.active(Role.EXECUTOR):
        return Standing(
            Fact.NO_EXECUTOR,
            f"{free}, and there is no active executor.",
            since,
            "Hire or enable an executor.",
            who=PERSON,
        )
    if not office.somebody_is_idle:
        return Standing(Fact.QUEUED, f"{free}; every executor is busy with other work.", since)
    if office.longer(since, office.limits.orphan_warning):
        return Standing(
            Fact.NOT_TAKEN,
            f"{free}, and no executor took it.",
            since,
            "Give it to an executor, or see why none wakes up.",
            _give_away(row),
            Role.PLANNER,
        )
    return Standing(Fact.FREE, f"{free}.", since)


def _review(office: Office, row: SubTask) -> Standing:
    if call := office.calls.get(row.pk):
        return _question(row, call)
    since, reviewers = row.status_since, office.scene.active(Role.REVIEWER)
    waited = f"'{row}' has waited for its review for {office.lasted(since)}"
    if not reviewers:
        return Standing(
            Fact.NO_REVIEWER,
            f"{waited}, and there is no active reviewer.",
            since,
            "Hire or enable a reviewer, or review it yourself.",
            who=PERSON,
        )
    if office.longer(since, office.limits.review_warning):
        seen = max((agent.last_seen_at for agent in reviewers if agent.last_seen_at), default=None)
        heard_of = f"a reviewer was heard of {office.lasted(seen)} ago" if seen else "no reviewer ever came"
        return Standing(
            Fact.REVIEW_OVERDUE,
            f"{waited}; {heard_of}.",
            since,
            "Wake a reviewer, or review it yourself.",
            who=PERSON,
        )
    return Standing(Fact.IN_REVIEW, f"{waited}.", since)


def _held(office: Office, row: SubTask) -> Standing:
    """Describe work in somebody's hands: first what only others can mend, then how it goes."""
    agent, limits = row.assignee, office.limits
    if row.status == Status.ASSIGNED and (need := office.cancelled_need(row)):
        return _stranded(row, need)
    if agent.status != AgentStatus.ACTIVE:
        return Standing(
            Fact.HOLDER_GONE,
            f"'{row}' is in the hands of {agent}, who is {agent.status}.",
            row.assigned_at,
            "Give it to another executor.",
            _give_away(row),
            Role.PLANNER,
        )
    if call := office.calls.get(row.pk):
        return _question(row, call)
    silent_since = max(filter(None, [agent.last_seen_at, row.could_since, row.assigned_at]))
    if office.longer(silent_since, limits.orphan_warning):
        return Standing(
            Fact.HOLDER_SILENT,
            f"{agent} has held '{row}' for {office.lasted(row.assigned_at)} "
            f"and has been silent for {office.lasted(silent_since)}.",
            silent_since,
            "Give it to another executor, or see why this one does not wake up.",
            _give_away(row),
            Role.PLANNER,
        )
    if row.rework_count >= limits.rework_warning:
        return Standing(
            Fact.SENT_BACK_OFTEN,
            f"'{row}' was sent back {row.rework_count} times, and is {row.get_status_display().lower()} again.",
            row.status_since,
            "Say in a rule what its acceptance means, or give it to another executor.",
            f'rule create "<rule>" --sub-task-id {short(row.pk)}',
            Role.PLANNER,
        )
    return _in_good_hands(office, row)


def _question(row: SubTask, call: ActivityLog) -> Standing:
    return Standing(
        Fact.HELP,
        f"{call.agent} asks about '{row}': {_one_line(call.summary)}",
        call.created_at,
        "Answer it, as a rule of the sub-task.",
        f'rule create "<answer>" --sub-task-id {short(row.pk)}',
        Role.PLANNER,
    )


def _in_good_hands(office: Office, row: SubTask) -> Standing:
    agent, limits, since = row.assignee, office.limits, row.could_since
    fact, minutes, how, moving = {
        Status.ASSIGNED: (
            Fact.NOT_STARTED,
            limits.orphan_warning,
            f"was given to {agent} and not started",
            Fact.JUST_GIVEN,
        ),
        Status.REWORK: (
            Fact.NOT_RESUMED,
            limits.stuck_warning,
            f"was sent back to {agent} and not taken up",
            Fact.JUST_GIVEN,
        ),
        Status.IN_PROGRESS: (
            Fact.TAKES_LONG,
            limits.timeout_warning,
            f"has been worked on by {agent}",
            Fact.WORKED_ON,
        ),
    }[Status(row.status)]
    sentence = f"'{row}' {how} for {office.lasted(since)}."
    if not office.longer(since, minutes):
        return Standing(moving, sentence, since)
    action = "Ask what keeps it, or give it to another executor."
    return Standing(fact, sentence, since, action, _give_away(row), Role.PLANNER)


def _stranded(row: SubTask, need: SubTask) -> Standing:
    return Standing(
        Fact.STRANDED,
        f"'{row}' waits for '{need}', which was cancelled.",
        need.status_since,
        "Say what it really needs, or cancel it too.",
        f"st edit {short(row.pk)} --depends-on <sub_task>",
        Role.PLANNER,
    )


_DESCRIBE = {
    Status.PENDING: _pending,
    Status.ASSIGNED: _held,
    Status.IN_PROGRESS: _held,
    Status.REWORK: _held,
    Status.REVIEW: _review,
    Status.BLOCKED: _blocked,
}


def _give_away(row: SubTask) -> str:
    return f"st reassign {short(row.pk)} <agent>"


def _one_line(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= LONGEST_QUESTION else f"{line[: LONGEST_QUESTION - 2]} …"
