"""Exactly one winner, whoever races: threads, processes, on every database."""

import threading
from functools import partial

import pytest

from agents.models import Agent
from conftest import hire
from notifications.models import Event
from openmoss.access import Role
from openmoss.models import IdempotencyRecord, JobClock
from openmoss.tests.racing import in_processes, in_threads
from reviews.models import Review
from reviews.services import review
from scoring.models import ScoreEntry
from tasks import services as work
from tasks.models import Dependency, SubTask, Task
from tasks.services import guard
from tasks.workflow import Status

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]
THREADS = 8
PROCESSES = 4


@pytest.fixture
def sub_task(pia) -> SubTask:
    task = work.create_task(name="News", by=pia.agent)
    return work.create_sub_task(task, name="Collect", by=pia.agent)


def executors(count: int) -> list[Agent]:
    return [hire(f"Executor {n}", Role.EXECUTOR).agent for n in range(count)]


def reviewers(count: int) -> list[Agent]:
    return [hire(f"Reviewer {n}", Role.REVIEWER).agent for n in range(count)]


def in_progress(sub_task: SubTask, holder: Agent) -> SubTask:
    work.claim(sub_task, by=holder)
    return work.start(sub_task, by=holder)


def events(kind: str) -> int:
    return Event.objects.filter(kind=f"sub_task.{kind}").count()


def fresh(sub_task: SubTask) -> SubTask:
    return SubTask.objects.get(pk=sub_task.pk)


def everyone_claims(sub_task: SubTask, agents: list[Agent]) -> list[str]:
    # Everybody has read the pending row before anybody writes: the worst case.
    return in_threads([partial(work.claim, fresh(sub_task), by=agent) for agent in agents])


def test_of_eight_threads_that_claim_one_wins(sub_task):
    outcomes = everyone_claims(sub_task, executors(THREADS))

    assert sorted(outcomes) == ["conflict"] * (THREADS - 1) + ["won"]
    assert fresh(sub_task).attempt == 1
    assert events("claim") == 1


def test_without_the_guard_the_race_has_several_winners(sub_task, monkeypatch):
    """The proof that the test above can fail."""
    monkeypatch.setattr(guard, "as_seen", lambda places: SubTask.objects.filter(pk=places["pk"]))
    guard._update.cache_clear()

    outcomes = everyone_claims(sub_task, executors(THREADS))

    guard._update.cache_clear()

    assert outcomes.count("won") > 1


def test_of_four_processes_that_claim_one_wins(sub_task):
    outcomes = in_processes(
        [
            f"agent, seen = Agent.objects.get(pk='{agent.pk}'), SubTask.objects.get(pk='{sub_task.pk}')\n"
            "go()\nwork.claim(seen, by=agent)"
            for agent in executors(PROCESSES)
        ]
    )

    assert sorted(outcomes) == ["conflict"] * (PROCESSES - 1) + ["won"]
    assert events("claim") == 1


def test_the_same_claim_in_eight_threads_happens_once_and_all_hear_yes(sub_task, erin):
    outcomes = in_threads([partial(work.claim, fresh(sub_task), by=erin.agent) for _ in range(THREADS)])

    assert outcomes == ["won"] * THREADS
    assert events("claim") == 1
    assert fresh(sub_task).attempt == 1


def test_the_same_submit_in_threads_and_processes_happens_once(sub_task, erin):
    in_progress(sub_task, erin.agent)

    outcomes = in_threads([partial(work.submit, fresh(sub_task), by=erin.agent) for _ in range(THREADS)])
    outcomes += in_processes(
        [
            f"agent, seen = Agent.objects.get(pk='{erin.id}'), SubTask.objects.get(pk='{sub_task.pk}')\n"
            "go()\nwork.submit(seen, by=agent)"
            for _ in range(PROCESSES)
        ]
    )

    assert outcomes == ["won"] * (THREADS + PROCESSES)
    assert events("submit") == 1


def test_of_a_submit_and_a_block_one_wins(sub_task, erin, pat):
    in_progress(sub_task, erin.agent)

    outcomes = in_threads(
        [
            partial(work.submit, fresh(sub_task), by=erin.agent),
            partial(work.block, fresh(sub_task), by=pat.agent, why="silent"),
        ]
    )

    assert sorted(outcomes) == ["conflict", "won"]
    assert events("submit") + events("block") == 1


