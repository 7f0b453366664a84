"""Reviews, points, words, findings and calls of an earlier server: each comes over in a way that is told."""

from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone

from agents.models import Agent, RequestLog
from conftest import Caller
from openmoss.tests.old_server import NOWHERE, OldServer, kinds
from patrol.models import Finding
from reviews.models import Result, Review
from scoring.models import ScoreEntry
from tasks.models import ActivityLog, SubTask


@pytest.fixture
def task(old) -> str:
    return old.add("task", name="News")


@pytest.fixture
def erins(old) -> str:
    return old.hire("Erin")


@pytest.fixture
def judged(old, task, erins) -> str:
    """A sub-task that Erin had, and that Ed has now."""
    old.ed, old.rita = old.hire("Ed"), old.hire("Rita", "reviewer")
    return old.add("sub_task", task_id=task, name="Collect", status="review", assigned_agent=old.ed)


def judge(old: OldServer, sub_task: str, **review) -> str:
    return old.add("review_record", sub_task_id=sub_task, reviewer_agent=old.rita, **review)


def test_rounds_are_counted_from_one_so_that_the_next_one_fits(old, bring, judged):
    judge(old, judged, round=3, result="rejected", score=3, issues="c")
    judge(old, judged, round=2, result="rejected", score=3, issues="a", created_at="2026-11-20 10:00:00")
    judge(old, judged, round=2, result="rejected", score=3, issues="b", created_at="2026-11-20 11:00:00")

    _, report = bring()
    rita = Caller(Agent.objects.get(name="Rita"), "ak_rita")
    verdict = rita.post("/api/review-records", sub_task_id=judged, result="approved", score=3)

    assert verdict.json()["round"] == 4
    assert list(Review.objects.order_by("round").values_list("issues", flat=True)) == ["a", "b", "c", ""]
    assert kinds(report)["reviews", "round"] == 1


@pytest.mark.parametrize(
    ("result", "score", "now"),
    [
        ("approved", 5, ("approved", 5, "Good")),
        ("rejected", 3, ("rejected", 3, "Good")),
        ("approved", 1, ("approved", 3, "Good\n\n(Score on the earlier server: 1)")),
        ("rejected", 5, ("rejected", 3, "Good\n\n(Score on the earlier server: 5)")),
        ("approved", None, ("approved", 3, "Good\n\n(Score on the earlier server: None)")),
        ("fine", 4, ("approved", 4, "Good")),
        ("bad", 1, ("rejected", 1, "Good")),
    ],
)
def test_a_score_fits_its_verdict(old, bring, judged, result, score, now):
    judge(old, judged, result=result, score=score, comment="Good", issues="1. x")

    code, _ = bring()

    review = Review.objects.get()
    assert code == 0
    assert (review.result, review.score, review.comment) == now


def test_a_review_that_the_database_refuses_does_not_keep_its_sub_task_away(old, bring, judged, monkeypatch):
    """A fault of ours, in the end: it must be told, and cost one row only."""
    monkeypatch.setattr("openmoss.legacy.reviews.FITTING", dict.fromkeys(Result, range(10)))
    bad = judge(old, judged, result="approved", score=1)

    code, report = bring()

    assert code == 1
    assert str(SubTask.objects.get().pk) == judged
    assert kinds(report, "left_out") == {("reviews", "refused"): 1}
    assert report["left_out"][0]["ids"] == [bad]


def test_a_rejection_without_issues_says_so(old, bring, judged):
    judge(old, judged, result="rejected", score=1, issues="  ")

    _, report = bring()

    assert Review.objects.get().issues == "The earlier server has no issues of this rejection."
    assert kinds(report)["reviews", "issues"] == 1


