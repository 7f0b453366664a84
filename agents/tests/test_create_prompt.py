"""Adding a prompt of our own."""

from functools import partial

import pytest

from agents import selectors, services
from agents.models import Prompt, PromptVersion
from notifications.models import Event
from openmoss.errors import Invalid
from openmoss.tests.racing import in_threads


def test_a_prompt_of_our_own_is_added(admin_user):
    prompt = services.create_prompt(
        role="executor",
        slug="poet",
        text="You write poems.",
        name="Poet",
        description="Rhymes.",
        by=admin_user,
    )

    event, version = Event.objects.get(), PromptVersion.objects.get()
    assert (prompt.slug, prompt.source, prompt.version, prompt.role) == (
        "executor-poet",
        "own",
        1,
        "executor",
    )
    assert prompt.document.body == "You write poems."
    assert (prompt.name, prompt.document.description) == ("Poet", "Rhymes.")
    assert (event.kind, event.actor_name, event.subject_name) == ("prompt.create", "admin", "executor-poet")
    assert (version.number, version.written_by, version.text) == (1, "admin", prompt.text)


def test_the_head_of_a_pasted_file_is_read(db):
    text = "---\nname: Poet\ncreated_at: 2026-01-02\nexample: true\n---\nYou write poems."

    document = services.create_prompt(role="executor", slug="executor-poet", text=text).document

    assert (document.name, document.created_at, document.example) == ("Poet", "2026-01-02", False)
    assert document.body == "You write poems."


@pytest.mark.parametrize(
    "slug", ["Poet", "a b", "../x", "poet.md", "", "-", "a--b", "x" * 100, "é", "poet\n"]
)
def test_a_slug_that_is_none_is_refused(unchanged, slug):
    with unchanged(), pytest.raises(Invalid) as refused:
        services.create_prompt(role="executor", slug=slug, text="You write.")

    assert list(refused.value.fields) == ["slug"]


@pytest.mark.parametrize("slug", ["backend", "executor-backend", "poet"])
def test_a_slug_is_taken_once(unchanged, slug):
    services.create_prompt(role="executor", slug="poet", text="You write.")

    with unchanged(), pytest.raises(Invalid) as refused:
        services.create_prompt(role="executor", slug=slug, text="You write more.")

    assert list(refused.value.fields) == ["slug"]


@pytest.mark.parametrize(
    "text", ["", "  \n", "---\nname: x\n---\n", "---\nname: [\n---\nx", "---\nrole: planner\n---\nYou plan."]
)
def test_a_text_that_is_none_is_refused(unchanged, text):
    with unchanged(), pytest.raises(Invalid) as refused:
        services.create_prompt(role="executor", slug="poet", text=text)

    assert list(refused.value.fields) == ["text"]


SECRETS = [
    f"ock_{'1f' * 20}",
    f"ak_{'1f' * 16}",
    f"oec_{'1f' * 20}",
    "sk-proj-abcdefghijklmnopqrstuvwx",
    "Authorization: Bearer abcdefghijklmnopqrstuvwx",
    "-H 'X-Registration-Token: let-me-in'",
    "the-token-of-this-server",
]


@pytest.mark.parametrize("secret", SECRETS)
@pytest.mark.parametrize("place", ["text", "description"])
def test_nothing_secret_is_saved(site, unchanged, secret, place):
    site.registration_token = "the-token-of-this-server"
    site.save()
    given = {"text": "You write."} | {place: f"First\n\nUse {secret} for it."}

    with unchanged(), pytest.raises(Invalid) as refused:
        services.create_prompt(role="executor", slug="poet", **given)

    assert "looks like a key, a token or a code" in refused.value.detail
    assert secret not in refused.value.detail


@pytest.mark.parametrize(
    "text",
    [
        "Keep the token secret.",
        "Send `X-Registration-Token: <token>`.",
        "Bearer <key>",
        "risk-free",
        "ock_ keys",
    ],
)
def test_words_about_secrets_are_none(db, text):
    assert services.create_prompt(role="executor", slug="poet", text=text).document.body == text


def test_an_onboarding_part_is_not_saved(db, stored):
    text = f"You write.\n\n---\n\n## 🔧 平台对接\n\ncurl -H 'X-Registration-Token: abcdef' ock_{'1' * 40}"

    prompt = services.create_prompt(role="executor", slug="poet", text=text)

    assert prompt.document.body == "You write."
    assert stored("abcdef") == stored("平台对接") == []


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_of_six_that_take_a_slug_at_once_one_wins():
    create = partial(services.create_prompt, role="executor", slug="poet")

    outcomes = in_threads([partial(create, text=f"Text {n}") for n in range(6)])

    assert sorted(outcomes) == ["invalid"] * 5 + ["won"]
    assert Prompt.objects.count() == PromptVersion.objects.count() == 1
    assert selectors.read_prompt("agent", "executor-poet").version == 1
