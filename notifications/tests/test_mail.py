"""Notifications by e-mail, through Django's outbox and through a real mail server."""

import email
import email.policy

import pytest
from django.core import mail

from notifications import services
from notifications.models import Channel, Delivery
from notifications.services import deliver
from notifications.tests.target import Post, mail_server
from openmoss.models import SiteSettings


@pytest.fixture
def ann_is_told(site, settings) -> Channel:
    settings.EMAIL_URL = "smtp://mail.example"
    settings.DEFAULT_FROM_EMAIL = "OpenMOSS <moss@example.org>"
    return services.add_channel(address="email:ann@example.org", events=["*"])


@pytest.fixture
def post(settings):
    with mail_server() as post:
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", post.port
        yield post


def test_a_mail_says_what_happened_and_where_to_look(ann_is_told, happen):
    SiteSettings.objects.update(project_name="Newsroom", external_url="https://moss.example.org")
    event = happen("Collect", "sub_task.reject", why="Link 7 is dead.")

    deliver()

    (sent,) = mail.outbox
    assert (sent.from_email, sent.to) == ("OpenMOSS <moss@example.org>", ["ann@example.org"])
    assert sent.subject == "[Newsroom] The clock sent 'Collect' back for rework: Link 7 is dead."
    assert sent.body == (
        "The clock sent 'Collect' back for rework: Link 7 is dead.\n\n"
        f"https://moss.example.org/sub-tasks/{event.subject_id}\n"
    )
    assert sent.extra_headers["Auto-Submitted"] == "auto-generated"


def test_it_arrives_at_a_real_mail_server(ann_is_told, happen, post: Post):
    happen("Müller\r\nBcc: eve@example.org\r\n\r\nBuy now", why="日本")

    deliver()

    (raw,) = post.mails
    arrived = email.message_from_bytes(raw, policy=email.policy.default)
    assert arrived["To"] == "ann@example.org"
    assert arrived["Bcc"] is None
    assert "Müller Bcc: eve@example.org Buy now" in arrived["Subject"]
    assert "日本" in arrived.get_content()
    assert Delivery.objects.get().state == "sent"


def test_each_attempt_has_the_same_message_id(ann_is_told, happen, post: Post):
    happen("Collect")
    deliver()
    Delivery.objects.update(sent_at=None, due_at="2026-01-01T00:00:00Z")
    deliver()

    first, second = (email.message_from_bytes(raw)["Message-ID"] for raw in post.mails)
    assert first == second
    assert first.endswith("@example.org>")


@pytest.mark.parametrize(
    ("verb", "answer", "paused"),
    [
        ("RCPT", "550 no such user", False),
        ("RCPT", "450 try later", True),
        ("MAIL", "553 not from you", False),
        ("DATA", "554 spam", False),
        ("EHLO", "421 busy", True),
    ],
)
def test_a_refusal_of_the_mail_pauses_nothing_and_one_of_the_server_does(
    ann_is_told, happen, post: Post, verb, answer, paused
):
    happen("Collect")
    post.refuse = {verb: answer, "HELO": answer}

    deliver()

    ann_is_told.refresh_from_db()
    assert ann_is_told.is_paused == paused
    assert answer[4:] in Delivery.objects.get().error or verb == "EHLO"


def test_a_mail_server_that_is_away_pauses_the_channel(ann_is_told, happen, settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
    settings.EMAIL_HOST_PASSWORD = "hidden"
    happen("Collect")

    deliver()

    ann_is_told.refresh_from_db()
    assert ann_is_told.is_paused
    assert ann_is_told.error == "The mail server does not answer: ConnectionRefusedError."