def test_a_reassignment_and_a_submit_never_both_count(sub_task, pia, erin, ed):
    in_progress(sub_task, erin.agent)

    outcomes = in_threads(
        [
            partial(work.submit, fresh(sub_task), by=erin.agent),
            partial(work.reassign, fresh(sub_task), to=ed.agent, by=pia.agent),
        ]
    )

    assert sorted(outcomes) == ["conflict", "won"]
    now = fresh(sub_task)
    assert (now.status, now.assignee_id) in {
        (Status.REVIEW, erin.agent.pk),
        (Status.ASSIGNED, ed.agent.pk),
    }


def submitted(sub_task: SubTask, holder: Agent) -> SubTask:
    return work.submit(in_progress(sub_task, holder), by=holder)


def assert_one_verdict(sub_task: SubTask, erin) -> None:
    assert Review.objects.count() == 1
    assert events("approve") + events("reject") == 1
    erin.agent.refresh_from_db()
    assert erin.agent.total_score == sum(ScoreEntry.objects.values_list("score_delta", flat=True))
    assert ScoreEntry.objects.count() == 1
    verdict = Review.objects.get()
    expected = {"approved": Status.DONE, "rejected": Status.REWORK}[verdict.result]
    assert fresh(sub_task).status == expected


def test_of_eight_reviewers_in_threads_one_gives_the_verdict(sub_task, erin):
    submitted(sub_task, erin.agent)
    verdicts = [
        {"result": "approved", "score": 5},
        {"result": "rejected", "score": 1, "issues": "No sources."},
    ]

    outcomes = in_threads(
        [
            partial(review, fresh(sub_task), by=rita, **verdicts[index % 2])
            for index, rita in enumerate(reviewers(THREADS))
        ]
    )

    assert sorted(outcomes) == ["conflict"] * (THREADS - 1) + ["won"]
    assert_one_verdict(sub_task, erin)


def test_of_four_reviewers_in_processes_one_gives_the_verdict(sub_task, erin):
    submitted(sub_task, erin.agent)

    outcomes = in_processes(
        [
            f"agent, seen = Agent.objects.get(pk='{rita.pk}'), SubTask.objects.get(pk='{sub_task.pk}')\n"
            "go()\nreview(seen, by=agent, result='approved', score=5)"
            for rita in reviewers(PROCESSES)
        ]
    )

    assert sorted(outcomes) == ["conflict"] * (PROCESSES - 1) + ["won"]
    assert_one_verdict(sub_task, erin)


def test_a_cancelled_task_keeps_nothing_open_that_was_claimed_in_the_same_moment(pia, erin):
    for _ in range(5):
        task = work.create_task(name="News", by=pia.agent)
        sub_tasks = [work.create_sub_task(task, name=f"Part {n}", by=pia.agent) for n in range(4)]

        in_threads(
            [
                *(partial(work.claim, fresh(one), by=erin.agent) for one in sub_tasks),
                partial(work.cancel_task, Task.objects.get(pk=task.pk), by=pia.agent),
                partial(work.create_sub_task, Task.objects.get(pk=task.pk), name="Late", by=pia.agent),
            ]
        )

        assert Task.objects.get(pk=task.pk).status == "cancelled"
        assert not SubTask.objects.filter(task=task).unfinished().exists()


def test_a_task_never_completes_around_a_sub_task_that_is_being_added(pia):
    for _ in range(5):
        task = work.create_task(name="News", by=pia.agent)

        in_threads(
            [
                partial(work.set_task_status, Task.objects.get(pk=task.pk), "completed", by=pia.agent),
                partial(work.create_sub_task, Task.objects.get(pk=task.pk), name="Late", by=pia.agent),
            ]
        )

        completed = Task.objects.get(pk=task.pk).status == "completed"
        assert not (completed and SubTask.objects.filter(task=task).exists())


def test_two_edits_at_once_cannot_close_a_circle(pia):
    for _ in range(5):
        task = work.create_task(name="News", by=pia.agent)
        one, two = (work.create_sub_task(task, name=name, by=pia.agent) for name in ("One", "Two"))

        outcomes = in_threads(
            [
                partial(work.edit_sub_task, fresh(one), depends_on=[two], by=pia.agent),
                partial(work.edit_sub_task, fresh(two), depends_on=[one], by=pia.agent),
            ]
        )

        assert sorted(outcomes) == ["invalid", "won"]
        assert Dependency.objects.filter(sub_task__task=task).count() == 1


