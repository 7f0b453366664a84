"""Joining with a code: one agent, one role, once."""

import json
import re
from functools import partial

import pytest
import time_machine
from django.test import Client

from agents import services
from agents.models import Agent, Enrolment, RequestLog
from notifications.models import Event
from openmoss.tests.racing import in_threads

UNKNOWN = f"oec_{'0' * 40}"


@pytest.fixture
def code(admin_user) -> str:
    return services.enrol(name="Erin", role="executor", description="Writes.", by=admin_user)[1]


def join(code, *, address: str = "192.0.2.1", headers: dict | None = None, **body):
    body = {"code": code} | body
    caller = Client(REMOTE_ADDR=address, raise_request_exception=False)
    return caller.post(
        "/api/agents/enrol", json.dumps(body), content_type="application/json", headers=headers or {}
    )


def test_the_code_lets_its_agent_in(site, code, client):
    answer = join(code)

    agent = Agent.objects.get()
    assert answer.status_code == 200
    assert answer.json().keys() == {"id", "name", "role", "api_key", "message"}
    assert (agent.name, agent.role, agent.description, agent.status) == (
        "Erin",
        "executor",
        "Writes.",
        "active",
    )
    me = client.get("/api/agents/me", headers={"X-Agent-Key": answer.json()["api_key"]})
    assert me.json()["id"] == answer.json()["id"] == str(agent.pk)
    assert (Enrolment.objects.get().state, Enrolment.objects.get().agent) == ("used", agent)


def test_the_event_names_the_agent_and_who_made_the_code(code):
    join(code)

    event = Event.objects.last()
    assert (event.kind, event.actor_name, event.actor_role) == ("agent.create", "Erin", "executor")
    assert event.why == "With a code from admin."


def test_a_code_takes_no_other_name_and_no_other_role(code):
    answer = join(code, name="Eve", role="planner")

    assert (answer.json()["name"], answer.json()["role"]) == ("Erin", "executor")
    assert Agent.objects.count() == 1


def test_it_needs_no_registration_token_and_no_open_registration(site, code):
    site.allow_registration = False
    site.registration_token = ""
    site.save()

    assert join(code).status_code == 200


def test_a_code_is_good_once(site, code, unchanged):
    join(code)

    with unchanged():
        answer = join(code)

    assert (answer.status_code, answer.json()["code"]) == (403, "forbidden")
    assert re.match(
        r"This enrolment code was used at \d{4}-\d\d-\d\d \d\d:\d\d UTC\.", answer.json()["detail"]
    )
    assert "Erin" not in answer.content.decode()


def test_who_lost_the_answer_gets_a_key_for_the_same_attempt(site, code, client):
    lost = join(code, headers={"Idempotency-Key": "attempt-1"}).json()

    again = join(code, headers={"Idempotency-Key": "attempt-1"})

    assert again.status_code == 200
    assert again.json()["id"] == lost["id"]
    assert Agent.objects.count() == 1
    statuses = [
        client.get("/api/agents/me", headers={"X-Agent-Key": key}).status_code
        for key in (lost["api_key"], again.json()["api_key"])
    ]
    assert statuses == [401, 200]


def test_another_attempt_gets_none(site, code, unchanged):
    join(code, headers={"Idempotency-Key": "attempt-1"})

    with unchanged():
        others = [join(code, headers={"Idempotency-Key": name}) for name in ("attempt-2", "")]

    assert [answer.status_code for answer in others] == [403, 403]


def test_once_the_key_was_used_the_same_attempt_gets_none(site, code, log, client, unchanged):
    key = join(code, headers={"Idempotency-Key": "attempt-1"}).json()["api_key"]
    client.get("/api/agents/me", headers={"X-Agent-Key": key})
    log.flush()

    with unchanged():
        answer = join(code, headers={"Idempotency-Key": "attempt-1"})

    assert answer.status_code == 403


def test_a_withdrawn_code_is_refused(site, code, unchanged):
    services.withdraw_enrolment(Enrolment.objects.get())

    with unchanged():
        answer = join(code)

    assert answer.status_code == 403
    assert answer.json()["detail"] == "This enrolment code is withdrawn."


