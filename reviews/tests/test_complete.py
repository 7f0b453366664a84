import pytest

from agents.models import Agent
from reviews.models import Review


def test_completing_is_an_approving_review(submitted, erin, rita):
    answer = rita.post(f"/api/sub-tasks/{submitted.pk}/complete", score=5, comment="Good.", round=1)

    verdict = Review.objects.get()
    assert answer.status_code == 200
    assert (answer.json()["id"], answer.json()["status"]) == (str(submitted.pk), "done")
    assert answer.json()["completed_at"] is not None
    assert answer.json()["can"] == []
    assert (verdict.result, verdict.score, verdict.comment, verdict.reviewer) == (
        "approved",
        5,
        "Good.",
        rita.agent,
    )
    assert Agent.objects.get(name="Erin").total_score == 5


@pytest.mark.parametrize(
    ("body", "field"),
    [({}, "score"), ({"score": 2}, "score"), ({"score": 6}, "score"), ({"score": None}, "score")],
)
def test_completing_needs_a_score_that_fits(submitted, rita, nothing_written, body, field):
    with nothing_written():
        answer = rita.post(f"/api/sub-tasks/{submitted.pk}/complete", **body)

    assert answer.status_code == 400
    assert list(answer.json()["fields"]) == [field]


def test_completing_another_round_is_refused(submitted, rita, nothing_written):
    with nothing_written():
        answer = rita.post(f"/api/sub-tasks/{submitted.pk}/complete", score=5, round=2)

    assert answer.status_code == 409


def test_a_verdict_cannot_be_slipped_in(submitted, rita):
    rita.post(
        f"/api/sub-tasks/{submitted.pk}/complete",
        score=3,
        result="rejected",
        issues="x",
        rework_agent=rita.id,
    )

    verdict = Review.objects.get()
    assert (verdict.result, verdict.issues, verdict.rework_agent) == ("approved", "", None)


def test_an_unknown_sub_task_is_not_found(rita):
    assert rita.post(f"/api/sub-tasks/{'0' * 32}/complete", score=5).status_code == 404
