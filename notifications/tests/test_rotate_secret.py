from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from notifications import services
from notifications.models import Channel, Event
from notifications.senders.webhook import signature


def test_from_then_on_the_new_one_signs(hook, target, happen):
    old, new = hook.secret, services.rotate_secret(hook)
    happen("First")

    services.deliver()

    (request,) = target.requests
    timestamp, body = request["headers"]["X-OpenMOSS-Timestamp"], request["raw"]
    assert request["headers"]["X-OpenMOSS-Signature"] == signature(new, timestamp, body)
    assert old != new == Channel.objects.get().secret


def test_the_event_tells_no_secret(hook):
    new = services.rotate_secret(hook)

    assert new not in str(Event.objects.get(kind="channel.rotate_secret").__dict__)


def test_the_command_prints_it(hook):
    out = StringIO()

    call_command("rotate_secret", "Hook", stdout=out)

    assert out.getvalue() == f"secret  {Channel.objects.get().secret}\n"


def test_what_is_no_webhook_has_none(site):
    services.add_channel(address="chat:oc_1")

    with pytest.raises(CommandError, match=r"chat:oc_1 has no secret\. Only webhooks have one\."):
        call_command("rotate_secret", "chat:oc_1")
