"""People see what waits for a verdict and what was judged, and judge work themselves."""

import pytest

from conftest import reads_of
from notifications.models import Event
from reviews.models import Review
from tasks.models import SubTask


@pytest.fixture
def judged(submitted, rita, erin) -> Review:
    """The first round of Erin's work, which Rita sent back; the second waits."""
    rita.post(
        "/api/review-records",
        sub_task_id=str(submitted.pk),
        result="rejected",
        score=2,
        issues="1. <script>alert(1)</script> 2. [no sources](javascript:alert(1))",
    )
    erin.post(f"/api/sub-tasks/{submitted.pk}/start", session_id="chat-1")
    erin.post("/api/logs", action="delivery", sub_task_id=str(submitted.pk), summary="**Sources** in `out/`")
    erin.post(f"/api/sub-tasks/{submitted.pk}/submit")
    return Review.objects.get()


def test_what_waits_and_what_was_judged_is_listed(desk, judged):
    page = desk.get("/reviews").content.decode()

    assert page.count(f"/sub-tasks/{judged.sub_task_id}/review") == 1
    assert f'href="/reviews/{judged.pk}"' in page
    assert "sent back" in page
    assert "<script>alert" not in page


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("result=rejected", True),
        ("result=approved", False),
        ("q=no sources", True),
        ("q=elsewhere", False),
        ("by={rita}", True),
        ("of={rita}", False),
    ],
)
def test_verdicts_are_found_by_what_they_are(desk, judged, rita, query, found):
    page = desk.get("/reviews?" + query.format(rita=rita.id)).content.decode()

    assert (f"/reviews/{judged.pk}" in page) is found


def test_a_filter_that_does_not_exist_is_refused_in_words(desk):
    answer = desk.get("/reviews?result=perfect")

    assert answer.status_code == 400
    assert "approved, rejected" in answer.content.decode()


def test_one_verdict_shows_the_work_it_is_about(desk, judged):
    page = desk.get(f"/reviews/{judged.pk}").content.decode()

    assert "Round 1" in page
    assert "−5" in page
    assert "javascript:" not in page.replace("javascript:alert(1))", "")


def test_a_person_reads_and_approves(desk, ann, judged, erin, rita):
    question = desk.get(f"/sub-tasks/{judged.sub_task_id}/review").content.decode()
    assert "<strong>Sources</strong>" in question
    assert "Your verdict, round 2" in question

    answer = desk.post(
        f"/sub-tasks/{judged.sub_task_id}/review",
        {"result": "approved", "score": 4, "comment": "Good.", "round": 2},
        follow=True,
    )

    assert answer.redirect_chain == [(f"/sub-tasks/{judged.sub_task_id}", 302)]
    assert "is approved." in answer.content.decode()
    verdict = Review.objects.get(round=2)
    assert (verdict.reviewer, verdict.reviewer_name, verdict.score) == (None, "Ann", 4)
    event = Event.objects.get(kind="sub_task.approve")
    assert (event.actor_role, event.actor_id) == ("admin", str(ann.pk))
    erin.agent.refresh_from_db()
    assert erin.agent.total_score == 0  # 5 taken, 5 given


def test_sent_back_it_goes_to_whom_the_person_chose(desk, judged, ed):
    desk.post(
        f"/sub-tasks/{judged.sub_task_id}/review",
        {"result": "rejected", "score": 1, "issues": "Nothing works.", "rework_agent": ed.id, "round": 2},
    )

    sub_task = SubTask.objects.get()
    assert (sub_task.status, str(sub_task.assignee_id), sub_task.rework_count) == ("rework", ed.id, 2)


@pytest.mark.parametrize(
    ("verdict", "said"),
    [
        ({"result": "approved", "score": 2}, "Approved work has 3 or more"),
        ({"result": "rejected", "score": 2}, "Say what is wrong"),
        ({"result": "approved"}, "This field is required."),
        ({"result": "approved", "score": 5, "round": 1}, "is in review round 2, not 1"),
        ({"result": "approved", "score": 9}, "Select a valid choice"),
    ],
)
def test_a_verdict_that_cannot_be_is_refused_and_nothing_typed_is_lost(desk, judged, verdict, said):
    answer = desk.post(
        f"/sub-tasks/{judged.sub_task_id}/review", {"round": 2, "comment": "My long comment"} | verdict
    )

    page = answer.content.decode()
    assert answer.status_code == 422
    assert said in page
    assert "My long comment" in page
    assert Review.objects.count() == 1


def test_who_may_only_look_judges_nothing(onlooker, judged):
    assert onlooker.get("/reviews").status_code == 200
    answer = onlooker.post(
        f"/sub-tasks/{judged.sub_task_id}/review", {"result": "approved", "score": 5, "round": 2}
    )

    assert answer.status_code == 403
    assert Review.objects.count() == 1


def test_many_rows_cost_no_more_reads(desk, judged, erin):
    reads = reads_of(desk, "/reviews")

    for number in range(20):
        row = SubTask.objects.create(
            task=judged.sub_task.task, name=f"{number}", status="review", assignee=erin.agent, attempt=1
        )
        Review.objects.create(
            sub_task=row, round=1, reviewer_name="Ann", assignee=erin.agent, result="approved", score=5
        )

    assert reads_of(desk, "/reviews") == reads <= 25
