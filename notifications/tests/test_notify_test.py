"""Sending a test, by service and by command."""

from io import StringIO

import pytest
from django.core import mail
from django.core.management import CommandError, call_command

from notifications import services
from notifications.models import Channel, Delivery, Event
from openmoss.errors import Conflict


def notify_test(*words: str) -> str:
    out = StringIO()
    call_command("notify_test", *words, stdout=out)
    return out.getvalue()


def test_it_sends_through_the_same_code_as_everything_else(hook, target):
    said = notify_test("Hook")

    (request,) = target.requests
    assert said == "Hook: sent\n"
    assert request["body"]["kind"] == "channel.test"
    assert request["body"]["text"] == "This is a test of the channel 'Hook'."
    assert request["headers"]["X-OpenMOSS-Signature"].startswith("sha256=")
    assert Delivery.objects.get().state == "sent"


def test_no_worker_sends_it_as_well(hook, target):
    notify_test("Hook")

    assert services.deliver() == 0
    assert len(target.requests) == 1


def test_all_channels_are_tested_and_one_that_fails_ends_it_with_1(hook, target, settings, capsys):
    settings.EMAIL_URL = "smtp://mail.example"
    services.add_channel(address="chat:oc_1")
    services.add_channel(address="ann@example.org")
    services.add_channel(address="http://10.0.0.1/")
    out = StringIO()

    with pytest.raises(CommandError, match=r"1 of 4 could not be told\.") as failure:
        call_command("notify_test", stdout=out)

    assert failure.value.returncode == 1
    assert out.getvalue() == (
        "Hook: sent\n"
        "chat:oc_1: left to agents\n"
        "ann@example.org: sent\n"
        "http://10.0.0.1/…: 10.0.0.1 is not a public address; OPENMOSS_WEBHOOK_ALLOW can allow it.\n"
    )
    assert len(mail.outbox) == 1


def test_a_test_that_fails_pauses_nothing_and_waits_for_nothing(hook, target, happen):
    target.is_down()
    with pytest.raises(CommandError):
        notify_test("Hook")
    target.is_back()
    happen("First")

    assert services.deliver() == 1
    assert target.said == ["Hook", "First"]
    assert Delivery.objects.given_up().get().error == "It answered 503."


def test_one_that_works_ends_the_pause(hook, target, happen):
    happen("First")
    target.is_down()
    services.deliver()
    target.is_back()

    notify_test("Hook")

    assert services.deliver() == 1
    assert target.said == ["First", "Hook", "First"]


def test_it_works_while_notifications_are_off(hook, target, site):
    type(site).objects.update(notifications_enabled=False)

    assert notify_test("Hook") == "Hook: sent\n"


def test_the_event_names_who_asked(hook, target, admin_user):
    services.test_channel(hook, by=admin_user)

    assert Event.objects.get(kind="channel.test").actor_name == "admin"


def test_what_is_left_to_agents_cannot_be_tested(site):
    chat = services.add_channel(address="chat:oc_1")
    ann = services.add_channel(address="ann@example.org")

    with pytest.raises(Conflict) as refused:
        services.test_channel(chat, by=None)
    assert refused.value.hint == "Agents find it with `task-cli.py notification`."
    with pytest.raises(Conflict) as refused:
        services.test_channel(ann, by=None)
    assert refused.value.hint == "Set OPENMOSS_EMAIL_URL, and it sends mail by itself."
    assert not Delivery.objects.exists()


def test_without_channels_it_says_how_to_begin(db):
    with pytest.raises(CommandError, match="There are no channels"):
        notify_test()


def test_an_unknown_channel_is_refused(hook, target):
    with pytest.raises(CommandError, match="No channel is called 'Hok'"):
        notify_test("Hok")

    assert target.requests == []
    assert Channel.objects.count() == 1
