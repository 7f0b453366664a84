"""A notification in words, also when names in it are hostile."""

import re

import pytest

from conftest import hire
from notifications.models import Event
from notifications.words import message_of, one_line
from openmoss.models import SiteSettings


def event(kind: str = "sub_task.block", **values) -> Event:
    return Event(**{"kind": kind, "actor_name": "Pat", "subject_name": "Collect", "subject_id": "1"} | values)


def said(event: Event, **site) -> str:
    return message_of(event, site=SiteSettings(**site)).text


@pytest.mark.parametrize(
    ("happened", "sentence"),
    [
        (event("sub_task.approve", actor_name="Rita"), "Rita approved 'Collect'."),
        (
            event("sub_task.reject", actor_name="Rita", why="1. Link 7 is dead."),
            "Rita sent 'Collect' back for rework: 1. Link 7 is dead.",
        ),
        (
            event("sub_task.block", why="Silent for an hour"),
            "Pat blocked 'Collect': Silent for an hour. A planner can reassign, unblock or cancel it.",
        ),
        (
            event("sub_task.reassign", data={"assignee": "2", "assignee_name": "Ed"}),
            "Pat handed 'Collect' to Ed.",
        ),
        (event("sub_task.reassign"), "Pat handed 'Collect' to …"),
        (
            event("task.set_status", was="in_progress", now="completed"),
            "Pat moved the task 'Collect' from in progress to completed.",
        ),
        (
            event("finding.open", now="critical", why="'Collect' stands still.", data={"do": "st get 1"}),
            "Critical: 'Collect' stands still. st get 1.",
        ),
        (
            event(
                "finding.escalate", now="critical", why="It still does.", data={"do": ["st get 1", "or wait"]}
            ),
            "Now critical: It still does. st get 1; or wait.",
        ),
        (event("agent.score", data={"delta": -5}), "Pat changed the score of 'Collect' by -5."),
        (event("some_thing.un_known", actor_name="the clock"), "The clock: un known some thing 'Collect'."),
    ],
)
def test_it_is_one_sentence_with_the_reason_and_what_to_do(happened, sentence):
    assert said(happened) == sentence


def test_the_title_names_the_company_and_what_happened():
    title = message_of(event(why="x" * 500), site=SiteSettings(project_name="Newsroom")).title

    assert title.startswith("[Newsroom] Pat blocked 'Collect': xxx")
    assert len(title) == 120


def test_what_an_event_holds_cannot_pose_as_somebody():
    assert said(event(data={"actor": "Ann", "subject": "Nothing"})).startswith("Pat blocked 'Collect'")


HOSTILE = [
    "one\r\nBcc: eve@example.org",
    "nul\x00 bell\x07 escape\x1b[31m",
    "line\u2028paragraph\u2029next\x85",
    "right to left \u202e gnp.exe \u2066 isolate",
    "invisible \u200b\u200d\ufeff\u2060 characters",
    "{actor.__class__} {0} %s",
]


@pytest.mark.parametrize("text", HOSTILE)
def test_no_name_breaks_out_of_its_line(text):
    hostile = event(subject_name=text, actor_name=text, why=text, data={"assignee_name": text, "do": text})

    for kind in ("sub_task.reassign", "sub_task.block", "x.y"):
        hostile.kind = kind
        message = message_of(hostile, site=SiteSettings(project_name=text))
        for line in (message.title, message.text):
            assert line.isprintable(), line


@pytest.mark.parametrize(
    "text",
    [
        "@everyone",
        "@here",
        "hello @channel",
        "<!channel>",
        "<@U123>",
        "<#C1|x>",
        "<at id=all></at>",
        "[x](http://e)",
    ],
)
def test_nobody_is_mentioned_and_no_link_is_dressed_up(text):
    message = message_of(event(subject_name=text, why=text), site=SiteSettings())

    for line in (message.title, message.text):
        assert not re.search(r"(?<!\w)@\w|<[!@#/\w]|\]\(", line)


def test_a_mail_address_stays_as_it_is():
    assert "ann@example.org" in said(event(why="Ask ann@example.org."))


def test_endless_texts_are_cut():
    endless = event(subject_name="n" * 200, actor_name="a" * 150, why="w" * 100_000, data={"do": "d" * 9999})

    message = message_of(endless, site=SiteSettings(project_name="p" * 100))

    assert len(message.title) <= 120
    assert len(message.text) <= 1000
    assert f"A{'a' * 98}…" in message.text


def test_one_line_keeps_what_can_be_read():
    assert one_line("  Müller & Söhne\n\n日本 🙂 ", longest=100) == "Müller & Söhne 日本 🙂"


@pytest.mark.parametrize("site", ["https://moss.example.org", "https://moss.example.org/"])
def test_it_links_to_what_it_is_about(db, site, client, admin_client):
    agent = hire("Erin", "executor").agent
    hired = Event.objects.get(kind="agent.create")

    url = message_of(hired, site=SiteSettings(external_url=site)).url

    assert url == f"https://moss.example.org/agents/{agent.pk}"
    assert admin_client.get(url.removeprefix("https://moss.example.org")).status_code == 200


@pytest.mark.parametrize(
    ("kind", "page"),
    [
        ("task.create", "/tasks/0b6db41f-aecb-438b-909f-d56f890464b9"),
        ("sub_task.block", "/sub-tasks/0b6db41f-aecb-438b-909f-d56f890464b9"),
        ("finding.open", "/patrol/0b6db41f-aecb-438b-909f-d56f890464b9"),
        # A part of a task stands on its page.
        ("recurrence.skip", "/tasks/7#recurrence-0b6db41f-aecb-438b-909f-d56f890464b9"),
        ("module.create", "/tasks/7#module-0b6db41f-aecb-438b-909f-d56f890464b9"),
    ],
)
def test_each_of_these_has_a_page(kind, page):
    about = event(kind, subject_id="0b6db41f-aecb-438b-909f-d56f890464b9", task_id="7")

    url = message_of(about, site=SiteSettings(external_url="https://moss.example.org")).url

    assert url == f"https://moss.example.org{page}"


def test_without_an_external_url_or_a_page_there_is_no_link():
    assert message_of(event(), site=SiteSettings()).url == ""
    assert message_of(event("rule.create"), site=SiteSettings(external_url="https://x.example")).url == ""
