"""Setting a fresh server up in the browser: only with the code, only once, and without losing what was typed."""

import re

import pytest
from django.contrib.auth.models import User
from django.test import Client

from notifications.models import Channel, Event
from openmoss.models import SiteSettings
from openmoss.services import set_up
from openmoss.setup_code import setup_code
from openmoss.tests.racing import in_threads

GOOD = "correct horse battery"


@pytest.fixture
def stranger(db) -> Client:
    return Client()


def typed(**changes) -> dict:
    form = {
        "code": setup_code(),
        "password": GOOD,
        "again": GOOD,
        "project_name": "Newsroom",
        "workspace_root": "/srv/news",
        "external_url": "https://moss.example.org/",
        "allow_registration": "on",
        "registration_token": "let-me-in",
        "channel": "",
    }
    return form | changes


def test_every_page_of_a_fresh_server_leads_to_its_setup(stranger):
    for address in ("/dashboard", "/settings", "/login", "/notifications", "/search?q=x"):
        assert stranger.get(address)["Location"] == "/setup", address


@pytest.mark.parametrize("code", ["", "wrong", "\x00", "ü" * 40])
def test_it_stays_closed_without_the_code(stranger, code):
    token = SiteSettings.load().registration_token

    looked = stranger.get("/setup", {"code": code})
    sent = stranger.post("/setup", typed(code=code))

    for answer in (looked, sent):
        page = answer.content.decode()
        assert answer.status_code == (403 if code else 200)
        assert 'name="code"' in page
        assert "manage.py setup" in page
        assert token not in page
        assert setup_code() not in page
        assert 'name="password"' not in page
    assert not User.objects.exists()


def test_the_code_is_of_this_server_alone(settings):
    code = setup_code()
    settings.SECRET_KEY = "another server's"

    assert setup_code() != code
    assert re.fullmatch(r"[a-z2-7]{16}", code)


def test_who_guesses_waits_also_with_the_right_code(stranger):
    for number in range(10):
        assert stranger.get("/setup", {"code": f"guess{number}"}).status_code == 403

    answer = stranger.get("/setup", {"code": setup_code()})
    elsewhere = stranger.get("/setup", {"code": setup_code()}, REMOTE_ADDR="10.9.8.7")

    assert answer.status_code == 429
    assert "Wait 5 min" in answer.content.decode()
    assert 0 < int(answer["Retry-After"]) <= 300
    assert 'name="password"' in elsewhere.content.decode()


def test_it_is_filled_in_with_what_is_likely(stranger):
    token = SiteSettings.load().registration_token

    away = stranger.get("/setup", {"code": setup_code().upper()}, headers={"host": "moss.example.org"})
    here = stranger.get("/setup", {"code": setup_code()}, headers={"host": "127.0.0.1:6565"})

    assert 'value="http://moss.example.org"' in away.content.decode()
    assert token in away.content.decode()
    # Agents on other machines would call themselves.
    assert 'value="http://127.0.0.1:6565"' not in here.content.decode()
    assert away["Cache-Control"] == "private, no-store"


def test_who_has_the_code_sets_up_and_is_signed_in(stranger):
    answer = stranger.post("/setup", typed(channel="https://hooks.example.org/moss"), follow=True)

    site, person = SiteSettings.load(), User.objects.get()
    assert answer.redirect_chain == [("/dashboard", 302)]
    assert answer.wsgi_request.user == person
    assert (person.username, person.is_staff, person.is_superuser) == ("admin", True, True)
    assert person.check_password(GOOD)
    assert (site.project_name, site.workspace_root) == ("Newsroom", "/srv/news")
    assert (site.external_url, site.registration_token) == ("https://moss.example.org", "let-me-in")
    assert site.notifications_enabled
    assert Channel.objects.get().address == "https://hooks.example.org/moss"
    event = Event.objects.get(kind="site.set_up")
    assert event.actor_name == "admin"
    assert GOOD not in str(event.data)
    assert "let-me-in" not in str(event.data)


@pytest.mark.parametrize(
    ("wrong", "complaint"),
    [
        ({"again": "another horse"}, "The two passwords are not the same."),
        ({"password": "short", "again": "short"}, "too short"),
        ({"password": "admin", "again": "admin"}, "too similar to the username"),
        ({"project_name": " "}, "This field is required."),
        ({"external_url": "javascript:alert(1)"}, "Enter a valid URL."),
        ({"channel": "smoke signals"}, "without spaces"),
        ({"channel": "pigeon"}, "This is no address of a kind that is known."),
    ],
    ids=lambda value: str(value)[:40],
)
def test_a_mistake_loses_nothing_of_what_was_typed(stranger, wrong, complaint):
    form = typed(**{"channel": "chat:news"} | wrong)

    answer = stranger.post("/setup", form)

    page = answer.content.decode()
    assert answer.status_code == 422
    assert complaint in page
    for name, value in form.items():
        if name != "allow_registration" and value.strip():
            assert f'value="{value}"' in page, name
    assert not User.objects.exists()
    assert not Event.objects.exists()
    assert not Channel.objects.exists()


def test_a_server_is_set_up_once(stranger, ann):
    looked, sent = stranger.get("/setup", {"code": setup_code()}), stranger.post("/setup", typed())

    assert (looked["Location"], sent["Location"]) == ("/login", "/login")
    assert list(User.objects.all()) == [ann]


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_of_several_who_set_up_at_once_one_wins():
    outcomes = in_threads([lambda: set_up(password=GOOD, project_name="Mine")] * 4)

    assert sorted(outcomes) == ["conflict"] * 3 + ["won"]
    assert User.objects.count() == 1
    assert Event.objects.filter(kind="site.set_up").count() == 1
