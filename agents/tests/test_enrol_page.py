"""A person makes a code, sees it once, and watches the agent join."""

import json
import re

import pytest
from django.contrib.sessions.models import Session

from agents import services
from agents.models import Agent, Enrolment
from agents.request_log import buffer
from conftest import Caller
from notifications.models import Event
from openmoss.models import SiteSettings

ERIN = {"name": "Erin", "role": "executor", "description": "Fast.", "prompt": ""}


@pytest.fixture
def ours(db):
    """Let agents reach this server under an address of ours."""
    SiteSettings.objects.update_or_create(pk=1, defaults={"external_url": "https://moss.example/"})


def code_in(page: str) -> str:
    return re.search(r"oec_[0-9a-f]{40}", page)[0]


def test_the_command_is_shown_once_and_lets_the_agent_in(ours, desk, client, stored):
    page = desk.post("/agents/enrol", ERIN)

    text = page.content.decode()
    code, enrolment = code_in(text), Enrolment.objects.get()
    command = f"curl -fsS https://moss.example/api/tools/cli -o task-cli.py &amp;&amp; python3 task-cli.py enrol {code}"
    joined = client.post("/api/agents/enrol", json.dumps({"code": code}), content_type="application/json")
    assert page.status_code == 200
    assert page["Cache-Control"] == "private, no-store"
    assert f">{command}</code>" in text
    assert "## Join OpenMOSS" in text
    assert Event.objects.get(kind="enrolment.create").actor_name == "Ann"
    assert joined.json()["name"] == "Erin"
    assert stored(code) == []
    assert all(code not in str(session.get_decoded()) for session in Session.objects.all())
    for address in ("/agents/enrol", f"/enrolments/{enrolment.pk}", "/agents"):
        assert code not in desk.get(address).content.decode(), address


def test_with_a_prompt_the_onboarding_begins_with_it(desk):
    text = desk.post("/agents/enrol", ERIN | {"prompt": "executor-backend"}).content.decode()

    onboarding = re.search(r'<pre id="onboarding"[^>]*>(.*?)</pre>', text, re.S)[1]
    assert onboarding.index("You write what runs on servers") < onboarding.index("## Join OpenMOSS")
    assert code_in(text) in onboarding


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        ({"name": "Ed"}, "There is an agent named &#x27;Ed&#x27; already."),
        ({"name": ""}, "This field is required."),
        ({"name": "E\u202erin"}, "without invisible characters"),
        ({"role": "king"}, "Select a valid choice"),
        ({"prompt": "executor-backend", "role": "planner"}, "This prompt is for another role."),
    ],
)
def test_what_is_wrong_is_said_in_the_form_and_makes_no_code(desk, ed, wrong, why):
    answer = desk.post("/agents/enrol", ERIN | wrong)

    assert answer.status_code == 422
    assert why in answer.content.decode()
    assert Enrolment.objects.count() == 0


def test_the_page_hears_of_the_agent_that_joins(desk, ann):
    enrolment, code = services.enrol(name="Erin", role="executor", by=ann)
    address = f"/enrolments/{enrolment.pk}"
    part = {"HX-Request": "true", "HX-Target": "arrival"}

    def ask(seen: str):
        return desk.get(f"{address}?cursor={seen}", headers=part)

    nothing_new = ask("open")
    agent, key = services.redeem(code=code)
    joined = ask("open")
    Caller(agent, key).get("/api/agents/me")
    buffer.flush()
    ready = ask("used")

    assert nothing_new.status_code == 204
    assert "Erin has joined, and has not called yet." in joined.content.decode()
    assert f"{address}?cursor=used" in joined.content.decode()
    assert "Erin has joined and said ready." in ready.content.decode()
    assert "hx-get" not in ready.content.decode()
    assert f"/agents/{agent.pk}" in desk.get(address).content.decode()


def test_a_code_can_be_withdrawn(desk, ann, onlooker):
    enrolment, _ = services.enrol(name="Erin", role="executor", by=ann)
    address = f"/enrolments/{enrolment.pk}/withdraw"

    refused = onlooker.post(address)
    asked = desk.get(address).content.decode()
    done = desk.post(address, follow=True).content.decode()

    assert refused.status_code == 403
    assert "can no longer join with it" in asked
    assert "The code for Erin is worth nothing now." in done
    assert Event.objects.get(kind="enrolment.withdraw").actor_name == "Ann"
    assert "was used or withdrawn already" in desk.post(address).content.decode()
    assert desk.get("/enrolments/99/withdraw").status_code == 404


def test_a_key_is_shown_once_when_an_agent_is_made_and_when_it_gets_another(ours, desk, stored):
    made = desk.post("/agents/new", {"name": "Erin", "role": "executor", "description": ""})
    agent = Agent.objects.get()
    asked = desk.get(f"/agents/{agent.pk}/rotate-key")
    rotated = desk.post(f"/agents/{agent.pk}/rotate-key")

    first, second = (re.search(r"ock_[0-9a-f]{40}", page.content.decode())[0] for page in (made, rotated))
    assert Caller(agent, first).get("/api/agents/me").status_code == 401
    assert Caller(agent, second).get("/api/agents/me").status_code == 200
    assert "stops working at once" in asked.content.decode()
    assert "&quot;url&quot;: &quot;https://moss.example&quot;" in rotated.content.decode()
    assert rotated["Cache-Control"] == "private, no-store"
    assert stored(first) == stored(second) == []
    assert [event.actor_name for event in Event.objects.about(agent)] == ["Ann", "Ann"]
    assert second not in desk.get(f"/agents/{agent.pk}").content.decode()


def test_who_may_only_look_sees_no_page_with_a_key(onlooker, erin, nothing_written):
    addresses = ["/agents/enrol", "/agents/new", f"/agents/{erin.id}/rotate-key"]

    with nothing_written():
        answers = [send(address) for address in addresses for send in (onlooker.get, onlooker.post)]
        answers += [onlooker.post(f"/agents/{erin.id}/enable")]

    assert [answer.status_code for answer in answers] == [403] * 7


def test_a_disabled_agent_is_let_in_again(desk, ann, erin):
    services.disable_agent(erin.agent, by=ann)

    said = desk.post(f"/agents/{erin.id}/enable", follow=True).content.decode()

    assert "Erin may work again." in said
    assert erin.get("/api/agents/me").status_code == 200
