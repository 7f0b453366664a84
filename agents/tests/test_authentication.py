import pytest

from agents import services
from agents.models import Agent, RequestLog
from tasks.services import retire_agent


def ask(client, **headers):
    return client.get(
        "/api/agents/me", headers={name.replace("_", "-"): key for name, key in headers.items()}
    )


def test_a_bearer_key_says_who_calls(client, erin, ed):
    answer = ask(client, Authorization=f"Bearer {erin.key}")

    assert answer.json()["id"] == erin.id


def test_the_key_can_come_in_a_header_of_its_own(client, erin):
    answer = ask(client, X_Agent_Key=erin.key)

    assert answer.json()["id"] == erin.id


def test_without_a_key_nobody_is_let_in(client, erin):
    answer = ask(client)

    assert answer.status_code == 401
    assert answer["WWW-Authenticate"] == "Bearer"
    assert answer.json()["code"] == "unauthenticated"
    assert "Authorization: Bearer" in answer.json()["hint"]


@pytest.mark.parametrize(
    "form",
    [
        *("bearer {}", "BEARER {}", "Basic {}", "Token {}", "{}", "Bearer", "Bearer ", "", " Bearer {}"),
        *("Bearer  {}", "Bearer {} ", "Bearer\t{}", "Bearer {0},{0}", "Bearer {0} {0}", 'Bearer "{}"'),
        *("Bearer {}\xff", "Bearer \xff\xfe", "B\xe9arer {}", "Bearer {}\x00", "Bearer " + "x" * 50_000),
    ],
    ids=lambda form: repr(form[:20]),
)
def test_a_garbled_header_is_refused(client, erin, log, form):
    answer = ask(client, Authorization=form.format(erin.key))
    log.flush()

    assert answer.status_code == 401
    assert answer["WWW-Authenticate"] == "Bearer"
    assert erin.key not in answer.content.decode()
    assert not RequestLog.objects.exists()


@pytest.mark.parametrize("form", ["", "nonsense", "Bearer {}", " {}", "{}\xff", "\xff"])
def test_a_garbled_key_in_its_own_header_is_refused(client, erin, form):
    assert ask(client, X_Agent_Key=form.format(erin.key)).status_code == 401


def test_a_key_counts_letter_by_letter(client, erin):
    assert ask(client, Authorization=f"Bearer {erin.key.upper()}").status_code == 401
    assert ask(client, Authorization=f"Bearer {erin.key[:-1]}").status_code == 401


def test_what_is_stored_of_a_key_opens_nothing(client, erin):
    assert ask(client, Authorization=f"Bearer {erin.agent.key_hash}").status_code == 401


def test_a_right_key_does_not_mend_a_wrong_authorization(client, erin):
    assert ask(client, Authorization="Basic YTpi", X_Agent_Key=erin.key).status_code == 401


def test_an_agent_knows_that_it_is_disabled(erin, log):
    services.disable_agent(erin.agent)

    answer = erin.get("/api/agents/me")
    log.flush()

    assert answer.status_code == 403
    assert answer.json()["detail"] == "Erin is disabled."
    assert not RequestLog.objects.exists()
    assert Agent.objects.get().last_seen_at is None


def test_an_enabled_agent_is_let_in_again(erin):
    services.enable_agent(services.disable_agent(erin.agent))

    assert erin.get("/api/agents/me").status_code == 200


def test_the_key_of_a_retired_agent_is_unknown(erin):
    retire_agent(erin.agent)

    assert erin.get("/api/agents/me").status_code == 401


def test_a_rotated_key_is_dead_at_once(client, erin):
    assert erin.get("/api/agents/me").status_code == 200

    new = services.rotate_key(erin.agent)

    assert erin.get("/api/agents/me").status_code == 401
    assert ask(client, Authorization=f"Bearer {new}").json()["id"] == erin.id
