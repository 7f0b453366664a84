"""Who may open which address. The tables stand here in full, so that nothing opens or closes by accident."""

import uuid

import pytest
from django.urls import URLPattern, URLResolver, get_resolver

from openmoss.access import ANY_AGENT, EVERYONE, STAFF
from openmoss.models import SiteSettings
from openmoss.router import urlpatterns as addresses

ANYBODY, AGENTS, PEOPLE = {"everyone"}, {"planner", "executor", "reviewer", "patrol"}, {"admin"}
PLANNER, EXECUTOR, REVIEWER, PATROL = {"planner"}, {"executor"}, {"reviewer"}, {"patrol"}

WHO_MAY = {
    "GET health": ANYBODY,
    "GET schema": ANYBODY,
    "GET docs": ANYBODY,
    "GET peek": AGENTS,
    "GET brief": AGENTS,
    "POST agents/register": ANYBODY,
    "POST agents/enrol": ANYBODY,
    "GET agents": AGENTS,
    "GET agents/me": AGENTS,
    "GET agents/me/skill": AGENTS,
    "GET agents/me/skill-bundle": AGENTS,
    "GET tools/cli": ANYBODY,
    "GET rules": AGENTS,
    "GET rules/items": AGENTS,
    "POST rules/items": PLANNER,
    "DELETE rules/items/<str:id>": PLANNER,
    "GET config/notification": AGENTS,
    "GET tasks": AGENTS,
    "POST tasks": PLANNER,
    "POST tasks/plan": PLANNER,
    "GET tasks/<str:id>": AGENTS,
    "PUT tasks/<str:id>": PLANNER,
    "PUT tasks/<str:id>/status": PLANNER,
    "POST tasks/<str:id>/cancel": PLANNER,
    "GET tasks/<str:id>/modules": AGENTS,
    "POST tasks/<str:id>/modules": PLANNER,
    "GET sub-tasks": AGENTS,
    "POST sub-tasks": PLANNER,
    "GET sub-tasks/mine": AGENTS,
    "GET sub-tasks/available": AGENTS,
    "GET sub-tasks/latest": AGENTS,
    "GET sub-tasks/<str:id>": AGENTS,
    "PUT sub-tasks/<str:id>": PLANNER,
    "POST sub-tasks/claim-next": EXECUTOR,
    "POST sub-tasks/<str:id>/claim": EXECUTOR,
    "POST sub-tasks/<str:id>/start": EXECUTOR,
    "POST sub-tasks/<str:id>/submit": EXECUTOR,
    "POST sub-tasks/<str:id>/session": EXECUTOR,
    "POST sub-tasks/<str:id>/release": EXECUTOR,
    "GET recurrences": AGENTS,
    "POST recurrences": PLANNER,
    "GET recurrences/<str:id>": AGENTS,
    "PUT recurrences/<str:id>": PLANNER,
    "POST recurrences/<str:id>/pause": PLANNER,
    "POST recurrences/<str:id>/resume": PLANNER,
    "POST recurrences/<str:id>/end": PLANNER,
    "POST sub-tasks/<str:id>/complete": REVIEWER,
    "POST sub-tasks/<str:id>/rework": REVIEWER,
    "POST sub-tasks/<str:id>/block": PATROL,
    "POST sub-tasks/<str:id>/reassign": PLANNER,
    "POST sub-tasks/<str:id>/unblock": PLANNER,
    "POST sub-tasks/<str:id>/cancel": PLANNER,
    "GET review-records": AGENTS,
    "POST review-records": REVIEWER,
    "GET review-records/<str:id>": AGENTS,
    "GET why": PLANNER | PATROL,
    "GET findings": AGENTS,
    "POST findings": PATROL,
    "GET findings/<str:id>": AGENTS,
    "POST findings/<str:id>/resolve": PLANNER | PATROL,
    "POST findings/<str:id>/ignore": PLANNER | PATROL,
    "GET scores/leaderboard": AGENTS,
    "GET scores/me": AGENTS,
    "GET scores/me/logs": AGENTS,
    "POST scores/adjust": REVIEWER | PLANNER,
    "GET scores/<str:id>": PEOPLE,
    "GET scores/<str:id>/logs": AGENTS,
    "GET logs": AGENTS,
    "POST logs": AGENTS,
    "GET logs/mine": AGENTS,
    "GET feed/status": ANYBODY,
    "GET feed/logs": ANYBODY,
    "GET feed/agents": ANYBODY,
    "GET feed/agent-summary": ANYBODY,
}
# Django's own views bring their own locks: the admin asks for a staff login, static files are public.
OTHERS_VIEWS = ("admin/", "static/")
PROFILES = {"everyone": EVERYONE, "agents": ANY_AGENT, "people": STAFF}


