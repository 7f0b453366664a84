"""/api/logs: what agents say."""

from datetime import timedelta

import pytest
from django.utils import timezone

from notifications.models import Event
from tasks.models import ActivityLog

UNKNOWN = "11111111-2222-3333-4444-555555555555"
ACTIONS = ["coding", "delivery", "blocked", "reflection", "plan", "review", "patrol"]


@pytest.fixture
def said(erin):
    """Let Erin have said so many things, each so many days ago, numbered from the newest on."""

    def rows(count: int = 1, *, days_ago: float = 0, by=erin, **fields) -> None:
        now = timezone.now() - timedelta(days=days_ago)
        ActivityLog.objects.bulk_create(
            [
                ActivityLog(
                    **{"agent": by.agent, "action": "plan", "summary": f"{number}"} | fields,
                    created_at=now - timedelta(seconds=number),
                )
                for number in range(count)
            ]
        )

    return rows


def summaries(answer) -> list[str]:
    assert answer.status_code == 200
    return [row["summary"] for row in answer.json()]


@pytest.mark.parametrize("action", ACTIONS)
def test_an_agent_writes_down_what_it_did(given, erin, action):
    sub_task = given("pending")

    answer = erin.post(
        "/api/logs", action=action, summary=" Done.\n", sub_task_id=str(sub_task.pk), session_id="chat-1"
    )

    row = ActivityLog.objects.get()
    assert answer.status_code == 200
    assert answer.json() == {
        "id": str(row.pk),
        "agent_id": erin.id,
        "sub_task_id": str(sub_task.pk),
        "action": action,
        "summary": " Done.\n",
        "session_id": "chat-1",
        "created_at": row.created_at.isoformat().replace("+00:00", "Z"),
    }


def test_an_action_is_enough(erin):
    answer = erin.post("/api/logs", action="reflection")

    assert answer.status_code == 200
    assert [answer.json()[field] for field in ("summary", "sub_task_id", "session_id")] == ["", None, None]


def test_what_is_said_is_no_event_and_moves_nothing(given, unchanged, erin):
    sub_task = given("in_progress", holder=erin)

    with unchanged(sub_task):
        answer = erin.post("/api/logs", action="blocked", summary="Help!", sub_task_id=str(sub_task.pk))

    assert answer.status_code == 200
    assert Event.objects.about(sub_task).count() == 0


def test_every_role_may_say_something(pia, erin, rita, pat):
    answers = [caller.post("/api/logs", action="patrol") for caller in (pia, erin, rita, pat)]

    assert [answer.status_code for answer in answers] == [200] * 4
    assert ActivityLog.objects.count() == 4


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("action", "sleeping"),
        ("action", ""),
        ("action", None),
        ("summary", None),
        ("summary", 5),
        ("summary", "x" * 100_001),
        ("session_id", "x" * 201),
        ("sub_task_id", 5),
    ],
)
def test_nonsense_is_refused(erin, field, value):
    answer = erin.post("/api/logs", **({"action": "plan"} | {field: value}))

    assert answer.status_code == 400
    assert list(answer.json()["fields"]) == [field]
    assert ActivityLog.objects.count() == 0


def test_an_action_must_be_given(erin):
    answer = erin.post("/api/logs", summary="Done.")

    assert answer.status_code == 400
    assert list(answer.json()["fields"]) == ["action"]
    assert ActivityLog.objects.count() == 0


@pytest.mark.parametrize("id", [UNKNOWN, "nonsense", "abcde"])
def test_a_log_about_nothing_is_refused(erin, id):
    answer = erin.post("/api/logs", action="delivery", sub_task_id=id)

    assert answer.status_code == 404
    assert list(answer.json()["fields"]) == ["sub_task_id"]
    assert ActivityLog.objects.count() == 0


def test_logs_are_listed_newest_first(said, erin):
    said(3)

    assert summaries(erin.get("/api/logs")) == ["0", "1", "2"]


