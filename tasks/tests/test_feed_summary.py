"""GET /api/feed/agent-summary: what each agent does now and did today, for anybody who looks."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from agents.models import Agent, RequestLog
from openmoss.models import SiteSettings
from tasks.models import Module


@pytest.fixture
def open_feed(db):
    SiteSettings.load()
    SiteSettings.objects.update(public_feed=True)


@pytest.fixture
def called():
    """Let an agent have made a call."""

    def call(caller, method, path, *, at=None) -> RequestLog:
        return RequestLog.objects.create(
            at=at or timezone.now(),
            agent=caller.agent,
            agent_name=caller.agent.name,
            agent_role=caller.agent.role,
            method=method,
            path=path,
            body=None,
            status=200,
            milliseconds=1,
        )

    return call


def summary(of) -> dict:
    answer = Client().get("/api/feed/agent-summary")
    assert answer.status_code == 200
    return next(row for row in answer.json() if row["id"] == of.id)


def test_a_closed_feed_tells_nobody_anything(db, erin):
    answer = Client().get("/api/feed/agent-summary")

    assert answer.status_code == 403
    assert "Erin" not in answer.content.decode()


def test_an_agent_at_work_is_shown_with_its_work(open_feed, given, task, erin):
    module = Module.objects.create(task=task, name="Research")
    given("assigned", holder=erin, name="Later")
    now = given("in_progress", holder=erin, name="Collect", module=module)

    row = summary(erin)

    assert row["current_sub_task"] == {"id": str(now.pk), "name": "Collect", "module_name": "Research"}
    assert (row["name"], row["role"], row["total_score"]) == ("Erin", "executor", 0)


def test_an_idle_agent_is_shown_without_work(open_feed, given, erin):
    given("done", holder=erin)

    row = summary(erin)

    assert row["current_sub_task"] is None
    assert row["recent_actions"] == []
    assert row["today_request_count"] == 0


def test_the_calls_of_today_are_counted(open_feed, called, erin, rita):
    called(erin, "POST", "/api/sub-tasks/1/submit")
    called(erin, "GET", "/api/sub-tasks/1/submit")
    called(erin, "POST", "/api/sub-tasks/1/submit", at=timezone.now() - timedelta(days=1))
    called(rita, "POST", "/api/review-records")

    erins, ritas = summary(erin), summary(rita)

    assert (erins["today_request_count"], erins["today_submit_count"], erins["today_review_count"]) == (
        2,
        1,
        0,
    )
    assert (ritas["today_request_count"], ritas["today_submit_count"], ritas["today_review_count"]) == (
        1,
        0,
        1,
    )


def test_a_busy_agent_does_not_crowd_out_a_quiet_one(open_feed, called, erin, ed):
    called(ed, "GET", "/api/rules", at=timezone.now() - timedelta(hours=1))
    for number in range(8):
        called(erin, "GET", f"/api/tasks/{number}")

    erins, eds = summary(erin), summary(ed)

    assert [action["path"] for action in erins["recent_actions"]] == [
        f"/api/tasks/{number}" for number in (7, 6, 5, 4, 3)
    ]
    assert [action["path"] for action in eds["recent_actions"]] == ["/api/rules"]


def test_the_best_come_first_and_the_retired_not_at_all(open_feed, erin, ed, ann):
    Agent.objects.filter(pk=ed.id).update(total_score=5)
    Agent.objects.create(name="Old", role="executor", status="retired")

    rows = Client().get("/api/feed/agent-summary").json()

    assert [row["name"] for row in rows] == ["Ed", "Erin"]
