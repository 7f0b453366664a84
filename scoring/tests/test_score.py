"""Reading one's own score and, for people, anybody's."""

import pytest

from agents.models import Agent
from scoring.services import adjust
from tasks.services import retire_agent


@pytest.fixture
def adjusted(erin, ed, rita):
    for delta in (5, 5, -5, 7):
        adjust(erin.agent, score_delta=delta, reason="x", by=rita.agent)
    adjust(ed.agent, score_delta=20, reason="x", by=rita.agent)


EXPECTED = {
    "agent_name": "Erin",
    "total_score": 12,
    "rank": 2,
    "total_agents": 3,
    "reward_count": 3,
    "penalty_count": 1,
    "total_records": 4,
}


def test_an_agent_reads_its_score(adjusted, erin):
    answer = erin.get("/api/scores/me")

    assert answer.json() == {"agent_id": erin.id, **EXPECTED}


def test_an_agent_without_entries_has_a_score_too(pia):
    answer = pia.get("/api/scores/me")

    assert answer.json() == {
        "agent_id": pia.id,
        "agent_name": "Pia",
        "total_score": 0,
        "rank": 1,
        "total_agents": 1,
        "reward_count": 0,
        "penalty_count": 0,
        "total_records": 0,
    }


def test_a_person_on_the_staff_reads_anybodys(adjusted, erin, admin_client):
    answer = admin_client.get(f"/api/scores/{erin.id}")

    assert answer.status_code == 200
    assert answer.json() == {"agent_id": erin.id, **EXPECTED}


def test_a_person_reads_the_score_of_who_retired(adjusted, erin, admin_client):
    retire_agent(erin.agent)

    answer = admin_client.get(f"/api/scores/{erin.id}")

    assert answer.json()["total_score"] == 12
    assert answer.json()["total_agents"] == 2


def test_a_person_reads_nothing_of_nobody(admin_client):
    assert admin_client.get(f"/api/scores/{'0' * 32}").status_code == 404


@pytest.mark.parametrize("who", ["pia", "erin", "rita", "pat"])
def test_agents_do_not_read_anothers(request, adjusted, ed, who):
    answer = request.getfixturevalue(who).get(f"/api/scores/{ed.id}")

    assert answer.status_code == 403
    assert "20" not in answer.content.decode()


def test_nobody_else_does(adjusted, erin, client, django_user_model):
    without = client.get(f"/api/scores/{erin.id}")
    client.force_login(django_user_model.objects.create_user("guest"))
    guest = client.get(f"/api/scores/{erin.id}")
    client.force_login(django_user_model.objects.create_user("gone", is_staff=True, is_active=False))
    gone = client.get(f"/api/scores/{erin.id}")

    assert [answer.status_code for answer in (without, guest, gone)] == [401, 401, 401]
    assert "12" not in (without.content + guest.content + gone.content).decode()


def test_a_key_beside_a_session_makes_an_agent_of_a_person(adjusted, erin, admin_client):
    answer = admin_client.get(f"/api/scores/{erin.id}", headers={"Authorization": f"Bearer {erin.key}"})

    assert answer.status_code == 403


def test_reading_changes_nothing(adjusted, erin, nothing_written):
    with nothing_written():
        erin.get("/api/scores/me")

    assert Agent.objects.get(name="Erin").total_score == 12
