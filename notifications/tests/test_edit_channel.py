import pytest

from notifications import services
from notifications.models import Channel, Delivery, Event
from openmoss.errors import Conflict, Invalid


def kinds() -> list[str]:
    return list(Event.objects.filter(kind__startswith="channel.").values_list("kind", flat=True))


def test_name_and_events_change(hook, admin_user):
    services.edit_channel(hook, name="Ops", events=["all_done", "all_done"], by=admin_user)

    hook.refresh_from_db()
    assert (hook.name, hook.events, hook.enabled) == ("Ops", ["all_done"], True)
    event = Event.objects.get(kind="channel.edit")
    assert (event.actor_name, event.data) == ("admin", {"fields": ["events", "name"]})


def test_nothing_changed_is_no_event(hook):
    services.edit_channel(hook, name="Hook", events=["*"], enabled=True)

    assert kinds() == ["channel.add"]


def test_what_waits_for_a_channel_that_is_switched_off_is_given_up(hook, happen):
    happen("First")
    happen("Second")

    services.edit_channel(hook, enabled=False)
    services.edit_channel(hook, enabled=True)

    assert Delivery.objects.given_up().count() == 2
    assert Event.objects.get(kind="channel.give_up").data == {"deliveries": 2}


def test_what_was_sent_stays_sent(hook, target, happen):
    happen("First")
    services.deliver()

    services.edit_channel(hook, enabled=False)

    assert Delivery.objects.get().state == "sent"
    assert "channel.give_up" not in kinds()


@pytest.mark.parametrize("change", [{"name": "a\nb"}, {"name": "x" * 101}, {"events": ["nonsense"]}])
def test_a_value_that_cannot_be_is_refused(hook, change):
    with pytest.raises(Invalid):
        services.edit_channel(hook, **change)

    assert kinds() == ["channel.add"]


def test_who_comes_second_is_told(hook):
    seen = Channel.objects.get()
    services.edit_channel(hook, events=["all_done"])

    with pytest.raises(Conflict, match="Somebody else changed Hook first"):
        services.edit_channel(seen, events=["task_completed"])

    assert Channel.objects.get().events == ["all_done"]
