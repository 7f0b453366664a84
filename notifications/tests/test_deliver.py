"""Sending what waits. Several workers at once are in test_deliver_races.py."""

from datetime import timedelta

import pytest
import time_machine

from notifications import services
from notifications.models import Channel, Delivery, Event
from notifications.services import deliver, sending
from openmoss.models import SiteSettings

NOON = "2026-11-25T12:00:00Z"
MINUTE = timedelta(minutes=1)


@pytest.fixture
def clock():
    with time_machine.travel(NOON, tick=False) as clock:
        yield clock


def events(kind: str) -> list[Event]:
    return list(Event.objects.filter(kind=kind))


def pass_by(clock, time: timedelta, *, every: timedelta = timedelta(seconds=15)) -> None:
    """Let time go by, with a worker that looks after the outbox all the while."""
    for _ in range(time // every):
        clock.shift(every)
        deliver()


def test_what_waits_is_sent_once_and_oldest_first(hook, target, happen):
    for name in ("First", "Second", "Third"):
        happen(name)

    sent = deliver(), deliver()

    assert sent == (3, 0)
    assert target.said == ["First", "Second", "Third"]
    for delivery in Delivery.objects.all():
        assert (delivery.state, delivery.attempts, delivery.status, delivery.error) == ("sent", 1, 200, "")


def test_a_target_that_is_down_for_an_hour_is_told_each_thing_once_when_it_is_back(
    hook, target, happen, clock
):
    target.is_down()
    for number in range(60):
        happen(f"Part {number}")
        pass_by(clock, MINUTE)
    probes = len(target.requests)
    target.requests.clear()

    target.is_back()
    pass_by(clock, 60 * MINUTE)

    assert probes == 7  # at 0:15, 0:45, 1:45, 3:45, 8:45, 18:45, 48:45
    assert target.said == [f"Part {number}" for number in range(60)]
    assert not Delivery.objects.waiting().exists()
    assert Delivery.objects.sent().count() == 60
    hook.refresh_from_db()
    assert (hook.failures, hook.retry_at, hook.error) == (0, None, "")


def test_a_thousand_that_wait_cost_a_dead_target_one_call_per_pause(hook, target, clock):
    happened = [Event(kind="x.y", actor_name="Pia", subject_name=f"Part {n}") for n in range(1000)]
    Delivery.objects.bulk_create(
        [Delivery(event=event, channel=hook) for event in Event.objects.bulk_create(happened)]
    )
    target.is_down()

    deliver()
    calls_at_once = len(target.requests)
    pass_by(clock, 20 * MINUTE)

    assert calls_at_once == 1
    assert target.said == ["Part 0"] * 6


def test_a_dead_channel_does_not_hold_up_another(hook, target, happen, site):
    dead = services.add_channel(address="http://127.0.0.1:1/", events=["*"])
    for name in ("First", "Second"):
        happen(name)

    deliver()

    assert target.said == ["First", "Second"]
    dead.refresh_from_db()
    assert (dead.failures, dead.error) == (1, "No connection.")
    assert dead.is_paused


def test_the_reliable_go_first(hook, target, happen, monkeypatch):
    Channel.objects.update(failures=3)
    services.add_channel(address="http://127.0.0.1:1/", events=["*"])
    services.add_channel(address="http://127.0.0.1:2/", events=["*"])
    happen("First")
    order = []
    monkeypatch.setattr(sending, "send", lambda delivery: order.append(delivery.channel.address))

    deliver()

    assert order == ["http://127.0.0.1:1/", "http://127.0.0.1:2/", target.url]


@pytest.mark.parametrize("status", [400, 403, 404, 410, 302])
def test_what_is_refused_waits_alone(hook, target, happen, clock, status):
    happen("Refused")
    target.refuses(status, b"no such room")
    deliver()
    target.is_back()
    target.requests.clear()
    happen("Next")

    deliver()

    assert target.said == ["Next"]
    refused = Delivery.objects.waiting().get()
    assert refused.status == status
    assert refused.error.startswith(f"It answered {status}")

    pass_by(clock, MINUTE)

    assert target.said == ["Next", "Refused"]


@pytest.mark.parametrize("status", [408, 425, 429, 500, 503])
def test_not_now_pauses_the_whole_channel(hook, target, happen, status):
    happen("First")
    happen("Second")
    target.refuses(status)

    deliver()

    assert target.said == ["First"]
    hook.refresh_from_db()
    assert hook.is_paused


@pytest.mark.parametrize(
    ("asked", "pause"),
    [
        ("7", 7),
        ("0", 1),
        ("999999999999", 3600),
        ("Wed, 25 Nov 2026 12:02:00 GMT", 120),
        ("Wed, 25 Nov 2026 11:00:00 GMT", 1),
        ("soon", 30),
        ("-5", 30),
    ],
)
def test_who_asks_for_time_gets_it_within_bounds(hook, target, happen, clock, asked, pause):
    happen("First")
    target.is_down(Retry_After=asked)

    deliver()
    clock.shift(timedelta(seconds=pause - 1))
    deliver()
    too_early = len(target.requests)
    clock.shift(timedelta(seconds=1))
    deliver()

    assert too_early == 1
    assert len(target.requests) == 2


def test_after_a_day_of_failures_it_is_given_up_and_that_is_an_event(hook, target, happen, clock):
    happen("Old")
    happen("Old too")
    target.is_down()
    pass_by(clock, timedelta(hours=20), every=10 * MINUTE)
    happen("Young")

    pass_by(clock, timedelta(hours=5), every=10 * MINUTE)
    target.is_back()
    target.requests.clear()
    pass_by(clock, timedelta(hours=2), every=10 * MINUTE)

    assert target.said == ["Young"]
    assert list(Delivery.objects.given_up().values_list("event__subject_name", "error")) == [
        ("Old", "It answered 503."),
        ("Old too", "It answered 503."),
    ]
    (given_up,) = events("channel.give_up")
    assert (given_up.subject_name, given_up.why, given_up.data) == (
        "Hook",
        "It answered 503.",
        {"deliveries": 2},
    )


def test_what_is_refused_for_a_day_is_given_up_alone(hook, target, happen, clock):
    happen("Refused")
    target.refuses(404)
    pass_by(clock, timedelta(hours=23), every=10 * MINUTE)
    happen("Young")

    pass_by(clock, timedelta(hours=3), every=10 * MINUTE)

    assert Delivery.objects.given_up().get().event.subject_name == "Refused"
    assert Delivery.objects.waiting().get().event.subject_name == "Young"


def test_what_waited_while_no_worker_ran_is_sent_however_old(hook, target, happen, clock):
    happen("Friday")
    clock.shift(timedelta(days=3))

    deliver()

    assert target.said == ["Friday"]


def test_nothing_is_sent_while_notifications_are_off(hook, target, happen):
    happen("First")
    SiteSettings.objects.update(notifications_enabled=False)

    assert deliver() == 0
    assert target.requests == []


def test_a_run_ends_in_time_and_the_next_goes_on(hook, target, happen, monkeypatch):
    for name in ("First", "Second", "Third"):
        happen(name)
    monkeypatch.setattr(sending, "RUN", 0.05)
    monkeypatch.setattr(sending, "send", lambda delivery: sending.time.sleep(0.06))

    assert [deliver() for _ in range(4)] == [1, 1, 1, 0]


def test_nothing_is_sent_inside_a_transaction(hook, target, happen, monkeypatch, transactional_db):
    happen("First")
    open = []
    monkeypatch.setattr(
        sending, "send", lambda delivery: open.append(sending.transaction.get_connection().in_atomic_block)
    )

    deliver()

    assert open == [False]


def test_a_fault_of_ours_is_noted_and_stops_nothing(hook, target, happen, site, monkeypatch, caplog):
    happen("First")
    monkeypatch.setattr("notifications.senders.message_of", lambda *args, **how: {}["secret-in-a-key"])

    deliver()

    delivery = Delivery.objects.get()
    assert (delivery.state, delivery.error) == ("waiting", "Sending failed with KeyError.")
    assert "secret-in-a-key" not in caplog.text


def test_mail_waits_when_the_mail_server_is_gone(site, happen, settings, clock):
    settings.EMAIL_URL = "smtp://mail.example"
    services.add_channel(address="ann@example.org", events=["*"])
    happen("First")
    settings.EMAIL_URL = ""

    deliver()

    assert Delivery.objects.get().error == "No mail server is configured any more."
