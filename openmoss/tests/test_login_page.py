"""Signing in and out, and changing one's password."""

import pytest
from django.contrib.auth.models import User
from django.contrib.sessions.models import Session
from django.core.cache import cache
from django.test import Client
from django.utils import timezone

from conftest import signed_in
from notifications.models import Event
from openmoss.services import prune_sessions

GOOD = "a long enough one"


@pytest.fixture
def stranger(ann) -> Client:
    return Client()


def sign_in(browser: Client, name: str = "Ann", password: str = GOOD, **more):
    address = {"REMOTE_ADDR": more.pop("address")} if "address" in more else {}
    return browser.post("/login", {"username": name, "password": password} | more, **address)


@pytest.mark.parametrize(
    ("wanted", "led_to"),
    [
        ("", "/dashboard"),
        ("/tasks?status=active", "/tasks?status=active"),
        ("/admin/", "/admin/"),
        ("https://evil.example.org/", "/dashboard"),
        ("//evil.example.org/", "/dashboard"),
        ("javascript:alert(1)", "/dashboard"),
    ],
)
def test_who_signs_in_goes_where_they_wanted_within_this_server(stranger, wanted, led_to):
    page = stranger.get("/login", {"next": wanted}).content.decode()
    answer = sign_in(stranger, next=wanted)

    assert "Forgot your password?" in page
    assert "manage.py changepassword" in page
    assert answer["Location"] == led_to
    assert stranger.get("/login")["Location"] == "/dashboard"


def test_a_wrong_password_opens_nothing_and_does_not_come_back(stranger):
    answer = sign_in(stranger, password="not this one")

    assert answer.status_code == 422
    assert "do not belong together" in answer.content.decode()
    assert "not this one" not in answer.content.decode()
    assert stranger.get("/dashboard")["Location"] == "/login?next=/dashboard"


@pytest.mark.parametrize(
    ("person", "told"),
    [({}, "Your account is not staff"), ({"is_staff": True, "is_active": False}, "do not belong together")],
)
def test_who_may_not_look_is_told_so(stranger, person, told):
    User.objects.create_user("Guest", password=GOOD, **person)

    answer = sign_in(stranger, "Guest")

    assert told in answer.content.decode()
    assert stranger.get("/dashboard").status_code == 302


def test_who_is_signed_in_but_no_staff_is_not_sent_in_circles(stranger):
    guest = signed_in(User.objects.create_user("Guest", password=GOOD))
    boss = signed_in(User.objects.create_user("Boss", password=GOOD, is_superuser=True))

    there = guest.get("/admin/", follow=True)

    assert there.status_code == 200
    assert "You are signed in as Guest, but this account is not staff." in there.content.decode()
    assert boss.get("/login", {"next": "/admin/"})["Location"] == "/dashboard"


def test_ten_wrong_tries_from_one_address_and_it_waits(stranger):
    for number in range(10):
        assert sign_in(stranger, f"somebody {number}", address="10.0.0.1").status_code == 422

    right = sign_in(stranger, address="10.0.0.1")
    elsewhere = sign_in(Client(), address="10.0.0.2")

    assert right.status_code == 429
    assert "Wait 5 min" in right.content.decode()
    assert 0 < int(right["Retry-After"]) <= 300
    assert elsewhere.status_code == 302


def test_thirty_wrong_tries_of_one_name_from_anywhere_and_it_waits(stranger):
    for number in range(30):
        assert sign_in(stranger, "aNN ", "wrong", address=f"10.0.0.{number}").status_code == 422

    assert sign_in(stranger, address="10.1.1.1").status_code == 429
    cache.clear()  # as the window does when it ends
    assert sign_in(stranger, address="10.1.1.1").status_code == 302


def test_django_admin_has_no_door_of_its_own(stranger):
    asked = stranger.get("/admin/", follow=True)
    sent = stranger.post("/admin/login/", {"username": "Ann", "password": GOOD, "next": "/admin/"})

    assert asked.redirect_chain[-1] == ("/login?next=/admin/", 302)
    assert sent.status_code == 405
    assert "_auth_user_id" not in stranger.session


def test_signing_out_is_no_link(desk):
    assert desk.get("/logout").status_code == 405
    assert desk.get("/settings").status_code == 200

    answer = desk.post("/logout")

    assert answer["Location"] == "/login"
    assert desk.get("/settings").status_code == 302


def test_staff_change_their_own_password_if_they_know_it(onlooker):
    sam = User.objects.get(username="Sam")
    sam.set_password(GOOD)
    sam.save()
    here, there = signed_in(sam), signed_in(sam)
    new = {"password": "another long one", "again": "another long one"}

    wrong = here.post("/settings/password", {"old": "a guess"} | new)
    weak = here.post("/settings/password", {"old": GOOD, "password": "sam12345", "again": "sam12346"})
    assert (wrong.status_code, weak.status_code) == (422, 422)
    assert "This is not your password." in wrong.content.decode()
    assert "The two passwords are not the same." in weak.content.decode()
    assert User.objects.get(pk=sam.pk).check_password(GOOD)
    right = here.post("/settings/password", {"old": GOOD} | new)

    assert right["Location"] == "/dashboard"
    assert User.objects.get(pk=sam.pk).check_password("another long one")
    assert here.get("/dashboard").status_code == 200
    assert there.get("/dashboard").status_code == 302  # a stolen session is worth nothing now
    event = Event.objects.get(kind="person.change_password")
    assert (event.actor_name, event.subject_name, event.data) == ("Sam", "Sam", {})


def test_strangers_and_guests_change_no_password(stranger):
    guest = signed_in(User.objects.create_user("Guest", password=GOOD))

    for browser in (stranger, guest):
        assert browser.get("/settings/password")["Location"].startswith("/login")


def test_sessions_that_have_expired_are_forgotten(desk, onlooker):
    kept = onlooker.session.session_key
    Session.objects.exclude(pk=kept).update(expire_date=timezone.now())

    assert prune_sessions() == 1
    assert Session.objects.get().pk == kept
