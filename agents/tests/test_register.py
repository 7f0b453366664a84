import hashlib
import json
import re

import pytest
import time_machine
from django.test import Client

from agents.models import Agent, RequestLog
from notifications.models import Event
from openmoss.models import IdempotencyRecord


class Newcomer:
    """Somebody without a key at some address."""

    def __init__(self, token: str, address: str = "192.0.2.1") -> None:
        self.token = token
        self.client = Client(REMOTE_ADDR=address)

    def register(self, *, token: str | None = None, headers: dict | None = None, **body):
        body = {"name": "Erin", "role": "executor"} | body
        sent = {"X-Registration-Token": self.token if token is None else token} | (headers or {})
        return self.client.post(
            "/api/agents/register", json.dumps(body), content_type="application/json", headers=sent
        )


@pytest.fixture
def newcomer(site) -> Newcomer:
    return Newcomer(site.registration_token)


def test_a_newcomer_with_the_token_gets_a_key(newcomer):
    answer = newcomer.register(description="Writes.")

    agent = Agent.objects.get()
    assert answer.status_code == 200
    assert answer.json().keys() == {"id", "name", "role", "api_key", "message"}
    assert (answer.json()["id"], answer.json()["name"], answer.json()["role"]) == (
        str(agent.pk),
        "Erin",
        "executor",
    )
    assert re.fullmatch("ock_[0-9a-f]{40}", answer.json()["api_key"])
    assert (agent.description, agent.status, agent.total_score) == ("Writes.", "active", 0)
    event = Event.objects.get()
    assert (event.kind, event.actor_name, event.actor_role) == ("agent.create", "Erin", "executor")
    assert event.actor_id == event.subject_id == str(agent.pk)


def test_the_key_opens_the_door(newcomer):
    key = newcomer.register().json()["api_key"]

    me = newcomer.client.get("/api/agents/me", headers={"Authorization": f"Bearer {key}"})

    assert me.json()["name"] == "Erin"


def test_only_the_hash_of_the_key_is_stored(newcomer, stored):
    key = newcomer.register().json()["api_key"]

    assert stored(key) == []
    assert stored(key.removeprefix("ock_")) == []
    assert stored(hashlib.sha256(key.encode()).hexdigest()) == ["agents.Agent"]


def test_the_key_stands_in_no_log(newcomer, log, stored, caplog):
    key = newcomer.register(headers={"Idempotency-Key": "once"}).json()["api_key"]
    log.flush()

    assert not RequestLog.objects.exists()
    assert not IdempotencyRecord.objects.exists()
    assert stored(key) == []
    assert key not in caplog.text


def test_every_newcomer_gets_another_key(newcomer):
    keys = {newcomer.register(name=name).json()["api_key"] for name in ("Erin", "Ed", "Eve")}

    assert len(keys) == 3


@pytest.mark.parametrize("role", ["planner", "executor", "reviewer", "patrol"])
def test_every_role_can_register(newcomer, role):
    assert newcomer.register(role=role).json()["role"] == role


@pytest.mark.parametrize("role", ["admin", "everyone", "clock", "Executor"])
def test_no_other_role_can(newcomer, unchanged, role):
    with unchanged():
        answer = newcomer.register(role=role)

    assert answer.status_code == 400
    assert list(answer.json()["fields"]) == ["role"]


@pytest.mark.parametrize(
    "token", ["", "wrong", " ", "ö", "\xff\xfe", "x" * 100_000, "None", "null"], ids=lambda token: token[:8]
)
def test_a_wrong_token_is_refused(newcomer, unchanged, token):
    with unchanged():
        answer = newcomer.register(token=token)

    assert answer.status_code == 403
    assert answer.json()["code"] == "forbidden"
    assert newcomer.token not in answer.content.decode()


def test_the_token_counts_letter_by_letter(newcomer, unchanged):
    with unchanged():
        for token in (newcomer.token.upper() + "X", newcomer.token[:-1], newcomer.token + "0"):
            assert newcomer.register(token=token).status_code == 403


def test_a_missing_token_is_refused(newcomer, unchanged):
    with unchanged():
        answer = newcomer.client.post(
            "/api/agents/register", '{"name": "Erin", "role": "executor"}', content_type="application/json"
        )

    assert answer.status_code == 403


def test_an_empty_token_in_the_settings_lets_in_nobody(site, newcomer, unchanged):
    site.registration_token = ""
    site.save()

    with unchanged():
        assert newcomer.register(token="").status_code == 403


def test_a_closed_registration_refuses_the_right_token_too(site, newcomer, unchanged):
    site.allow_registration = False
    site.save()

    with unchanged():
        answer = newcomer.register()

    assert answer.status_code == 403
    assert answer.json()["detail"] == "Registration is closed."


def test_a_closed_registration_is_no_wrong_token(site, newcomer):
    site.allow_registration = False
    site.save()
    for _ in range(12):
        assert newcomer.register().status_code == 403

    site.allow_registration = True
    site.save()

    assert newcomer.register().status_code == 200