def test_the_points_say_whose_work_was_judged(old, bring, judged, erins):
    first = judge(old, judged, result="rejected", score=1, issues="1", created_at="2026-11-20 10:00:00.1")
    second = judge(
        old,
        judged,
        round=2,
        result="rejected",
        score=3,
        issues="2",
        created_at="2026-11-20 11:00:00",
    )
    old.add(
        "reward_log", agent_id=erins, sub_task_id=judged, score_delta=-5, created_at="2026-11-20 10:00:00.2"
    )

    bring()

    assert Review.objects.get(pk=first).assignee.name == "Erin"
    assert Review.objects.get(pk=second).assignee.name == "Ed"


def test_who_got_the_rework_was_judged_next(old, bring, judged, erins):
    judge(old, judged, result="rejected", score=3, issues="1", rework_agent=erins)
    second = judge(old, judged, round=2, result="rejected", score=3, issues="2")

    bring()

    assert Review.objects.get(pk=second).assignee.name == "Erin"


def test_findings_come_over_as_closed_and_patrol_looks_again(old, bring, task, erins):
    sub_task = old.add("sub_task", task_id=task, name="Collect")
    old.add("patrol_record", type="timeout", severity="critical", sub_task_id=sub_task, description="Slow")
    old.add(
        "patrol_record",
        type="score_drop",
        agent_id=erins,
        status="ignored",
        resolved_at="2026-11-21 09:00:00",
    )

    _, report = bring()

    slow, drop = Finding.objects.order_by("-kind")
    assert (slow.kind, slow.severity, slow.status) == ("timeout", "critical", "resolved")
    assert (str(slow.sub_task_id), str(slow.task_id), str(slow.subject_id)) == (sub_task, task, sub_task)
    assert (drop.status, drop.agent.name, str(drop.subject_id)) == ("ignored", "Erin", erins)
    assert not Finding.objects.open().exists()
    assert kinds(report) == {("findings", "settled"): 1}


def test_calls_come_over_when_asked_for_if_they_are_young_enough(old, bring, erins):
    call = {"agent_id": erins, "agent_name": "Erin", "agent_role": "executor", "method": "POST"}
    with_key = '{"api_key": "ak_0123456789abcdef0123456789abcdef"}'
    old.add("request_log", timestamp=days_ago(1), path="/api/logs", request_body=with_key, **call)
    old.add("request_log", timestamp=days_ago(9), path="/api/old", **call)

    _, without = bring()
    assert not RequestLog.objects.exists()
    _, report = bring("--request-log")
    bring("--request-log")

    call = RequestLog.objects.get()
    assert "request logs" not in without["tables"]
    assert report["tables"]["request logs"]["new"] == 1
    assert (call.method, call.path, call.agent_name, call.status) == ("POST", "/api/logs", "Erin", 200)
    assert call.body == '{"api_key": "[hidden]"}'
    assert Agent.objects.get().last_seen_at == call.at


def days_ago(days: int) -> str:
    at = timezone.now() - timedelta(days=days)
    return f"{at.astimezone(ZoneInfo('Asia/Shanghai')):%Y-%m-%d %H:%M:%S.%f}"


def test_a_number_that_is_too_large_is_cut(old, bring, erins):
    old.add("reward_log", agent_id=erins, score_delta=2**40)

    code, report = bring()

    assert code == 0
    assert ("score entries", "large") in kinds(report)
    assert Agent.objects.get().total_score == sum(ScoreEntry.objects.values_list("score_delta", flat=True))


def test_words_and_points_about_nothing_are_kept_without_it(old, bring, erins):
    old.add("activity_log", agent_id=erins, sub_task_id=NOWHERE, summary="Done")
    old.add("reward_log", agent_id=erins, sub_task_id=NOWHERE, score_delta=5)
    old.add("activity_log", agent_id="", summary="Who am I?")

    code, report = bring()

    assert code == 0
    assert ActivityLog.objects.get(summary="Done").sub_task is None
    assert ScoreEntry.objects.filter(score_delta=5).get().sub_task is None
    assert ActivityLog.objects.get(summary="Who am I?").agent.name == "Unknown (earlier server)"
    assert kinds(report)["activity logs", "subject"] == kinds(report)["score entries", "subject"] == 1
