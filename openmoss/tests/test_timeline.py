"""Everything about a sub-task on one line: attempts and sittings, voices, verdicts with their scores."""

from datetime import datetime, timedelta, timezone

import pytest
from django.http import QueryDict

from notifications.models import Event
from openmoss.errors import Invalid
from openmoss.selectors.timeline import timeline_of
from reviews.services import review
from scoring.services import adjust
from tasks.models import ActivityLog, SubTask, Task


@pytest.fixture
def collect(pia) -> SubTask:
    task = pia.post("/api/tasks", name="News").json()
    made = pia.post("/api/sub-tasks", task_id=task["id"], name="Collect").json()
    return SubTask.objects.get(pk=made["id"])


def told(sub_task: SubTask, **options) -> list:
    """Return the line as its attempts, each with the kinds of its entries in each sitting."""
    sub_task.refresh_from_db()
    return [
        (
            stretch.attempt,
            stretch.who,
            [(each.session, [_kind(entry) for entry in each.entries]) for each in stretch.sittings],
        )
        for stretch in timeline_of(sub_task, QueryDict(), **options).stretches
    ]


def _kind(entry) -> str:
    if entry.kind == "event":
        return entry.row.kind.partition(".")[2]
    return f"{entry.kind} {entry.score.score_delta:+}" if entry.score else entry.kind


def work_on(sub_task: SubTask, agent, *, session: str) -> None:
    agent.post(f"/api/sub-tasks/{sub_task.pk}/start", session_id=session)
    for action in ("coding", "delivery"):
        agent.post(
            "/api/logs", sub_task_id=str(sub_task.pk), action=action, summary="Done", session_id=session
        )
    agent.post(f"/api/sub-tasks/{sub_task.pk}/submit", session_id=session)


def verdict(sub_task: SubTask, by, score: int, **more) -> None:
    sub_task.refresh_from_db()
    result = "approved" if score > 3 else "rejected"
    review(
        sub_task, by=by.agent, result=result, score=score, issues="" if score > 3 else "1. No links", **more
    )


def test_each_attempt_stands_together_with_its_sittings_and_verdicts(collect, erin, ed, rita, pat):
    erin.post(f"/api/sub-tasks/{collect.pk}/claim")
    work_on(collect, erin, session="chat-1")
    verdict(collect, rita, 2)
    work_on(collect, erin, session="chat-2")
    verdict(collect, rita, 3, rework_agent=ed.agent)
    adjust(erin.agent, score_delta=1, reason="Nearly", sub_task=collect, by=rita.agent)
    ed.post(f"/api/sub-tasks/{collect.pk}/release", reason="No time")
    pat.post(
        "/api/findings", sub_task_id=str(collect.pk), kind="orphan", severity="warning", description="Nobody"
    )
    erin.post(f"/api/sub-tasks/{collect.pk}/claim")
    work_on(collect, erin, session="chat-3")
    verdict(collect, rita, 5)
    adjust(erin.agent, score_delta=2, reason="Quick", sub_task=collect, by=rita.agent)

    handed_in = ["start", "said", "said", "submit"]
    assert told(collect) == [
        (None, "", [("", ["create"])]),
        # A start belongs to the session that is heard of after it; 3 of 5 is worth nothing.
        (1, "Erin", [("chat-1", ["claim", *handed_in, "review -5"]), ("chat-2", [*handed_in, "review"])]),
        (2, "Ed", [("", ["score", "release"])]),
        (None, "", [("", ["open"])]),
        (3, "Erin", [("chat-3", ["claim", *handed_in, "review +5"])]),
        (None, "", [("", ["score"])]),
    ]


def test_newest_first_turns_everything_round(collect, erin, rita):
    erin.post(f"/api/sub-tasks/{collect.pk}/claim")
    work_on(collect, erin, session="chat-1")
    verdict(collect, rita, 2)
    work_on(collect, erin, session="chat-2")

    assert told(collect, newest_first=True) == [
        (
            1,
            "Erin",
            [
                ("chat-2", ["submit", "said", "said", "start"]),
                ("chat-1", ["review -5", "submit", "said", "said", "start", "claim"]),
            ],
        ),
        (None, "", [("", ["create"])]),
    ]


def test_what_others_did_is_not_on_it(collect, erin, pia):
    other = pia.post("/api/sub-tasks", task_id=str(collect.task_id), name="Write").json()
    erin.post(f"/api/sub-tasks/{other['id']}/claim")
    erin.post("/api/logs", sub_task_id=other["id"], action="coding", summary="Of another")

    assert told(collect) == [(None, "", [("", ["create"])])]


def test_pages_hold_each_entry_once_both_ways_even_of_one_moment(erin):
    task = Task.objects.create(name="News")
    row = SubTask.objects.create(task=task, name="Collect", status="assigned", assignee=erin.agent, attempt=1)
    at = datetime(2026, 3, 1, 12, tzinfo=timezone.utc)
    # Three moments, in each of which both sources have three entries.
    for number in range(9):
        moment = at + timedelta(minutes=number % 3)
        ActivityLog.objects.create(agent=erin.agent, sub_task=row, action="coding", created_at=moment)
        Event.objects.create(
            kind="sub_task.edit",
            actor_role="clock",
            actor_name="x",
            subject_id=str(row.pk),
            subject_name="x",
            at=moment,
        )

    def page(**query):
        address = QueryDict(mutable=True)
        address.update(query)
        line = timeline_of(row, address, rows=4)
        sittings = [sitting for stretch in line.stretches for sitting in stretch.sittings]
        return line, [(entry.at, entry.kind, entry.row.pk) for each in sittings for entry in each.entries]

    line, found = page()
    assert line.newer == ""
    pages = [found]
    while line.older:
        line, found = page(before=line.older)
        pages.insert(0, found)
    whole = [entry for each in pages for entry in each]
    assert [len(each) for each in pages] == [2, 4, 4, 4, 4]
    assert len(set(whole)) == 18
    assert [(at, kind) for at, kind, _ in whole] == sorted(
        ((at, kind) for at, kind, _ in whole), key=lambda each: (each[0], each[1] == "event")
    )

    back = [found]
    while line.newer:
        line, found = page(after=line.newer)
        back.append(found)
    assert [entry for each in back for entry in each] == whole


@pytest.mark.parametrize(
    "cursor", ["x", "2026-03-01_0_7", "2026-03-01T12:00:00+00:00_9_7", "2026-03-01T12:00:00+00:00_0_x", "__"]
)
def test_a_page_that_is_not_there_is_refused(collect, cursor):
    with pytest.raises(Invalid):
        timeline_of(collect, QueryDict(f"before={cursor.replace('+', '%2B')}"))