@pytest.mark.parametrize("path", ["/api/logs", "/api/logs/mine"])
@pytest.mark.parametrize(
    ("limit", "rows"),
    [({}, 20), ({"limit": "0"}, 20), ({"limit": "-5"}, 1), ({"limit": "1"}, 1), ({"limit": "21"}, 21)],
)
def test_there_are_20_rows_unless_asked_otherwise(said, erin, path, limit, rows):
    said(22)

    answer = erin.get(path, **limit)

    assert summaries(answer) == [str(number) for number in range(rows)]


@pytest.mark.parametrize(("limit", "rows"), [("499", 499), ("500", 500), ("501", 500), ("1000000", 500)])
def test_there_are_at_most_500_rows(said, erin, limit, rows):
    said(502)

    answer = erin.get("/api/logs", limit=limit)

    assert len(summaries(answer)) == rows


@pytest.mark.parametrize("path", ["/api/logs", "/api/logs/mine"])
@pytest.mark.parametrize(
    ("days", "ages"),
    [
        ({}, ["0.5", "6.9"]),
        ({"days": "1"}, ["0.5"]),
        ({"days": "0"}, ["0.5"]),
        ({"days": "-7"}, ["0.5"]),
        ({"days": "8"}, ["0.5", "6.9", "7.1"]),
        ({"days": "60"}, ["0.5", "6.9", "7.1", "59.9"]),
        ({"days": "61"}, ["0.5", "6.9", "7.1", "59.9"]),
        ({"days": "100000"}, ["0.5", "6.9", "7.1", "59.9"]),
    ],
)
def test_logs_go_back_seven_days_unless_asked_otherwise(said, erin, path, days, ages):
    for age in ("0.5", "6.9", "7.1", "59.9", "60.1"):
        said(days_ago=float(age), summary=age)

    answer = erin.get(path, **days)

    assert summaries(answer) == ages


@pytest.mark.parametrize("name", ["days", "limit"])
@pytest.mark.parametrize("value", ["week", "1.5", "9" * 40])
def test_days_and_limit_are_whole_numbers(erin, name, value):
    answer = erin.get("/api/logs", **{name: value})

    assert answer.status_code == 400
    assert list(answer.json()["fields"]) == [name]


def test_logs_are_filtered_by_sub_task_agent_and_action(said, given, erin, ed):
    sub_task = given("pending")
    said(summary="plan")
    said(summary="delivery", action="delivery", sub_task=sub_task)
    said(summary="of Ed", by=ed, sub_task=sub_task)

    answers = [
        erin.get("/api/logs", sub_task_id=str(sub_task.pk)),
        erin.get("/api/logs", agent_id=ed.id),
        erin.get("/api/logs", action="delivery"),
        erin.get("/api/logs", action="delivery", agent_id=ed.id),
        erin.get("/api/logs", action="", sub_task_id="", agent_id=""),
    ]

    assert [sorted(summaries(answer)) for answer in answers] == [
        ["delivery", "of Ed"],
        ["of Ed"],
        ["delivery"],
        [],
        ["delivery", "of Ed", "plan"],
    ]


@pytest.mark.parametrize("path", ["/api/logs", "/api/logs/mine"])
def test_an_unknown_action_is_refused(erin, path):
    answer = erin.get(path, action="sleeping")

    assert answer.status_code == 400
    assert list(answer.json()["fields"]) == ["action"]


@pytest.mark.parametrize("name", ["sub_task_id", "agent_id"])
@pytest.mark.parametrize("id", [UNKNOWN, "nonsense"])
def test_an_unknown_id_in_a_filter_is_not_found(erin, name, id):
    answer = erin.get("/api/logs", **{name: id})

    assert answer.status_code == 404
    assert list(answer.json()["fields"]) == [name]


def test_mine_are_what_i_said(said, erin, ed):
    said(summary="of Erin")
    said(summary="of Ed", by=ed)
    said(summary="delivery", by=ed, action="delivery")

    assert summaries(erin.get("/api/logs/mine")) == ["of Erin"]
    assert summaries(ed.get("/api/logs/mine", action="delivery")) == ["delivery"]


def test_a_log_takes_as_many_queries_for_many_rows_as_for_one(said, erin, django_assert_num_queries):
    said(100)

    with django_assert_num_queries(2):
        answer = erin.get("/api/logs", limit=500)

    assert len(summaries(answer)) == 100
