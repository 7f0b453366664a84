import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction

from agents import services as hiring
from agents.models import Agent
from notifications.models import Event
from reviews.models import Review
from reviews.services import review
from scoring.models import ScoreEntry
from tasks.models import SubTask
from tasks.services import retire_agent


@pytest.fixture
def give(rita, submitted):
    """Give Rita's verdict."""

    def verdict(**body):
        return rita.post("/api/review-records", **{"sub_task_id": str(submitted.pk)} | body)

    return verdict


def total(agent) -> int:
    return Agent.objects.get(pk=agent.id).total_score


def kinds() -> list[str]:
    return list(Event.objects.exclude(kind="agent.create").values_list("kind", flat=True))


@pytest.mark.parametrize(("score", "delta"), [(3, 0), (4, 5), (5, 5)])
def test_approved_work_is_done(give, submitted, erin, rita, score, delta):
    answer = give(result="approved", score=score, comment="Good.")

    verdict = Review.objects.get()
    submitted.refresh_from_db()
    assert answer.status_code == 200
    assert answer.json() == {
        "id": str(verdict.pk),
        "sub_task_id": str(submitted.pk),
        "reviewer_agent": rita.id,
        "reviewer_name": "Rita",
        "round": 1,
        "result": "approved",
        "score": score,
        "issues": "",
        "comment": "Good.",
        "rework_agent": None,
        "created_at": answer.json()["created_at"],
    }
    assert (submitted.status, submitted.rework_count, submitted.assignee) == ("done", 0, erin.agent)
    assert submitted.completed_at is not None
    assert verdict.assignee == erin.agent
    assert total(erin) == delta
    assert total(rita) == 0
    assert kinds() == ["sub_task.approve"] + (["agent.score"] if delta else [])


@pytest.mark.parametrize(("score", "delta"), [(1, -5), (2, -5), (3, 0)])
def test_rejected_work_comes_back(give, submitted, erin, score, delta):
    answer = give(result="rejected", score=score, issues="- No sources.\n")

    submitted.refresh_from_db()
    event = Event.objects.get(kind="sub_task.reject")
    assert answer.status_code == 200
    assert answer.json()["issues"] == "- No sources.\n"
    assert (submitted.status, submitted.rework_count, submitted.attempt) == ("rework", 1, 1)
    assert (submitted.assignee, submitted.current_session_id) == (erin.agent, "chat-1")
    assert submitted.completed_at is None
    assert (event.was, event.now, event.why) == ("review", "rework", "- No sources.\n")
    assert total(erin) == delta
    assert kinds() == ["sub_task.reject"] + (["agent.score"] if delta else [])


@pytest.mark.parametrize(
    ("result", "score"),
    [
        *(("approved", 1), ("approved", 2), ("rejected", 4), ("rejected", 5)),
        *(("approved", 0), ("approved", 6), ("rejected", 0), ("rejected", -1), ("approved", 2**62)),
    ],
)
def test_a_score_must_fit_its_verdict(give, nothing_written, result, score):
    with nothing_written():
        answer = give(result=result, score=score, issues="Something.")

    assert answer.status_code == 400
    assert list(answer.json()["fields"]) == ["score"]


@pytest.mark.parametrize("issues", [{}, {"issues": ""}, {"issues": " \n\t "}])
def test_a_rejection_says_what_is_wrong(give, nothing_written, issues):
    with nothing_written():
        answer = give(result="rejected", score=2, **issues)

    assert answer.status_code == 400
    assert list(answer.json()["fields"]) == ["issues"]


def test_an_approval_may_name_issues_too(give, submitted):
    assert give(result="approved", score=3, issues="A typo.").json()["issues"] == "A typo."


@pytest.mark.parametrize(
    "status", ["pending", "assigned", "in_progress", "rework", "blocked", "done", "cancelled"]
)
def test_only_work_in_review_can_be_reviewed(give, submitted, erin, nothing_written, status):
    SubTask.objects.update(
        status=status,
        assignee=None if status == "pending" else erin.agent,
        completed_at=submitted.created_at if status == "done" else None,
    )

    with nothing_written():
        approved = give(result="approved", score=5)
        rejected = give(result="rejected", score=1, issues="x")

    assert (approved.status_code, rejected.status_code) == (409, 409)


