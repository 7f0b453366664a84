import pytest

from agents import services as hiring
from agents.models import Agent
from tasks.services import retire_agent


@pytest.fixture
def scores(pia, erin, ed, rita, pat):
    """Give the cast these scores, by name."""

    def give(**by_name) -> None:
        for name, score in by_name.items():
            Agent.objects.filter(name=name.title()).update(total_score=score)

    return give


def ranks(answer) -> dict[str, int]:
    return {row["agent_name"]: row["rank"] for row in answer.json()}


def test_equal_scores_share_a_rank_and_the_next_is_skipped(scores, erin):
    scores(pia=5, erin=10, ed=5, rita=-5, pat=0)

    answer = erin.get("/api/scores/leaderboard")

    assert ranks(answer) == {"Erin": 1, "Ed": 2, "Pia": 2, "Pat": 4, "Rita": 5}
    assert list(ranks(answer)) == ["Erin", "Ed", "Pia", "Pat", "Rita"]
    assert answer.json()[0] == {
        "rank": 1,
        "agent_id": erin.id,
        "agent_name": "Erin",
        "role": "executor",
        "total_score": 10,
    }


def test_all_are_first_at_the_beginning(scores, erin):
    assert set(ranks(erin.get("/api/scores/leaderboard")).values()) == {1}


def test_who_retired_takes_no_place_and_who_is_disabled_does(scores, erin, ed, rita):
    scores(pia=30, rita=20, ed=10)
    retire_agent(rita.agent)
    hiring.disable_agent(ed.agent)

    answer = erin.get("/api/scores/leaderboard")

    assert ranks(answer) == {"Pia": 1, "Ed": 2, "Erin": 3, "Pat": 3}


def test_the_same_rank_stands_everywhere(scores, pia, erin, ed, rita, pat):
    scores(pia=5, erin=10, ed=5, rita=-5)

    board = ranks(erin.get("/api/scores/leaderboard"))

    own = {
        caller.agent.name: caller.get("/api/scores/me").json()["rank"]
        for caller in (pia, erin, ed, rita, pat)
    }
    assert own == board


def test_the_board_takes_one_query_beside_the_key(scores, erin, django_assert_num_queries):
    with django_assert_num_queries(2):
        erin.get("/api/scores/leaderboard")
