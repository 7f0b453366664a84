"""People see who stands where and why, and change a score by hand with a reason."""

from datetime import timedelta

import pytest
from django.utils import timezone

from conftest import hire, reads_of
from notifications.models import Event
from reviews.models import Review
from reviews.record import records
from scoring import services
from scoring.models import ScoreEntry
from tasks.models import SubTask, Task


@pytest.fixture
def work(erin):
    """Judge three sub-tasks of Erin's: one approved at once, one after a round of rework, one only sent back."""
    task = Task.objects.create(name="News")
    now = timezone.now()
    for name, hours, verdicts in [
        ("a", 1, ["approved"]),
        ("b", 3, ["rejected", "approved"]),
        ("c", 0, ["rejected"]),
    ]:
        done = verdicts[-1] == "approved"
        row = SubTask.objects.create(
            task=task,
            name=name,
            status="done" if done else "rework",
            assignee=erin.agent,
            attempt=1,
            assigned_at=now - timedelta(hours=hours),
            completed_at=now if done else None,
        )
        for round, result in enumerate(verdicts, 1):
            score = 5 if result == "approved" else 2
            Review.objects.create(
                sub_task=row,
                round=round,
                reviewer_name="Rita",
                assignee=erin.agent,
                result=result,
                score=score,
                issues="" if result == "approved" else "No.",
            )
            services.score_review(erin.agent, sub_task=row, score=score, by=None)


def test_a_record_tells_what_a_place_rests_on(work, erin, ed):
    services.adjust(ed.agent, score_delta=7, reason="Helped.", by=erin.agent)
    old = ScoreEntry.objects.get(agent=ed.agent)
    ScoreEntry.objects.filter(pk=old.pk).update(created_at=timezone.now() - timedelta(days=2))

    first, second = records()

    assert (first.agent.name, first.rank, first.first_pass_rate, first.median) == ("Ed", 1, None, None)
    assert first.trend[-3:] == [7, 7, 7]
    assert set(first.trend[:-3]) == {0}
    assert (second.agent.name, second.rank) == ("Erin", 2)
    assert (second.first_pass_rate, second.rework_rate) == (33, 50)
    assert (second.rewards, second.penalties) == (2, 2)
    assert second.median == timedelta(hours=2)
    assert second.trend[-1] == 0


def test_the_leaderboard_shows_and_filters(desk, work, rita):
    page = desk.get("/scores").content.decode()
    assert "33 %" in page
    assert "2 h" in page

    only_reviewers = desk.get("/scores?role=reviewer").content.decode()
    assert "Rita" in only_reviewers
    assert 'data-tone="sky"></span>Erin' not in only_reviewers


def test_there_are_as_many_reads_for_thirty_as_for_one(desk, work, erin):
    reads = reads_of(desk, "/scores")

    for number in range(30):
        services.adjust(hire(f"Number {number}", "executor").agent, score_delta=1, reason="x", by=erin.agent)

    assert reads_of(desk, "/scores") == reads <= 25


def test_a_person_adjusts_a_score_with_a_reason(desk, ann, erin):
    question = desk.get(f"/agents/{erin.id}/adjust").content.decode()
    assert "It is 0 now." in question

    answer = desk.post(
        f"/agents/{erin.id}/adjust", {"score_delta": -3, "reason": "Left a mess."}, follow=True
    )

    assert "Erin: -3 points." in answer.content.decode()
    entry = ScoreEntry.objects.get()
    assert (entry.score_delta, entry.reason) == (-3, "Adjusted by Ann: Left a mess.")
    assert Event.objects.get(kind="agent.score").actor_id == str(ann.pk)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"score_delta": 0, "reason": "x"}, "changes nothing"),
        ({"score_delta": 5}, "This field is required."),
        ({"score_delta": 99999, "reason": "x"}, "less than or equal to 10000"),
    ],
)
def test_an_adjustment_that_cannot_be_is_refused(desk, erin, given, said):
    answer = desk.post(f"/agents/{erin.id}/adjust", given)

    assert answer.status_code == 422
    assert said in answer.content.decode()
    assert not ScoreEntry.objects.exists()


def test_the_ledger_is_found_by_agent_sign_and_words(desk, work, erin, ed):
    services.adjust(ed.agent, score_delta=-7, reason="<b>Late</b>", by=erin.agent)

    everything = desk.get("/scores/log").content.decode()
    assert everything.count("<tr>") == 6
    assert "&lt;b&gt;Late" in everything
    assert desk.get("/scores/log?sign=rewards").content.decode().count("<tr>") == 3
    assert desk.get(f"/scores/log?agent={ed.id}").content.decode().count("<tr>") == 2
    assert desk.get("/scores/log?q=late").content.decode().count("<tr>") == 2
    assert desk.get("/scores/log?sign=odd").status_code == 400


def test_who_may_only_look_changes_nothing(onlooker, erin):
    assert onlooker.get("/scores").status_code == 200
    assert onlooker.post(f"/agents/{erin.id}/adjust", {"score_delta": 5, "reason": "x"}).status_code == 403
    assert not ScoreEntry.objects.exists()
