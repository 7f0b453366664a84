from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from notifications import services
from notifications.models import Channel, Delivery, Event
from openmoss.errors import Conflict


def test_nothing_that_waits_is_sent_any_more(hook, target, happen):
    happen("First")

    services.remove_channel(hook)

    assert services.deliver() == 0
    assert target.requests == []
    assert not Channel.objects.exists()
    assert Event.objects.get(kind="channel.remove").subject_name == "Hook"


def test_what_waited_is_swept_up(hook, happen):
    event = happen("First")
    services.remove_channel(hook)

    assert services.prune_deliveries() == 1
    assert not Delivery.objects.exists()
    assert Event.objects.filter(pk=event.pk).told().exists()


def test_it_can_be_removed_once(hook):
    services.remove_channel(hook)

    with pytest.raises(Conflict):
        services.remove_channel(hook)

    assert Event.objects.filter(kind="channel.remove").count() == 1


@pytest.mark.parametrize("called", ["id", "name", "address"])
def test_the_command_takes_id_name_or_address(hook, called):
    out = StringIO()
    given = {"id": str(hook.pk), "name": "Hook", "address": hook.address}[called]

    call_command("remove_channel", given, stdout=out)

    assert out.getvalue() == "Hook is removed.\n"
    assert not Channel.objects.exists()


def test_the_command_refuses_to_guess(hook):
    services.add_channel(address="chat:oc_1", name="Hook")

    for given, why in (("Hook", "More than one channel"), ("Hok", "No channel"), ("99", "No channel")):
        with pytest.raises(CommandError, match=f"{why} is called '{given}'"):
            call_command("remove_channel", given)

    assert Channel.objects.count() == 2