def test_a_second_verdict_comes_too_late(give, submitted, nothing_written):
    give(result="approved", score=5)

    with nothing_written():
        answer = give(result="rejected", score=1, issues="Changed my mind.")

    assert answer.status_code == 409
    assert "is done" in answer.json()["detail"]


def test_an_unknown_sub_task_is_not_found(give, nothing_written):
    with nothing_written():
        answer = give(sub_task_id="0" * 32, result="approved", score=5)

    assert answer.status_code == 404
    assert list(answer.json()["fields"]) == ["sub_task_id"]


def test_nobody_reviews_work_of_their_own(give, submitted, rita, nothing_written):
    SubTask.objects.update(assignee=rita.agent)

    with nothing_written():
        approved = give(result="approved", score=5)
        rejected = give(result="rejected", score=1, issues="x")

    for answer in (approved, rejected):
        assert answer.status_code == 403
        assert answer.json()["detail"] == "Nobody reviews work of their own."


@pytest.mark.parametrize("who", ["pia", "erin", "ed", "pat"])
def test_only_reviewers_review(request, submitted, nothing_written, who):
    caller = request.getfixturevalue(who)

    with nothing_written():
        answer = caller.post("/api/review-records", sub_task_id=str(submitted.pk), result="approved", score=5)

    assert answer.status_code == 403


def test_a_person_reviews_too(submitted, erin, admin_user):
    verdict = review(submitted, result="approved", score=5, by=admin_user)

    assert (verdict.reviewer, verdict.reviewer_name) == (None, "admin")
    assert total(erin) == 5


# Rounds.


def hand_in_again(agent, sub_task) -> None:
    for move in ("start", "submit"):
        assert agent.post(f"/api/sub-tasks/{sub_task.pk}/{move}").status_code == 200


def test_each_round_is_counted(give, submitted, erin):
    give(result="rejected", score=2, issues="x")
    hand_in_again(erin, submitted)
    give(result="rejected", score=3, issues="y")
    hand_in_again(erin, submitted)
    last = give(result="approved", score=4)

    submitted.refresh_from_db()
    assert last.json()["round"] == 3
    assert submitted.rework_count == 2
    assert total(erin) == 0
    assert ScoreEntry.objects.count() == 2


def test_the_round_that_was_looked_at_may_be_named(give, submitted, erin):
    first = give(result="rejected", score=2, issues="x", round=1)
    hand_in_again(erin, submitted)
    second = give(result="approved", score=4, round=2)

    assert (first.status_code, second.status_code) == (200, 200)


@pytest.mark.parametrize("round", [1, 3, 0, -1, 2**62])
def test_a_verdict_on_another_round_is_refused(give, submitted, erin, nothing_written, round):
    give(result="rejected", score=2, issues="x")
    hand_in_again(erin, submitted)

    with nothing_written():
        answer = give(result="approved", score=5, round=round)

    assert answer.status_code == 409
    assert answer.json()["detail"] == f"Sub-task 'Collect' is in review round 2, not {round}."


def test_a_round_is_reviewed_once_says_the_database(give, submitted, erin):
    give(result="approved", score=5)
    first = Review.objects.get()

    with pytest.raises(IntegrityError), transaction.atomic():
        Review.objects.create(sub_task=submitted, round=1, assignee=erin.agent, result="approved", score=5)

    assert Review.objects.get() == first


@pytest.mark.parametrize(
    "wrong",
    [
        *({"result": "approved", "score": 2}, {"result": "rejected", "score": 4, "issues": "x"}),
        *({"result": "rejected", "score": 2}, {"result": "approved", "score": 6}, {"result": "maybe"}),
    ],
)
def test_the_database_takes_no_impossible_verdict(submitted, erin, wrong):
    with pytest.raises(IntegrityError), transaction.atomic():
        Review.objects.create(
            **{"sub_task": submitted, "round": 1, "assignee": erin.agent, "score": 3} | wrong
        )

    assert not Review.objects.exists()


# Handing work over.


def test_rejected_work_can_be_handed_to_another_executor(give, submitted, erin, ed):
    answer = give(result="rejected", score=1, issues="x", rework_agent=ed.id)

    submitted.refresh_from_db()
    event = Event.objects.get(kind="sub_task.reject")
    assert answer.json()["rework_agent"] == ed.id
    assert (submitted.status, submitted.assignee) == ("rework", ed.agent)
    assert (submitted.attempt, submitted.rework_count) == (2, 1)
    assert submitted.current_session_id is None
    assert event.data == {"attempt": 2, "assignee": ed.id, "assignee_name": "Ed"}
    assert ed.post(f"/api/sub-tasks/{submitted.pk}/start").status_code == 200


