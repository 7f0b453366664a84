from agents.models import Agent
from notifications.models import Event
from scoring.models import ScoreEntry
from scoring.services import adjust, recount


def test_a_wrong_total_becomes_the_sum_of_the_entries(erin, ed, rita):
    adjust(erin.agent, score_delta=5, reason="x", by=rita.agent)
    adjust(erin.agent, score_delta=-2, reason="x", by=rita.agent)
    adjust(ed.agent, score_delta=7, reason="x", by=rita.agent)
    Agent.objects.update(total_score=100)

    assert recount(erin.agent) == -97

    assert Agent.objects.get(name="Erin").total_score == 3
    assert Agent.objects.get(name="Ed").total_score == 100
    assert ScoreEntry.objects.count() == 3


def test_an_agent_without_entries_has_nothing(erin):
    Agent.objects.update(total_score=-7)

    assert recount(erin.agent) == 7
    assert Agent.objects.get().total_score == 0


def test_a_right_total_stays(erin, rita, nothing_written):
    adjust(erin.agent, score_delta=5, reason="x", by=rita.agent)

    with nothing_written():
        assert recount(erin.agent) == 0


def test_the_object_in_hand_may_be_old(erin, rita):
    adjust(erin.agent, score_delta=5, reason="x", by=rita.agent)
    erin.agent.total_score = 99

    assert recount(erin.agent) == 0
    assert Agent.objects.get(name="Erin").total_score == 5
    assert Event.objects.filter(kind="agent.score").count() == 1
