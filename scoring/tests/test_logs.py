import pytest

from scoring.models import ScoreEntry
from scoring.services import adjust
from tasks.services import retire_agent


@pytest.fixture
def adjusted(erin, ed, rita):
    for delta in (1, 2, 3):
        adjust(erin.agent, score_delta=delta, reason=f"Number {delta}", by=rita.agent)
    adjust(ed.agent, score_delta=20, reason="Fast.", by=rita.agent)


def deltas(answer) -> list[int]:
    return [entry["score_delta"] for entry in answer.json()["items"]]


def test_an_agent_reads_its_entries_newest_first(adjusted, erin):
    answer = erin.get("/api/scores/me/logs")

    newest = ScoreEntry.objects.get(score_delta=3)
    assert deltas(answer) == [3, 2, 1]
    assert answer.json()["items"][0] == {
        "id": str(newest.pk),
        "agent_id": erin.id,
        "sub_task_id": None,
        "reason": "Adjusted by Rita: Number 3",
        "score_delta": 3,
        "created_at": newest.created_at.isoformat().replace("+00:00", "Z"),
    }
    assert {name: value for name, value in answer.json().items() if name != "items"} == {
        "total": 3,
        "page": 1,
        "page_size": 0,
        "total_pages": 1,
        "has_more": False,
    }


@pytest.mark.parametrize("who", ["pia", "erin", "ed", "rita", "pat"])
def test_any_agent_reads_the_entries_of_any(request, adjusted, erin, who):
    answer = request.getfixturevalue(who).get(f"/api/scores/{erin.id}/logs")

    assert deltas(answer) == [3, 2, 1]


def test_the_entries_of_who_retired_can_be_read(adjusted, erin, ed):
    retire_agent(erin.agent)

    assert deltas(ed.get(f"/api/scores/{erin.id}/logs")) == [3, 2, 1]


def test_the_entries_come_in_pages(adjusted, erin):
    first = erin.get("/api/scores/me/logs", page_size=2)
    second = erin.get("/api/scores/me/logs", page_size=2, page=2)
    beyond = erin.get("/api/scores/me/logs", page_size=2, page=9)

    assert (deltas(first), first.json()["has_more"], first.json()["total_pages"]) == ([3, 2], True, 2)
    assert (deltas(second), second.json()["has_more"]) == ([1], False)
    assert (deltas(beyond), beyond.json()["page"], beyond.json()["total"]) == ([], 9, 3)


def test_an_unknown_agent_is_not_found(erin):
    assert erin.get(f"/api/scores/{'0' * 32}/logs").status_code == 404
