"""What was booked, said, found and asked on an earlier server."""

from collections import defaultdict
from datetime import datetime
from uuid import UUID

from agents.models import Agent, RequestLog
from agents.request_log import cut, without_secrets
from openmoss.legacy.database import OldDatabase, Row
from openmoss.legacy.people import Crew
from openmoss.legacy.report import Change, LeftOut
from openmoss.legacy.values import Values, derived_id, id_of, own_id, whole_number
from openmoss.legacy.writing import Writer
from openmoss.models import SiteSettings
from patrol.models import Finding, FindingKind, FindingStatus, Severity
from scoring.models import ScoreEntry
from tasks.models import Action, ActivityLog

BATCH = 100
LARGEST = 2**31 - 1
CLOSED = {"resolved": FindingStatus.RESOLVED, "ignored": FindingStatus.IGNORED}


class History:
    """Brings over what is only ever added to; `sub_tasks` are those that are here, each with its task."""

    def __init__(
        self,
        old: OldDatabase,
        values: Values,
        crew: Crew,
        writer: Writer,
        *,
        sub_tasks: dict[UUID, UUID],
    ) -> None:
        self._old, self._values, self._crew, self._writer = old, values, crew, writer
        self._report, self._sub_tasks = values.report, sub_tasks

    def bring_scores(self) -> None:
        """Bring over score entries, and one for each agent whose total was something else than their sum."""
        sums: dict[UUID, int] = defaultdict(int)
        for rows in self._old.batches("reward_log", BATCH):
            for row in rows:
                sums[self._agent(row).pk] += _points(row)
            self._write(ScoreEntry, rows, self._entry)
        for rows in self._old.batches("agent", BATCH):
            self._write(ScoreEntry, self._differences(rows, sums), self._difference)

    def bring_logs(self) -> None:
        """Bring over what agents said."""
        for rows in self._old.batches("activity_log", BATCH):
            self._write(ActivityLog, rows, self._log)

    def bring_findings(self) -> None:
        """Bring over what patrol found, all of it as closed."""
        for rows in self._old.batches("patrol_record", BATCH):
            self._write(Finding, rows, self._finding)

    def bring_calls(self) -> None:
        """Bring over the calls of agents that are young enough for the request log."""
        since = SiteSettings.load().kept_since("request_log")
        for rows in self._old.batches("request_log", BATCH):
            self._write_calls([call for row in rows if (call := self._call(row, since))])

    def _write_calls(self, calls: list[RequestLog]) -> None:
        with self._writer.transaction():
            # Nothing but what it says tells a call from another, so of two imports one looks after the other.
            SiteSettings.objects.select_for_update().get(pk=1)
            alike = RequestLog.objects.filter(at__in={call.at for call in calls}).order_by()
            here = set(alike.values_list("at", "agent_id", "method", "path"))
            new = [call for call in calls if (call.at, call.agent_id, call.method, call.path) not in here]
            RequestLog.objects.bulk_create(new)
        self._report.count(RequestLog, new=len(new), already_there=len(calls) - len(new))

    def _write(self, model, rows: list[Row], made_of) -> None:
        known = self._writer.known(model, (own_id(row) for row in rows))
        made = (made_of(row) for row in rows if own_id(row) not in known)
        self._writer.write([[row] for row in made if row is not None])

    def _entry(self, row: Row) -> ScoreEntry | None:
        delta = _points(row)
        if not delta:
            self._report.leave_out(LeftOut.ZERO, ScoreEntry, row["id"])
            return None
        if delta != whole_number(row["score_delta"]):
            self._report.change(Change.LARGE, ScoreEntry, row["id"])
        return ScoreEntry(
            id=self._values.new_id(ScoreEntry, row),
            agent=self._agent(row),
            sub_task_id=self._sub_task(ScoreEntry, row),
            score_delta=delta,
            reason=self._values.text(ScoreEntry, row, "reason"),
            created_at=self._values.moment(ScoreEntry, row, "created_at"),
        )

    def _differences(self, agents: list[Row], sums: dict[UUID, int]) -> list[Row]:
        return [
            Row(id=str(derived_id("total", id)), agent_id=id, total=total, sum=sums[id])
            for row in agents
            for id, total in [(own_id(row), whole_number(row["total_score"]))]
            if total != sums[id]
        ]

    def _difference(self, row: Row) -> ScoreEntry | None:
        delta = _fitting(row["total"] - row["sum"])
        self._report.change(Change.TOTAL, Agent, row["agent_id"])
        return ScoreEntry(
            id=own_id(row),
            agent_id=row["agent_id"],
            score_delta=delta,
            reason=f"Brought over: the total was {row['total']}, and the entries add up to {row['sum']}",
            created_at=self._values.now,
        )

    def _log(self, row: Row) -> ActivityLog:
        values = self._values
        return ActivityLog(
            id=values.new_id(ActivityLog, row),
            agent=self._agent(row),
            sub_task_id=self._sub_task(ActivityLog, row),
            action=values.choice(ActivityLog, row, "action", Action, otherwise=Action.CODING),
            summary=values.text(ActivityLog, row, "summary"),
            session_id=values.session(ActivityLog, row, "session_id"),
            created_at=values.moment(ActivityLog, row, "created_at"),
        )

    def _finding(self, row: Row) -> Finding | None:
        sub_task, agent = id_of(row["sub_task_id"]), self._crew.get(row["agent_id"])
        if sub_task not in self._sub_tasks and (sub_task or not agent):
            self._report.leave_out(LeftOut.ORPHAN, Finding, row["id"])
            return None
        values = self._values
        created_at = values.moment(Finding, row, "created_at")
        if row["status"] not in CLOSED:
            self._report.change(Change.SETTLED, Finding, row["id"])
        over_at = values.moment_or_none(row["resolved_at"]) or values.now
        return Finding(
            id=values.new_id(Finding, row),
            kind=values.choice(Finding, row, "type", FindingKind, otherwise=FindingKind.STUCK),
            severity=values.choice(Finding, row, "severity", Severity, otherwise=Severity.WARNING),
            status=CLOSED.get(row["status"], FindingStatus.RESOLVED),
            subject_id=sub_task or agent.pk,
            sub_task_id=sub_task,
            task_id=self._sub_tasks.get(sub_task),
            agent=agent,
            description=values.text(Finding, row, "description"),
            action_taken=values.text(Finding, row, "action_taken"),
            since=created_at,
            created_at=created_at,
            resolved_at=over_at,
            gone_at=over_at,
        )

    def _call(self, row: Row, since: datetime) -> RequestLog | None:
        """Return a call that is young enough; one of nobody, or of no time, says nothing."""
        at, agent_id = self._values.moment_or_none(row["timestamp"]), id_of(row["agent_id"])
        if not at or not agent_id:
            self._report.leave_out(LeftOut.UNFIT, RequestLog, row["id"])
            return None
        if at < since:
            return None
        text, body = self._values.text, row["request_body"]
        return RequestLog(
            at=at,
            agent_id=agent_id,
            agent_name=text(RequestLog, row, "agent_name")[:100],
            agent_role=text(RequestLog, row, "agent_role")[:20],
            method=text(RequestLog, row, "method")[:10],
            path=without_secrets(text(RequestLog, row, "path"))[:500],
            body=None if body is None else cut(without_secrets(text(RequestLog, row, "request_body"))),
            status=min(max(whole_number(row["response_status"]), 0), 999),
            milliseconds=0,
        )

    def _agent(self, row: Row) -> Agent:
        return self._crew.get(row["agent_id"]) or self._crew.nobody()

    def _sub_task(self, model, row: Row) -> UUID | None:
        id = id_of(row["sub_task_id"])
        if id and id not in self._sub_tasks:
            self._report.change(Change.SUBJECT, model, row["id"])
            return None
        return id


def _points(row: Row) -> int:
    return _fitting(whole_number(row["score_delta"]))


def _fitting(points: int) -> int:
    return min(max(points, -LARGEST), LARGEST)
