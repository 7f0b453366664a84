import time_machine

from notifications import services
from notifications.models import Delivery, Event
from openmoss.models import SiteSettings

LATER = "2026-12-26T12:00:00Z"


def given(hook, target, happen) -> None:
    """On 25 November one thing is sent, one given up and one waits."""
    with time_machine.travel("2026-11-25T12:00:00Z", tick=False):
        happen("Sent")
        services.deliver()
        happen("Given up")
        Delivery.objects.waiting().update(due_at=None)
        happen("Waiting")


def left() -> list[str]:
    return list(Delivery.objects.values_list("event__subject_name", flat=True))


def test_what_is_finished_is_forgotten_after_30_days(hook, target, happen):
    given(hook, target, happen)

    with time_machine.travel("2026-12-25T11:59:00Z"):
        assert services.prune_deliveries() == 0
    with time_machine.travel(LATER):
        happen("Young")
        assert services.prune_deliveries() == 2

    assert left() == ["Waiting", "Young"]
    assert Event.objects.filter(subject_name="Sent").exists()


def test_with_0_days_it_is_kept_for_good(hook, target, happen):
    given(hook, target, happen)
    SiteSettings.objects.update(delivery_days=0)

    with time_machine.travel("2036-01-01T00:00:00Z"):
        assert services.prune_deliveries() == 0

    assert left() == ["Sent", "Given up", "Waiting"]


def test_an_event_takes_its_finished_deliveries_along_and_waits_for_the_others(hook, target, happen):
    given(hook, target, happen)

    told = Event.objects.filter(kind="sub_task.block").told()
    names = sorted(told.values_list("subject_name", flat=True))
    told.delete()

    assert names == ["Given up", "Sent"]
    assert left() == ["Waiting"]
