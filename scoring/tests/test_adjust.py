import pytest
from django.db import IntegrityError, transaction

from agents import services as hiring
from agents.models import Agent
from notifications.models import Event
from scoring.models import ScoreEntry
from scoring.services import adjust
from tasks.services import retire_agent


@pytest.mark.parametrize("who", ["rita", "pia"])
def test_reviewers_and_planners_adjust_a_score(request, erin, ed, who):
    caller = request.getfixturevalue(who)

    answer = caller.post("/api/scores/adjust", agent_id=erin.id, score_delta=-3, reason="Left a mess.")

    entry, event = ScoreEntry.objects.get(), Event.objects.latest("pk")
    name = caller.agent.name
    assert answer.status_code == 200
    assert answer.json() == {
        "id": str(entry.pk),
        "agent_id": erin.id,
        "sub_task_id": None,
        "reason": f"Adjusted by {name}: Left a mess.",
        "score_delta": -3,
        "created_at": answer.json()["created_at"],
    }
    assert Agent.objects.get(name="Erin").total_score == -3
    assert Agent.objects.get(name="Ed").total_score == 0
    assert (event.kind, event.actor_name, event.data) == ("agent.score", name, {"delta": -3})


def test_an_adjustment_can_name_the_sub_task_it_is_about(submitted, erin, rita):
    answer = rita.post(
        "/api/scores/adjust", agent_id=erin.id, score_delta=2, reason="Nice.", sub_task_id=str(submitted.pk)
    )

    assert answer.json()["sub_task_id"] == str(submitted.pk)
    assert ScoreEntry.objects.get().sub_task == submitted


def test_a_person_adjusts_a_score(erin, admin_user):
    entry = adjust(erin.agent, score_delta=10_000, reason="", by=admin_user)

    assert entry.reason == "Adjusted by admin"
    assert Agent.objects.get().total_score == 10_000


@pytest.mark.parametrize("delta", [10_000, -10_000, 1, -1])
def test_the_largest_and_smallest_adjustments_are_taken(erin, rita, delta):
    rita.post("/api/scores/adjust", agent_id=erin.id, score_delta=delta, reason="x")

    assert Agent.objects.get(name="Erin").total_score == delta


@pytest.mark.parametrize("delta", [0, 10_001, -10_001, 2**63 - 1, 1.5, "many", None, True])
def test_other_adjustments_are_refused(erin, rita, nothing_written, delta):
    with nothing_written():
        answer = rita.post("/api/scores/adjust", agent_id=erin.id, score_delta=delta, reason="x")

    assert answer.status_code == 400
    assert list(answer.json()["fields"]) == ["score_delta"]


@pytest.mark.parametrize("who", ["rita", "pia"])
def test_nobody_adjusts_their_own(request, nothing_written, who):
    caller = request.getfixturevalue(who)

    with nothing_written():
        answer = caller.post("/api/scores/adjust", agent_id=caller.id, score_delta=5, reason="I am good.")

    assert answer.status_code == 403
    assert answer.json()["detail"] == "Nobody adjusts their own score."


@pytest.mark.parametrize("who", ["erin", "pat"])
def test_other_roles_may_not(request, ed, nothing_written, who):
    caller = request.getfixturevalue(who)

    with nothing_written():
        answer = caller.post("/api/scores/adjust", agent_id=ed.id, score_delta=-5, reason="Rival.")

    assert answer.status_code == 403


def test_an_unknown_agent_is_not_found(rita, nothing_written):
    with nothing_written():
        answer = rita.post("/api/scores/adjust", agent_id="0" * 32, score_delta=5, reason="x")

    assert answer.status_code == 404
    assert list(answer.json()["fields"]) == ["agent_id"]


def test_an_unknown_sub_task_is_not_found(erin, rita, nothing_written):
    with nothing_written():
        answer = rita.post(
            "/api/scores/adjust", agent_id=erin.id, score_delta=5, reason="x", sub_task_id="0" * 32
        )

    assert answer.status_code == 404
    assert list(answer.json()["fields"]) == ["sub_task_id"]


def test_the_score_of_who_retired_is_closed(erin, rita, nothing_written):
    retire_agent(erin.agent)

    with nothing_written():
        answer = rita.post("/api/scores/adjust", agent_id=erin.id, score_delta=5, reason="x")

    assert answer.status_code == 409


def test_the_score_of_a_disabled_agent_can_be_adjusted(erin, rita):
    hiring.disable_agent(erin.agent)

    assert rita.post("/api/scores/adjust", agent_id=erin.id, score_delta=5, reason="x").status_code == 200


def test_a_reason_must_be_given_but_may_be_empty(erin, rita, nothing_written):
    with nothing_written():
        missing = rita.post("/api/scores/adjust", agent_id=erin.id, score_delta=5)
    empty = rita.post("/api/scores/adjust", agent_id=erin.id, score_delta=5, reason="")

    assert missing.status_code == 400
    assert empty.json()["reason"] == "Adjusted by Rita"


def test_an_entry_is_worth_something(erin, db):
    with pytest.raises(IntegrityError), transaction.atomic():
        ScoreEntry.objects.create(agent=erin.agent, score_delta=0, reason="x")

    assert not ScoreEntry.objects.exists()
