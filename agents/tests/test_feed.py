from datetime import datetime, timedelta, timezone

import pytest

from agents import services
from agents.models import RequestLog
from tasks.models import Module, SubTask, Task
from tasks.services import retire_agent

NOON = datetime(2026, 11, 23, 12, tzinfo=timezone.utc)


@pytest.fixture
def feed(site, client):
    """Read a page of the feed, open, without a key."""
    site.public_feed = True
    site.save()
    return lambda path, **query: client.get(f"/api/feed/{path}", query)


def called(agent, at: datetime = NOON, method="GET", path="/api/tasks", **fields) -> RequestLog:
    fields = {"status": 200, "milliseconds": 1} | fields
    return RequestLog.objects.create(
        at=at, agent=agent, agent_name=agent.name, agent_role=agent.role, method=method, path=path, **fields
    )


def at(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


@pytest.mark.parametrize("path", ["logs", "agents", "agent-summary"])
def test_the_feed_is_closed_unless_the_settings_open_it(client, erin, admin_client, path):
    called(erin.agent)

    for answer in (client.get(f"/api/feed/{path}"), erin.get(f"/api/feed/{path}")):
        assert answer.status_code == 403
        assert answer.json()["detail"] == "The public feed is off."
        assert "Erin" not in answer.content.decode()


def test_everybody_can_ask_whether_it_is_open(site, client):
    closed = client.get("/api/feed/status").json()
    site.public_feed = True
    site.save()

    assert closed == {"enabled": False}
    assert client.get("/api/feed/status").json() == {"enabled": True}


def test_a_call_is_told_whole(feed, erin):
    row = called(erin.agent, method="POST", path="/api/logs", body='{"action": "plan"}', status=200)

    answer = feed("logs")

    assert answer.json() == [
        {
            "id": str(row.pk),
            "timestamp": "2026-11-23T12:00:00Z",
            "method": "POST",
            "path": "/api/logs",
            "agent_id": erin.id,
            "agent_name": "Erin",
            "agent_role": "executor",
            "request_body": '{"action": "plan"}',
            "response_status": 200,
        }
    ]


def test_the_newest_calls_come_first(feed, erin):
    for minute in (2, 1, 3):
        called(erin.agent, NOON + timedelta(minutes=minute), path=f"/api/{minute}")

    assert [row["path"] for row in feed("logs").json()] == ["/api/3", "/api/2", "/api/1"]


def test_only_calls_after_a_moment_are_told(feed, erin):
    for minute in (1, 2, 3):
        called(erin.agent, NOON + timedelta(minutes=minute), path=f"/api/{minute}")

    for moment in ("2026-11-23T12:02:00Z", "2026-11-23T12:02:00", "2026-11-23T13:02:00+01:00"):
        assert [row["path"] for row in feed("logs", after=moment).json()] == ["/api/3"], moment


def test_a_plus_sign_that_was_not_escaped_is_understood(feed, client, erin):
    called(erin.agent)

    answer = client.get("/api/feed/logs?after=2026-11-23T12:30:00+01:00")

    assert [row["agent_name"] for row in answer.json()] == ["Erin"]


def test_calls_of_one_agent_can_be_read_alone(feed, erin, ed):
    called(erin.agent)
    called(ed.agent)

    assert [row["agent_name"] for row in feed("logs", agent_id=ed.id).json()] == ["Ed"]
    assert len(feed("logs", agent_id="").json()) == 2


def test_the_feed_ends_where_it_was_told_to(feed, erin):
    for second in range(60):
        called(erin.agent, NOON + timedelta(seconds=second))

    assert len(feed("logs").json()) == 50
    assert len(feed("logs", limit=1).json()) == 1
    assert len(feed("logs", limit=200).json()) == 60
    for limit in (0, -1, 201):
        assert feed("logs", limit=limit).status_code == 400


def test_secrets_that_agents_send_do_not_appear(feed, log, pia):
    pia.post("/api/tasks", name="Keys", description=f"mine is {pia.key}", password="swordfish")
    pia.get("/api/tasks", token="swordfish", status="nonsense")
    log.flush()

    told = feed("logs").content.decode()
    told += feed("agent-summary").content.decode()

    assert "Keys" in told
    assert pia.key not in told
    assert "swordfish" not in told


def test_agents_are_listed_best_first_without_those_who_retired(feed, erin, ed, rita):
    for agent, score in ((erin.agent, 10), (ed.agent, 5), (rita.agent, 20)):
        agent.total_score = score
        agent.save()
    services.disable_agent(ed.agent)
    retire_agent(rita.agent)

    answer = feed("agents")

    assert [agent["name"] for agent in answer.json()] == ["Erin", "Ed"]
    assert answer.json()[0].keys() == {"id", "name", "role", "status", "total_score", "created_at"}
    assert answer.json()[1]["status"] == "disabled"


def test_the_summary_counts_what_was_done_today(feed, erin, ed, rita):
    today = datetime.now(timezone.utc)
    called(erin.agent, today)
    called(erin.agent, today, "POST", "/api/sub-tasks/1/submit")
    called(erin.agent, today, "POST", "/api/sub-tasks/2/submit", status=409)
    called(erin.agent, today, "GET", "/api/sub-tasks/3/submit", status=405)
    called(erin.agent, today - timedelta(days=1), "POST", "/api/sub-tasks/4/submit")
    called(rita.agent, today, "POST", "/api/review-records")
    called(rita.agent, today, "GET", "/api/review-records")

    summary = {agent["name"]: agent for agent in feed("agent-summary").json()}

    def counts(name: str) -> list[int]:
        return [summary[name][f"today_{what}_count"] for what in ("request", "submit", "review")]

    assert counts("Erin") == [4, 2, 0]
    assert counts("Rita") == [2, 0, 1]
    assert counts("Ed") == [0, 0, 0]


def test_the_summary_tells_what_an_agent_is_at(feed, erin, ed):
    task = Task.objects.create(name="News")
    module = Module.objects.create(task=task, name="Feeds")
    for name, status, since, part in (
        ("Older", "in_progress", NOON - timedelta(hours=1), None),
        ("Newer", "in_progress", NOON, module),
        ("Handed in", "review", NOON + timedelta(hours=1), None),
    ):
        SubTask.objects.create(
            task=task, name=name, status=status, status_since=since, assignee=erin.agent, module=part
        )

    summary = {agent["name"]: agent for agent in feed("agent-summary").json()}

    newer = SubTask.objects.get(name="Newer")
    assert summary["Erin"]["current_sub_task"] == {
        "id": str(newer.pk),
        "name": "Newer",
        "module_name": "Feeds",
    }
    assert summary["Ed"]["current_sub_task"] is None


def test_a_busy_agent_does_not_crowd_out_a_quiet_one(feed, erin, ed):
    called(ed.agent, NOON, "POST", "/api/logs", body="{}")
    for second in range(60):
        called(erin.agent, NOON + timedelta(seconds=second + 1), path=f"/api/{second}")

    summary = {agent["name"]: agent for agent in feed("agent-summary").json()}

    assert [row["path"] for row in summary["Erin"]["recent_actions"]] == [
        f"/api/{second}" for second in (59, 58, 57, 56, 55)
    ]
    assert summary["Ed"]["recent_actions"] == [
        {
            "method": "POST",
            "path": "/api/logs",
            "request_body": "{}",
            "response_status": 200,
            "timestamp": "2026-11-23T12:00:00Z",
        }
    ]
