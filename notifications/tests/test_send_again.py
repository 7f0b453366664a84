import pytest
import time_machine

from notifications import services
from notifications.models import Delivery, Event
from openmoss.errors import Conflict


def test_what_was_given_up_is_sent_after_all(hook, target, happen, admin_user):
    happen("First")
    Delivery.objects.update(due_at=None, error="It answered 404.")

    services.send_again(Delivery.objects.get(), by=admin_user)
    services.deliver()

    assert target.said == ["First"]
    assert (Delivery.objects.get().state, Delivery.objects.get().error) == ("sent", "")
    event = Event.objects.get(kind="channel.send_again")
    assert (event.actor_name, event.subject_name) == ("admin", "Hook")


def test_it_gets_another_day(hook, target, happen):
    with time_machine.travel("2026-11-25T12:00:00Z", tick=False) as clock:
        happen("First")
        Delivery.objects.update(due_at=None)
        clock.shift(7 * 86400)
        services.send_again(Delivery.objects.get())
        target.is_down()

        services.deliver()

    assert Delivery.objects.get().state == "waiting"


@pytest.mark.parametrize("sent", [True, False])
def test_what_was_sent_or_waits_is_left_alone(hook, target, happen, sent):
    happen("First")
    if sent:
        services.deliver()

    with pytest.raises(Conflict):
        services.send_again(Delivery.objects.get())

    services.deliver()
    assert target.said == ["First"]
