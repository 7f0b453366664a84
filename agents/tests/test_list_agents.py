import pytest

from agents import services
from tasks.services import retire_agent


@pytest.fixture
def staff(pia, erin, ed, rita):
    services.disable_agent(ed.agent)
    retire_agent(rita.agent)
    return pia


def names(answer) -> list[str]:
    return [agent["name"] for agent in answer.json()]


def test_everybody_who_works_here_is_listed_oldest_first(staff):
    answer = staff.get("/api/agents")

    assert names(answer) == ["Pia", "Erin", "Ed"]


def test_an_agent_is_told_without_its_key(staff, erin):
    answer = staff.get("/api/agents")

    assert answer.json()[1] == {
        "id": erin.id,
        "name": "Erin",
        "role": "executor",
        "description": "",
        "status": "active",
        "total_score": 0,
    }
    assert "ock_" not in answer.content.decode()
    assert erin.agent.key_hash not in answer.content.decode()


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({"role": "executor"}, ["Erin", "Ed"]),
        ({"role": "patrol"}, []),
        ({"role": ""}, ["Pia", "Erin", "Ed"]),
        ({"status": "active"}, ["Pia", "Erin"]),
        ({"status": "disabled"}, ["Ed"]),
        ({"status": "retired"}, ["Rita"]),
        ({"status": "active", "role": "executor"}, ["Erin"]),
        ({"name": "Erin"}, ["Pia", "Erin", "Ed"]),
    ],
)
def test_the_list_can_be_narrowed(staff, query, expected):
    assert names(staff.get("/api/agents", **query)) == expected


@pytest.mark.parametrize("query", [{"role": "admin"}, {"role": "EXECUTOR"}, {"status": "busy"}])
def test_an_unknown_filter_is_refused(staff, query):
    answer = staff.get("/api/agents", **query)

    assert answer.status_code == 400
    assert list(answer.json()["fields"]) == list(query)


def test_the_list_ends_and_takes_one_query_beside_the_key(staff, django_assert_num_queries):
    for number in range(510):
        services.create_agent(name=f"Extra {number}", role="executor")

    with django_assert_num_queries(2):
        answer = staff.get("/api/agents")

    assert len(answer.json()) == 500
