"""What holds for every page of the console, on the demonstration."""

import re
import uuid

import pytest
from django.contrib.auth.hashers import MD5PasswordHasher
from django.contrib.auth.models import User
from django.db import connection, transaction
from django.test import Client, override_settings
from django.test.utils import CaptureQueriesContext
from django.urls import resolve, reverse

from conftest import signed_in
from openmoss import urls
from openmoss.access import ADMINS, EVERYONE, STAFF
from openmoss.demo.services import build
from openmoss.pages.gate import POLICY
from openmoss.tests.browser.places import places, questions

pytestmark = pytest.mark.django_db

MOST_QUERIES = 25
# Filters that somebody typed into the address, or that were cut off when it was sent.
HOSTILE = (
    "before=x&after=%C3%A9&status=zzz&agent=1&task=1&module=0&role=x&action=x&kind=x&severity=x&q=%00%27&"
    "page=-1&days=-1&tab=zzz&section=zzz&scope=x&result=x&reviewer=x&score=x&since=x&until=x&cursor=x&"
    "method=x&view=x&version=99999999999999999999&from=x&to=x&limit=-1&channel=x&state=x&order=x&sort=x"
)
PARTS = {"strip", "preview-recurrence"}
# What is no page: it only takes a POST, is a part of a page, or belongs to whoever has not signed in.
NO_PAGES = {
    *("enable-agent", "pause-recurrence", "resume-recurrence", "revert-prompt", "set-task-status"),
    *("scan", "send-again", "test-channel", "theme", "withdraw-enrolment", "preview-prompt"),
    *("home", "login", "logout", "setup", "metrics"),
}


@pytest.fixture(scope="module")
def demonstration(django_db_setup, django_db_blocker):
    """The addresses of all pages on a company with a history, made once for all tests below."""
    with (
        django_db_blocker.unblock(),
        transaction.atomic(),
        override_settings(
            REQUEST_LOG_FLUSH_SECONDS=None,
            PASSWORD_HASHERS=[f"{MD5PasswordHasher.__module__}.{MD5PasswordHasher.__qualname__}"],
        ),
    ):
        person = User.objects.create_superuser("Ann", password="a long enough one")
        build(person=person)
        yield places() | questions()
        transaction.set_rollback(True)


@pytest.fixture
def anns(demonstration) -> Client:
    return signed_in(User.objects.get(username="Ann"))


def test_no_page_is_left_out(demonstration):
    mounted = [each for each in urls.urlpatterns if str(each.pattern) == ""]
    routes = [*urls.urlpatterns, *(route for each in mounted for route in getattr(each, "url_patterns", ()))]
    names = {route.name for route in routes if getattr(route, "name", None)}

    assert names - NO_PAGES - demonstration.keys() == set()


def test_every_page_is_whole_and_cheap_and_nothing_foreign_runs_in_it(demonstration, anns):
    anns.get(reverse("dashboard"))  # what is kept for a moment is there from now on
    wrong = {}
    for name, address in demonstration.items():
        with CaptureQueriesContext(connection) as queries:
            answer = anns.get(address)
        page = answer.content.decode()
        faults = [
            answer.status_code != (404 if name == "not-found" else 200) and answer.status_code,
            len(queries) > MOST_QUERIES and f"{len(queries)} queries",
            answer.headers.get("Content-Security-Policy") != POLICY and "policy",
            name != "not-found" and answer.headers.get("Cache-Control") != "private, no-store" and "kept",
            name not in PARTS and len(re.findall(r"<h1\b", page)) != 1 and "headings",
            name not in PARTS and not re.search(r"<title>\s*\S[^<]* · ", page) and "title",
            *re.findall(r"<[^>]*\s(?:style|on[a-z]+|hx-on[a-z:-]*)=[^>]*>", page),
            *re.findall(r"<(?:style|script)(?![^>]*\bsrc=)[^>]*>", page),
        ]
        if any(faults):
            wrong[name] = [fault for fault in faults if fault]

    assert wrong == {}


def test_who_may_only_look_sees_what_is_for_staff(demonstration):
    onlooker = signed_in(User.objects.create_user("Sam", is_staff=True))

    allowed = {STAFF: 200, EVERYONE: 200, ADMINS: 403}
    pages = {name: at for name, at in demonstration.items() if name != "not-found"}
    answers = {name: onlooker.get(at).status_code for name, at in pages.items()}

    assert answers == {name: allowed[resolve(at.partition("?")[0]).func.access] for name, at in pages.items()}


def test_strangers_are_sent_to_the_door(demonstration):
    stranger = Client()
    inside = [at for name, at in demonstration.items() if name != "not-found"]

    answers = {at: stranger.get(at).headers.get("Location", "").partition("?")[0] for at in inside}

    assert answers == dict.fromkeys(inside, reverse("login"))


def test_no_filter_breaks_a_page(demonstration, anns):
    answers = {}
    for name, address in demonstration.items():
        page = address.partition("?")[0]
        answers[name] = anns.get(f"{page}?{HOSTILE}").status_code

    assert {name: status for name, status in answers.items() if status not in (200, 400, 404)} == {}


def test_what_is_not_there_is_a_page_that_says_so(demonstration, anns):
    matches = [resolve(at.partition("?")[0]) for name, at in demonstration.items() if name != "not-found"]
    unknown = {
        reverse(match.url_name, kwargs=dict.fromkeys(match.kwargs, id))
        for match in matches
        for id in (("9" * 30,) if match.route.count("int:") else ("zzz", "%00", str(uuid.uuid4())))
        if match.kwargs
    }
    answers = {at: anns.get(at) for at in unknown}

    assert {at: answer.status_code for at, answer in answers.items() if answer.status_code != 404} == {}
    assert len(unknown) > 80
    for answer in answers.values():
        assert "<h1>" in answer.content.decode()
