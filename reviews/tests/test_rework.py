import pytest

from agents.models import Agent
from reviews.models import Review


def test_rework_is_a_rejecting_review(submitted, erin, ed, rita):
    answer = rita.post(
        f"/api/sub-tasks/{submitted.pk}/rework", score=2, issues="No sources.", rework_agent=ed.id, round=1
    )

    verdict = Review.objects.get()
    assert answer.status_code == 200
    assert (answer.json()["status"], answer.json()["assigned_agent"]) == ("rework", ed.id)
    assert (answer.json()["rework_count"], answer.json()["attempt"]) == (1, 2)
    assert (verdict.result, verdict.score, verdict.issues) == ("rejected", 2, "No sources.")
    assert (verdict.assignee, verdict.rework_agent) == (erin.agent, ed.agent)
    assert Agent.objects.get(name="Erin").total_score == -5


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"issues": "x"}, "score"),
        ({"score": 4, "issues": "x"}, "score"),
        ({"score": 0, "issues": "x"}, "score"),
        ({"score": 2}, "issues"),
        ({"score": 2, "issues": " "}, "issues"),
        ({"score": 2, "issues": None}, "issues"),
    ],
)
def test_rework_needs_a_score_that_fits_and_issues(submitted, rita, nothing_written, body, field):
    with nothing_written():
        answer = rita.post(f"/api/sub-tasks/{submitted.pk}/rework", **body)

    assert answer.status_code == 400
    assert list(answer.json()["fields"]) == [field]


def test_the_executor_sees_that_it_can_start_again(submitted, erin, rita):
    rita.post(f"/api/sub-tasks/{submitted.pk}/rework", score=2, issues="No sources.")

    mine = erin.get("/api/sub-tasks/mine").json()["items"]

    assert [(row["status"], "start" in row["can"]) for row in mine] == [("rework", True)]


def test_rework_of_another_round_is_refused(submitted, rita, nothing_written):
    with nothing_written():
        answer = rita.post(f"/api/sub-tasks/{submitted.pk}/rework", score=2, issues="x", round=2)

    assert answer.status_code == 409
