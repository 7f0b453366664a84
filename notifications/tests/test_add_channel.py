from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from notifications import services
from notifications.models import Channel, Event
from openmoss.errors import Invalid
from openmoss.models import SiteSettings


def add(*words: str) -> str:
    out = StringIO()
    call_command("add_channel", *words, stdout=out)
    return out.getvalue()


@pytest.mark.parametrize(
    ("address", "way"),
    [
        ("chat:oc_1", "agents"),
        ("user:ou_1", "agents"),
        ("ann@example.org", "agents"),
        ("email:ann@example.org", "agents"),
        ("https://example.org/hook", "webhook"),
        ("HTTP://example.org:8080/hook?key=1", "webhook"),
        ("json://example.org", "apprise"),
    ],
)
def test_the_address_says_who_serves_it(db, address, way):
    channel = services.add_channel(address=f" {address} ")

    assert (channel.address, channel.way) == (address, way)
    assert bool(channel.secret) == (way == "webhook")


def test_mail_is_sent_by_the_server_where_there_is_a_mail_server(db, settings):
    settings.EMAIL_URL = "smtp://mail.example"

    assert services.add_channel(address="ann@example.org").way == "mail"
    assert services.add_channel(address="chat:oc_1").way == "agents"


@pytest.mark.parametrize(
    "address",
    [
        "",
        " ",
        "a b",
        "chat:",
        "ann",
        "ann@",
        "email:",
        "javascript:alert(1)",
        "chat:a\nb",
        "x" * 501,
        "https://",
    ],
)
def test_what_is_no_address_is_refused(db, address):
    with pytest.raises(Invalid) as refusal:
        services.add_channel(address=address)

    assert "address" in refusal.value.fields
    assert not Channel.objects.exists()
    assert not Event.objects.exists()


def test_an_address_is_there_once(db):
    services.add_channel(address="chat:oc_1")

    with pytest.raises(Invalid, match="There is a channel with this address already"):
        services.add_channel(address="chat:oc_1")

    assert Channel.objects.count() == 1


@pytest.mark.parametrize(
    "name", ["task_complete", "sub_task", "sub_task.block.now", "Sub_task.block", "", "* "]
)
def test_a_name_that_names_no_event_is_refused(db, name):
    with pytest.raises(Invalid, match="names no event"):
        services.add_channel(address="chat:oc_1", events=["all_done", name])


def test_it_is_an_event_without_the_address_and_the_secret(db, admin_user):
    channel = services.add_channel(address="https://example.org/hidden?x=hidden", events=["*"], by=admin_user)

    event = Event.objects.get()
    assert (event.kind, event.actor_name, event.subject_name) == (
        "channel.add",
        "admin",
        "https://example.org/…",
    )
    assert "hidden" not in str(event.__dict__)
    assert channel.secret not in str(event.__dict__)


def test_the_command_prints_the_secret_once(db):
    SiteSettings.objects.create(pk=1, notifications_enabled=True)

    said = add("https://example.org/hook", "--events", "patrol_alert, sub_task.block", "--name", "Ops")

    channel = Channel.objects.get()
    assert said == f"id      {channel.pk}\nway     webhook\nsecret  {channel.secret}\n"
    assert (channel.name, channel.events) == ("Ops", ["patrol_alert", "sub_task.block"])
    assert len(channel.secret) == 4 + 64


def test_the_command_says_when_nothing_will_be_sent(db):
    assert "Notifications are off" in add("chat:oc_1")


def test_the_command_says_what_is_wrong(db):
    with pytest.raises(CommandError, match=r"'nonsense' names no event\. Give task_completed"):
        add("chat:oc_1", "--events", "nonsense")


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("chat:oc_1", "chat:oc_1"),
        ("https://ann:hidden@example.org:8443/hidden?a=hidden#hidden", "https://example.org:8443/…"),
        ("http://[no", "http://[no/…"),
        ("https://example.org?key=hidden", "https://example.org/…"),
        ("slack://hidden/hidden/hidden", "slack://…"),
        ("mailto://ann:hidden@example.org", "mailto://…"),
    ],
)
def test_what_could_be_a_password_is_not_shown(address, shown):
    assert str(Channel(address=address)) == shown