@pytest.fixture
def cast(pia, erin, rita, pat) -> dict:
    SiteSettings.objects.update_or_create(pk=1, defaults={"public_feed": True})
    return {"planner": pia, "executor": erin, "reviewer": rita, "patrol": pat}


def every_view(resolver=None, prefix: str = ""):
    """Yield each address of the whole site with its pattern."""
    for entry in (resolver or get_resolver()).url_patterns:
        address = prefix + str(entry.pattern)
        if isinstance(entry, URLResolver):
            yield from every_view(entry, address)
        elif isinstance(entry, URLPattern):
            yield address, entry


def address_of(title: str) -> tuple[str, str]:
    method, address = title.split()
    return method, "/api/" + address.replace("<str:id>", str(uuid.UUID(int=0xBAD)))


def test_every_view_declares_its_access():
    undeclared = []

    for address, pattern in every_view():
        if address.startswith(OTHERS_VIEWS):
            continue
        view = pattern.callback
        actions = getattr(view, "actions", None)
        if actions is not None:
            missing = set(actions.values()) - view.cls.access.keys()
        elif hasattr(view, "cls"):
            missing = {"get"} - view.cls.access.keys()
        else:
            missing = set() if isinstance(getattr(view, "access", None), frozenset) else {view.__name__}
        if missing:
            undeclared.append((address, missing))

    assert undeclared == []


def test_every_declaration_names_somebody():
    declared = [
        pattern.callback.cls.access for _, pattern in every_view() if hasattr(pattern.callback, "cls")
    ]

    for access in declared:
        for action, roles in access.items():
            assert roles, action
            assert roles <= ANY_AGENT or roles in PROFILES.values(), action


def test_the_table_names_every_address():
    present = {
        f"{method.upper()} {pattern.pattern}"
        for pattern in addresses[:-1]
        for method in getattr(pattern.callback, "actions", {"get": "get"})
        if method != "head"
    }

    assert set(WHO_MAY) == present


@pytest.mark.parametrize("role", sorted(AGENTS))
def test_each_role_may_what_the_table_says_and_nothing_else(cast, role):
    wrong = {}

    for title, roles in WHO_MAY.items():
        answer = cast[role].raw(*address_of(title), b"{}")
        let_in = answer.status_code not in (401, 403)
        if let_in != bool({role, "everyone"} & roles):
            wrong[title] = answer.status_code
        if not let_in and (answer.status_code != 403 or answer.json()["code"] != "forbidden"):
            wrong[title] = answer.content

    assert wrong == {}


@pytest.mark.parametrize(
    "key", ["", "Bearer ock_" + 40 * "0", "Basic YTpi"], ids=["no key", "unknown", "basic"]
)
def test_without_a_key_only_the_open_addresses_answer(cast, client, key):
    headers = {"Authorization": key} if key else {}
    wrong = {}

    for title, roles in WHO_MAY.items():
        method, address = address_of(title)
        answer = client.generic(method, address, b"{}", content_type="application/json", headers=headers)
        open = answer.status_code not in (401, 403)
        if open != (roles == ANYBODY):
            wrong[title] = answer.status_code
        if not open and (answer.status_code != 401 or answer["WWW-Authenticate"] != "Bearer"):
            wrong[title] = answer.content

    assert wrong == {}


def test_an_agent_whose_account_is_disabled_is_let_in_nowhere(cast):
    cast["planner"].agent.__class__.objects.update(status="disabled")
    let_in = {}

    for title, roles in WHO_MAY.items():
        for role, agent in cast.items():
            answer = agent.raw(*address_of(title), b"{}")
            if roles != ANYBODY and (answer.status_code != 403 or "disabled" not in answer.json()["detail"]):
                let_in[title, role] = answer.status_code

    assert let_in == {}


def test_a_signed_in_person_is_no_agent(cast, admin_client, django_user_model):
    guest = django_user_model.objects.create_user("guest", password="not staff")
    wrong = {}

    for title, roles in WHO_MAY.items():
        method, address = address_of(title)
        answer = admin_client.generic(method, address, b"{}", content_type="application/json")
        let_in = answer.status_code not in (401, 403)
        if let_in != (roles in (ANYBODY, PEOPLE)):
            wrong[title] = answer.status_code
    admin_client.force_login(guest)
    as_guest = admin_client.get(f"/api/scores/{cast['executor'].id}")

    assert wrong == {}
    assert as_guest.status_code == 401


def test_a_refused_role_learns_which_one_it_takes(cast):
    answer = cast["executor"].post("/api/tasks", name="Mine")

    assert answer.status_code == 403
    assert answer.json()["detail"] == "Only for the role planner; yours is executor."


def test_the_role_is_refused_before_the_body_is_looked_at(cast):
    answer = cast["patrol"].raw("POST", "/api/tasks", b"{")

    assert answer.status_code == 403
