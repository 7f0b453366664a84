"""Several workers on one outbox, and workers that are killed: nothing twice, nothing lost."""

import os
import sys
import threading
import time
from datetime import timedelta
from functools import partial

import pytest
import time_machine
from django.db import connection, connections
from django.utils import timezone

from notifications import services
from notifications.models import Channel, Delivery, Event
from notifications.services import deliver, sending
from notifications.services.sending import _take
from openmoss.tests.racing import in_processes, in_threads

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]
THREADS = 6
PROCESSES = 4


def a_lot_happens(happen, count: int) -> list[str]:
    names = [f"Part {number}" for number in range(count)]
    for name in names:
        happen(name)
    return names


def fresh(channel: Channel) -> Channel:
    return Channel.objects.get(pk=channel.pk)


def test_of_many_workers_that_take_the_oldest_one_gets_it(hook, happen):
    happen("First")
    taken = []

    def take(seen: Channel) -> None:
        taken.append(_take(seen))

    in_threads([partial(take, fresh(hook)) for _ in range(THREADS)])

    assert [delivery is None for delivery in taken].count(False) == 1
    assert Delivery.objects.get().attempts == 1


def test_without_the_guards_several_workers_get_it(hook, happen, monkeypatch):
    """The proof that the test above can fail."""
    happen("First")
    taken = []
    all_rows = Channel.objects.all()
    monkeypatch.setattr(Channel.objects, "filter", lambda **seen: all_rows.filter(pk=seen["pk"]))
    monkeypatch.setattr(sending, "_as_seen", lambda delivery: Delivery.objects.filter(pk=delivery.pk))

    def take(seen: Channel) -> None:
        taken.append(_take(seen))

    in_threads([partial(take, all_rows.get(pk=hook.pk)) for _ in range(THREADS)])

    assert [delivery is None for delivery in taken].count(False) > 1


def test_threads_side_by_side_send_each_thing_once_and_in_order(hook, target, happen):
    names = a_lot_happens(happen, 40)
    target.during = lambda request: time.sleep(0.005)

    assert in_threads([deliver] * THREADS) == ["won"] * THREADS

    assert target.said == names
    assert Delivery.objects.sent().filter(attempts=1).count() == 40


def test_processes_side_by_side_send_each_thing_once(hook, target, happen, monkeypatch):
    names = a_lot_happens(happen, 30)
    monkeypatch.setenv("OPENMOSS_WEBHOOK_ALLOW", "127.0.0.1")
    target.during = lambda request: time.sleep(0.01)

    outcomes = in_processes(["go()\nfrom notifications.services import deliver\ndeliver()"] * PROCESSES)

    assert outcomes == ["won"] * PROCESSES
    assert sorted(target.said) == sorted(names)
    assert Delivery.objects.sent().filter(attempts=1).count() == 30


def test_workers_side_by_side_ask_a_dead_target_once_per_pause(hook, target, happen):
    a_lot_happens(happen, 20)
    target.is_down()
    target.during = lambda request: time.sleep(0.05)

    in_threads([deliver] * THREADS)

    assert target.said == ["Part 0"]
    assert fresh(hook).failures == 1


def test_a_worker_that_saw_the_channel_before_it_was_paused_does_not_probe_it(hook, target, happen):
    happen("First")
    seen = fresh(hook)
    target.is_down()
    deliver()

    assert _take(seen) is None
    assert len(target.requests) == 1


def test_what_is_in_flight_is_not_taken_by_another_worker(hook, target, happen):
    a_lot_happens(happen, 2)
    in_flight, answered = threading.Event(), threading.Event()

    def during(request: dict) -> None:
        if not in_flight.is_set():
            in_flight.set()
            answered.wait(10)

    target.during = during
    first = threading.Thread(target=lambda: (deliver(), connections.close_all()))
    first.start()
    in_flight.wait(10)

    second_sent = deliver()
    answered.set()
    first.join(10)

    assert second_sent == 0
    assert target.said == ["Part 0", "Part 1"]


def killed_while_sending(after_sending: bool) -> None:
    """Let a worker in a process of its own die as with kill -9: before the call, or after it was answered."""
    connections.close_all()
    child = os.fork()
    if child == 0:
        try:
            send = sending.send

            def die(delivery: Delivery) -> None:
                if after_sending:
                    send(delivery)
                os._exit(9)

            sending.send = die
            deliver()
        finally:
            os._exit(1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 9


@pytest.mark.skipif(sys.platform == "win32", reason="needs fork")
@pytest.mark.parametrize(("after_sending", "told"), [(False, 1), (True, 2)])
def test_a_worker_that_is_killed_loses_nothing_and_repeats_only_what_was_in_flight(
    hook, target, happen, after_sending, told
):
    names = a_lot_happens(happen, 3)

    killed_while_sending(after_sending)
    at_once = deliver()
    with time_machine.travel(timezone.now() + timedelta(minutes=2, seconds=1)):
        after_the_lease = deliver()

    assert (at_once, after_the_lease) == (0, 3)
    assert target.said == ["Part 0"] * told + names[1:]
    ids = [request["headers"]["X-OpenMOSS-Delivery"] for request in target.requests]
    assert len(set(ids)) == 3  # a repeat has the same id
    assert not Delivery.objects.waiting().exists()


def test_who_comes_back_after_its_lease_changes_nothing(hook, target, happen):
    happen("First")
    late = _take(fresh(hook))
    with time_machine.travel(timezone.now() + timedelta(minutes=3)):
        deliver()
        target.is_down()
        sending._attempt(late)

    assert Delivery.objects.get().state == "sent"
    assert fresh(hook).failures == 0


def test_a_change_and_the_removal_of_a_channel_never_fail_each_other(hook, happen):
    outcomes = in_threads(
        [partial(services.remove_channel, hook), *[partial(happen, f"Part {n}") for n in range(THREADS)]]
    )

    assert outcomes == ["won"] * (THREADS + 1)
    assert Event.objects.filter(kind="sub_task.block").count() == THREADS
    assert deliver() == 0
    services.prune_deliveries()
    assert not Delivery.objects.exists()


def test_of_many_who_send_again_one_does(hook, happen):
    happen("First")
    Delivery.objects.update(due_at=None)
    delivery = Delivery.objects.get()

    outcomes = in_threads([partial(services.send_again, delivery)] * THREADS)

    assert sorted(outcomes) == ["conflict"] * (THREADS - 1) + ["won"]
    assert Event.objects.filter(kind="channel.send_again").count() == 1


@pytest.mark.parametrize(
    "verb",
    [
        partial(services.edit_channel, events=["all_done"]),
        partial(services.edit_channel, enabled=False),
        services.rotate_secret,
        services.remove_channel,
    ],
    ids=["edit events", "switch off", "rotate", "remove"],
)
def test_of_many_who_change_a_channel_one_does(hook, verb):
    outcomes = in_threads([partial(verb, fresh(hook)) for _ in range(THREADS)])

    assert sorted(outcomes) == ["conflict"] * (THREADS - 1) + ["won"]


def test_of_many_who_add_an_address_one_does(site):
    outcomes = in_threads([partial(services.add_channel, address="chat:oc_1") for _ in range(THREADS)])

    assert sorted(outcomes) == ["invalid"] * (THREADS - 1) + ["won"]
    assert Channel.objects.count() == 1
    assert connection.is_usable()