def test_one_idempotency_key_in_eight_threads_creates_one_task(pia):
    answers = []
    lock = threading.Lock()

    def create() -> None:
        answer = pia.post("/api/tasks", name="News", idempotency_key="k-1")
        with lock:
            answers.append((answer.status_code, answer.json()["id"]))

    outcomes = in_threads([create] * THREADS)

    assert outcomes == ["won"] * THREADS
    assert len(set(answers)) == 1
    assert answers[0][0] == 200
    assert Task.objects.count() == 1
    assert IdempotencyRecord.objects.count() == 1


def test_scores_of_reviews_at_the_same_moment_all_count(pia, erin):
    task = work.create_task(name="News", by=pia.agent)
    parts = [
        submitted(work.create_sub_task(task, name=f"Part {n}", by=pia.agent), erin.agent)
        for n in range(THREADS)
    ]

    outcomes = in_threads(
        [
            partial(review, fresh(part), result="approved", score=5, by=rita)
            for rita, part in zip(reviewers(THREADS), parts, strict=True)
        ]
    )

    assert outcomes == ["won"] * THREADS
    erin.agent.refresh_from_db()
    assert (
        erin.agent.total_score == 5 * THREADS == sum(ScoreEntry.objects.values_list("score_delta", flat=True))
    )


def test_of_four_workers_one_does_a_job(db):
    outcomes = in_processes(
        ["go()\nran = clock.walk(jobs.TIMETABLE)\nif 'prune_answers' not in ran: raise Refusal('')"]
        * PROCESSES
    )

    assert sorted(outcomes) == ["refused"] * (PROCESSES - 1) + ["won"]
    assert JobClock.objects.get(name="prune_answers").error == ""


def test_of_two_claims_the_loser_is_told_who_has_it_and_what_to_do(sub_task, erin, ed):
    seen = fresh(sub_task)
    work.claim(sub_task, by=erin.agent)

    with pytest.raises(Exception, match="faster") as refused:
        work.claim(seen, by=ed.agent)

    assert "Erin holds it since" in refused.value.hint
    assert "st available" in refused.value.hint


def test_who_retires_in_the_moment_of_a_claim_holds_nothing_afterwards(pia):
    for n in range(10):
        agent = hire(f"Leaver {n}", Role.EXECUTOR).agent
        task = work.create_task(name="News", by=pia.agent)
        one = work.create_sub_task(task, name="Collect", by=pia.agent)

        in_threads(
            [
                partial(work.claim, fresh(one), by=agent),
                partial(work.retire_agent, Agent.objects.get(pk=agent.pk), by=None),
            ]
        )

        assert Agent.objects.get(pk=agent.pk).status == "retired"
        assert fresh(one).assignee_id is None


def test_two_first_starts_in_one_task_both_begin_and_the_task_moves_once(pia, erin, ed):
    for _ in range(5):
        task = work.create_task(name="News", by=pia.agent)
        parts = [work.create_sub_task(task, name=agent.agent.name, by=pia.agent) for agent in (erin, ed)]
        for agent, part in zip((erin, ed), parts, strict=True):
            work.claim(part, by=agent.agent)

        outcomes = in_threads(
            [
                partial(work.start, fresh(part), by=agent.agent)
                for agent, part in zip((erin, ed), parts, strict=True)
            ]
        )

        assert outcomes == ["won", "won"]
        assert Event.objects.filter(kind="task.set_status", task_id=task.pk).count() == 1


def test_a_start_and_the_cancelling_of_its_task_never_wait_for_each_other(pia, erin):
    for _ in range(5):
        task = work.create_task(name="News", by=pia.agent)
        part = work.create_sub_task(task, name="Collect", by=pia.agent)
        work.claim(part, by=erin.agent)

        outcomes = in_threads(
            [
                partial(work.start, fresh(part), by=erin.agent),
                partial(work.cancel_task, Task.objects.get(pk=task.pk), by=pia.agent),
            ]
        )

        assert set(outcomes) <= {"won", "conflict"}  # no deadlock
        assert "won" in outcomes
        cancelled = Task.objects.get(pk=task.pk).status == "cancelled"
        assert fresh(part).status == ("cancelled" if cancelled else "in_progress")