def test_whose_work_it_was_is_charged_and_not_who_goes_on(give, submitted, erin, ed):
    give(result="rejected", score=1, issues="x", rework_agent=ed.id)

    assert (total(erin), total(ed)) == (-5, 0)
    assert Review.objects.get().assignee == erin.agent


def test_who_lost_the_work_is_told_so(give, submitted, erin, ed, nothing_written):
    submitted_id = submitted.pk
    Event.objects.create(
        kind="sub_task.claim", subject_id=submitted_id, data={"assignee": erin.id}, actor_name="Erin"
    )
    give(result="rejected", score=1, issues="x", rework_agent=ed.id)

    with nothing_written():
        answer = erin.post(f"/api/sub-tasks/{submitted_id}/start")

    assert answer.status_code == 409
    assert "no longer yours" in answer.json()["detail"]


@pytest.mark.parametrize("to", [None, "", "erin"])
def test_without_another_executor_the_same_goes_on(give, submitted, erin, to):
    answer = give(result="rejected", score=1, issues="x", rework_agent=erin.id if to == "erin" else to)

    assert answer.status_code == 200
    submitted.refresh_from_db()
    assert (submitted.assignee, submitted.attempt) == (erin.agent, 1)


@pytest.mark.parametrize("who", ["pia", "rita", "pat", "disabled", "retired"])
def test_work_is_handed_to_active_executors_only(request, give, submitted, ed, nothing_written, who):
    to = ed if who in ("disabled", "retired") else request.getfixturevalue(who)
    if who == "disabled":
        hiring.disable_agent(ed.agent)
    if who == "retired":
        retire_agent(ed.agent)

    with nothing_written():
        answer = give(result="rejected", score=1, issues="x", rework_agent=to.id)

    assert answer.status_code == 409


@pytest.mark.parametrize(
    "who",
    [
        *("pia", "pat"),
        "rita",
    ],
)
def test_the_reviewer_learns_why_work_was_not_handed_over(request, give, who):
    to = request.getfixturevalue(who)

    answer = give(result="rejected", score=1, issues="x", rework_agent=to.id)

    assert answer.json()["detail"].startswith(f"{to.agent.name} cannot be given work")


def test_handing_over_to_nobody_is_refused(give, nothing_written):
    with nothing_written():
        answer = give(result="rejected", score=1, issues="x", rework_agent="0" * 32)

    assert answer.status_code == 404
    assert list(answer.json()["fields"]) == ["rework_agent"]


def test_approved_work_is_handed_to_nobody(give, submitted, erin, ed):
    give(result="approved", score=5, rework_agent=ed.id)

    submitted.refresh_from_db()
    assert (submitted.assignee, submitted.attempt) == (erin.agent, 1)


# All or nothing.


@pytest.mark.parametrize(
    "body", [{"result": "approved", "score": 5}, {"result": "rejected", "score": 1, "issues": "x"}]
)
@pytest.mark.parametrize(
    "table", ["scoring_scoreentry", "reviews_review", "agents_agent", "notifications_event"]
)
def test_a_fault_on_the_way_leaves_everything_as_it_was(give, nothing_written, body, table):
    def fail(execute, sql, *call):
        if sql.startswith((f'INSERT INTO "{table}"', f'UPDATE "{table}"')):
            raise DatabaseError("The disk is full.")
        return execute(sql, *call)

    with nothing_written(), connection.execute_wrapper(fail):
        answer = give(**body)

    assert answer.status_code == 500
    assert answer.json()["code"] == "server_error"


def test_a_verdict_repeated_under_the_same_key_counts_once(submitted, erin, rita):
    body = {"sub_task_id": str(submitted.pk), "result": "approved", "score": 5}

    first = rita.post("/api/review-records", idempotency_key="verdict-1", **body)
    again = rita.post("/api/review-records", idempotency_key="verdict-1", **body)

    assert again.json() == first.json()
    assert again["Idempotent-Replay"] == "true"
    assert Review.objects.count() == ScoreEntry.objects.count() == 1
    assert total(erin) == 5