def test_an_expired_code_is_refused(site, unchanged):
    with time_machine.travel("2026-11-25T10:00:00Z", tick=False) as clock:
        _, code = services.enrol(name="Erin", role="executor")
        clock.shift(24 * 3600)

        with unchanged():
            answer = join(code)

    assert answer.status_code == 403
    assert answer.json()["detail"] == "This enrolment code is expired."


def test_a_name_that_was_taken_meanwhile_leaves_the_code_unused(site, code, unchanged):
    services.create_agent(name="Erin", role="planner")

    with unchanged():
        answer = join(code)

    assert answer.status_code == 400
    assert list(answer.json()["fields"]) == ["name"]
    assert Enrolment.objects.get().state == "open"


@pytest.mark.parametrize("code", [UNKNOWN, "oec_", "x", "ö", "ock_" + "0" * 40])
def test_an_unknown_code_is_refused(site, unchanged, code):
    with unchanged():
        answer = join(code)

    assert (answer.status_code, answer.json()["code"]) == (403, "forbidden")
    assert answer.json()["detail"] == "Nobody here gave out this enrolment code."


def test_ten_guesses_close_the_door_to_an_address(site, code, unchanged):
    for _ in range(10):
        assert join(UNKNOWN).status_code == 403

    with unchanged():
        assert join(code).status_code == 429
    assert join(code, address="192.0.2.2").status_code == 200


def test_an_old_code_is_no_guess(site, code):
    join(code)
    for _ in range(12):
        assert join(code).status_code == 403


def test_neither_code_nor_key_is_written_anywhere(site, code, log, stored, caplog):
    key = join(code, headers={"Idempotency-Key": "attempt-1"}).json()["api_key"]
    log.flush()

    assert not RequestLog.objects.exists()
    for secret in (code, key, "attempt-1"):
        assert stored(secret) == []
        assert secret not in caplog.text


def test_a_code_that_an_agent_quotes_is_blanked(ed, code, log):
    ed.post("/api/logs", action="plan", summary=f"Eve shall use {code}.", idempotency_key="once")
    log.flush()

    assert "Eve shall use [hidden]." in RequestLog.objects.get().body


def test_an_old_key_in_the_header_is_not_in_the_way(site, code):
    assert join(code, headers={"Authorization": f"Bearer ock_{'0' * 40}"}).status_code == 200


def everyone_redeems(threads: int = 8) -> list[str]:
    _, code = services.enrol(name="Erin", role="executor")
    return in_threads([partial(services.redeem, code=code)] * threads)


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_of_eight_who_use_one_code_exactly_one_joins():
    outcomes = everyone_redeems()

    assert sorted(outcomes) == ["forbidden"] * 7 + ["won"]
    assert Agent.objects.count() == 1
    assert Event.objects.filter(kind="agent.create").count() == 1


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_without_the_guard_more_than_one_gets_past_it(monkeypatch):
    """The proof that the test above can fail: only the name's uniqueness is left to stop the others."""
    monkeypatch.setattr(Enrolment.objects._queryset_class, "usable", lambda rows: rows.all())

    outcomes = everyone_redeems()

    assert "forbidden" not in outcomes


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_of_uses_and_withdrawals_at_once_one_counts():
    enrolment, code = services.enrol(name="Erin", role="executor")
    use, withdraw = partial(services.redeem, code=code), partial(services.withdraw_enrolment, enrolment)

    outcomes = in_threads([use, withdraw] * 4)

    assert outcomes.count("won") == 1
    assert set(outcomes) == {"won", "conflict", "forbidden"}
    assert Agent.objects.exists() == ("won" in outcomes[::2])


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_of_codes_made_at_once_for_a_name_one_is_open():
    outcomes = in_threads([partial(services.enrol, name="Erin", role="executor")] * 6)

    assert set(outcomes) <= {"won", "conflict"}
    assert Enrolment.objects.usable().count() == 1
    assert Event.objects.filter(kind="enrolment.create").count() == outcomes.count("won")
