import pytest

from agents.models import Agent
from notifications.models import Event
from scoring.models import ScoreEntry
from scoring.services import score_review


@pytest.mark.parametrize(("score", "delta"), [(5, 5), (4, 5), (2, -5), (1, -5)])
def test_a_review_moves_the_score_of_whose_work_it_was(submitted, erin, ed, rita, score, delta):
    entry = score_review(erin.agent, sub_task=submitted, score=score, by=rita.agent)

    event = Event.objects.latest("pk")
    assert entry == ScoreEntry.objects.get()
    assert (entry.agent, entry.sub_task, entry.score_delta) == (erin.agent, submitted, delta)
    assert entry.reason == f"Review of 'Collect': {score} of 5"
    assert Agent.objects.get(name="Erin").total_score == delta
    assert Agent.objects.get(name="Ed").total_score == 0
    assert Agent.objects.get(name="Rita").total_score == 0
    assert (event.kind, event.subject_id, event.actor_name, event.data) == (
        "agent.score",
        erin.id,
        "Rita",
        {"delta": delta},
    )


def test_three_of_five_is_worth_nothing(submitted, erin, rita, nothing_written):
    with nothing_written():
        assert score_review(erin.agent, sub_task=submitted, score=3, by=rita.agent) is None


def test_scores_add_up(submitted, erin, rita):
    for score in (5, 1, 4, 3, 5):
        score_review(erin.agent, sub_task=submitted, score=score, by=rita.agent)

    assert Agent.objects.get(name="Erin").total_score == 10
    assert sorted(ScoreEntry.objects.values_list("score_delta", flat=True)) == [-5, 5, 5, 5]


def test_a_score_read_long_ago_is_not_written_back(submitted, erin, rita):
    seen_early = Agent.objects.get(name="Erin")
    score_review(erin.agent, sub_task=submitted, score=5, by=rita.agent)

    score_review(seen_early, sub_task=submitted, score=5, by=rita.agent)

    assert Agent.objects.get(name="Erin").total_score == 10
