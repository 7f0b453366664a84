"""Reviews of an earlier server, which did not write down whose work they were about."""

from collections import defaultdict
from datetime import datetime, timedelta
from uuid import UUID

from agents.models import Agent
from openmoss.legacy.database import OldDatabase, Row
from openmoss.legacy.people import Crew
from openmoss.legacy.report import Change, LeftOut
from openmoss.legacy.values import Values, id_of, own_id, whole_number
from openmoss.legacy.writing import Writer
from reviews.models import Result, Review

# A verdict and its points were written in one go.
SAME_TIME = timedelta(seconds=5)
FITTING = {Result.APPROVED: range(3, 6), Result.REJECTED: range(1, 4)}
BETWEEN = 3  # fits both verdicts


class OldReviews:
    """The reviews of each sub-task, in rounds that are counted from 1."""

    def __init__(self, old: OldDatabase, values: Values, crew: Crew, writer: Writer) -> None:
        self._values, self._crew = values, crew
        self._reviews: dict[UUID, list[Row]] = defaultdict(list)
        self._points: dict[UUID, list[Row]] = defaultdict(list)
        for row in old.rows("review_record"):
            self._reviews[id_of(row["sub_task_id"])].append(row)
        for row in old.rows("reward_log"):
            self._points[id_of(row["sub_task_id"])].append(row)
        ids = (own_id(row) for rows in self._reviews.values() for row in rows)
        self._known = writer.known(Review, ids)

    def of(self, sub_task: Row) -> list[Review]:
        """Return the reviews of a sub-task that are not here yet."""
        rows = self._reviews.pop(own_id(sub_task), [])
        rows.sort(key=lambda row: (whole_number(row["round"]), str(row["created_at"])))
        holder, reviews = None, []
        for number, row in enumerate(rows, start=1):
            if own_id(row) not in self._known:
                reviews.append(self._review(row, number, sub_task, holder))
            holder = self._crew.get(row["rework_agent"]) or holder
        return reviews

    def leave_out_the_rest(self) -> None:
        """Note the reviews that no sub-task has asked for."""
        for rows in self._reviews.values():
            for row in rows:
                self._values.report.leave_out(LeftOut.ORPHAN, Review, row["id"])

    def _review(self, row: Row, number: int, sub_task: Row, holder: Agent | None) -> Review:
        values, report = self._values, self._values.report
        reviewer = self._crew.get(row["reviewer_agent"])
        created_at = values.moment(Review, row, "created_at")
        if whole_number(row["round"]) != number:
            report.change(Change.ROUND, Review, row["id"])
        result, score, comment = self._verdict(row)
        issues = values.text(Review, row, "issues")
        if result == Result.REJECTED and not issues.strip():
            report.change(Change.ISSUES, Review, row["id"])
            issues = "The earlier server has no issues of this rejection."
        return Review(
            id=values.new_id(Review, row),
            sub_task_id=own_id(sub_task),
            round=number,
            reviewer=reviewer,
            reviewer_name=reviewer.name if reviewer else "Unknown (earlier server)",
            assignee=self._whose_work(sub_task, created_at, holder),
            result=result,
            score=score,
            issues=issues,
            comment=comment,
            rework_agent=self._crew.get(row["rework_agent"]),
            created_at=created_at,
        )

    def _verdict(self, row: Row) -> tuple[Result, int, str]:
        """Return a verdict whose score fits; a score that does not is told in the comment."""
        values, old = self._values, row["score"]
        likely = Result.APPROVED if whole_number(old) > BETWEEN else Result.REJECTED
        result = values.choice(Review, row, "result", Result, otherwise=likely)
        score, comment = whole_number(old), values.text(Review, row, "comment")
        if score in FITTING[result]:
            return result, score, comment
        values.report.change(Change.SCORE, Review, row["id"])
        return result, BETWEEN, f"{comment}\n\n(Score on the earlier server: {old})".strip()

    def _whose_work(self, sub_task: Row, at: datetime, holder: Agent | None) -> Agent:
        """Return who was judged: who got the points, else who had it before, else who has it now."""
        for row in self._points[own_id(sub_task)]:
            booked_at = self._values.moment_or_none(row["created_at"])
            if booked_at and abs(booked_at - at) <= SAME_TIME and self._crew.get(row["agent_id"]):
                return self._crew.get(row["agent_id"])
        return holder or self._crew.get(sub_task["assigned_agent"]) or self._crew.nobody()