def test_the_token_can_be_limited_to_roles(site, newcomer, unchanged):
    site.registration_roles = ["executor", "reviewer"]
    site.save()

    with unchanged():
        refused = [newcomer.register(role=role) for role in ("planner", "patrol")] * 6

    assert {answer.status_code for answer in refused} == {403}
    assert refused[0].json()["detail"] == "The registration token is not for the role planner."
    assert "executor, reviewer" in refused[0].json()["hint"]
    # Nor is it a wrong token: this address may still come in.
    assert newcomer.register(role="reviewer").status_code == 200


def test_for_which_roles_it_is_good_is_not_told_without_it(site, newcomer):
    site.registration_roles = ["executor"]
    site.save()

    answer = newcomer.register(token="wrong", role="planner")

    assert answer.json()["detail"] == "The registration token is wrong."


@pytest.mark.parametrize("encoding", ["utf-8", "latin-1"])
def test_a_token_with_other_letters_works(site, encoding):
    site.registration_token = "schlüssel-für-neue"
    site.save()
    # As a server hands a header on: bytes read as Latin-1.
    header = site.registration_token.encode(encoding).decode("latin-1")

    assert Newcomer(header).register().status_code == 200


def test_a_token_in_another_script_works_and_no_other_one(site, unchanged):
    site.registration_token = "东风"
    site.save()

    with unchanged():
        for wrong in ("??", "东西", "东"):
            assert Newcomer(wrong.encode().decode("latin-1")).register().status_code == 403
    assert Newcomer("东风".encode().decode("latin-1")).register().status_code == 200


def test_a_name_is_taken_once(newcomer, unchanged):
    newcomer.register(name="Erin")

    with unchanged():
        answer = newcomer.register(name="  Erin ", role="planner")

    assert answer.status_code == 400
    assert answer.json()["fields"] == {"name": ["There is an agent named 'Erin' already."]}


def test_names_are_told_apart_by_case(newcomer):
    newcomer.register(name="Erin")

    assert newcomer.register(name="erin").status_code == 200


def test_a_taken_name_is_not_told_to_somebody_without_the_token(newcomer):
    newcomer.register(name="Erin")

    answer = newcomer.register(name="Erin", token="wrong")

    assert answer.status_code == 403
    assert "Erin" not in answer.content.decode()


@pytest.mark.parametrize("key", ["Bearer ock_" + "0" * 40, "nonsense", "Basic YTpi"])
def test_an_old_key_in_the_header_is_not_in_the_way(newcomer, key):
    answer = newcomer.register(headers={"Authorization": key})

    assert answer.status_code == 200


def test_ten_wrong_tokens_close_the_door_to_an_address(newcomer, unchanged):
    for _ in range(10):
        assert newcomer.register(token="wrong").status_code == 403

    with unchanged():
        right = newcomer.register()
        wrong = newcomer.register(token="wrong")

    for answer in (right, wrong):
        assert answer.status_code == 429
        assert answer.json()["code"] == "too_fast"
        assert 0 < int(answer["Retry-After"]) <= 600


def test_nine_wrong_tokens_do_not(newcomer):
    for _ in range(9):
        newcomer.register(token="wrong")

    assert newcomer.register().status_code == 200


def test_the_door_stays_open_for_other_addresses(newcomer):
    for _ in range(10):
        newcomer.register(token="wrong")

    assert Newcomer(newcomer.token, "192.0.2.2").register().status_code == 200


def test_an_invented_proxy_does_not_make_another_address(newcomer):
    for number in range(10):
        newcomer.register(token="wrong", headers={"X-Forwarded-For": f"198.51.100.{number}"})

    answer = newcomer.register(headers={"X-Forwarded-For": "198.51.100.99"})

    assert answer.status_code == 429


def test_behind_a_trusted_proxy_the_address_it_names_counts(newcomer, settings):
    settings.REST_FRAMEWORK = settings.REST_FRAMEWORK | {"NUM_PROXIES": 1}
    for number in range(10):
        newcomer.register(token="wrong", headers={"X-Forwarded-For": f"10.0.0.{number}, 198.51.100.1"})

    same = newcomer.register(headers={"X-Forwarded-For": "10.9.9.9, 198.51.100.1"})
    other = newcomer.register(headers={"X-Forwarded-For": "10.0.0.1, 198.51.100.2"})

    assert (same.status_code, other.status_code) == (429, 200)


def test_the_door_opens_again_after_ten_minutes(newcomer):
    with time_machine.travel("2026-11-23T10:00:00Z") as clock:
        for _ in range(10):
            newcomer.register(token="wrong")
        clock.shift(599)
        early = newcomer.register()
        clock.shift(2)
        late = newcomer.register()

    assert (early.status_code, late.status_code) == (429, 200)


def test_a_mistake_in_the_body_is_not_a_wrong_token(newcomer):
    newcomer.register(name="Erin")
    for _ in range(10):
        assert newcomer.register(name="").status_code == 400
        assert newcomer.register(name="Erin").status_code == 400

    assert newcomer.register(name="Ed").status_code == 200
