"""Sending what waits in the outbox: each channel in one worker's hands at a time, its oldest first."""

import time
from datetime import timedelta

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from notifications.addresses import is_mail
from notifications.models import Channel, Delivery, DeliveryQuerySet
from notifications.senders import Undelivered, send
from notifications.services.events import record
from openmoss.errors import Conflict
from openmoss.models import SiteSettings

RUN = 20.0  # seconds; what still waits then is left to the next run, so that the clock is not held up
LEASE = timedelta(minutes=2)  # longer than any attempt takes: when it is over, the worker was killed
GIVE_UP_AFTER = timedelta(hours=24)
PAUSES = [timedelta(seconds=30), *(timedelta(minutes=minutes) for minutes in (1, 2, 5, 10, 30, 60))]


def deliver() -> int:
    """Send what is due, one of each channel in turn, and return how many were sent."""
    if not SiteSettings.load().notifications_enabled:
        return 0
    until, sent, busy = time.monotonic() + RUN, 0, True
    while busy:
        busy = False
        for channel in Channel.objects.due(timezone.now()):
            if time.monotonic() >= until:
                return sent
            if delivery := _take(channel):
                busy = True
                sent += _attempt(delivery)
    return sent


def test_channel(channel: Channel, *, by) -> Delivery:
    """Send a test now, whatever waits, and return the delivery with what came of it."""
    if not channel.is_served:
        raise Conflict(
            f"{channel} is left to agents; the server sends nothing there.",
            hint="Set OPENMOSS_EMAIL_URL, and it sends mail by itself."
            if is_mail(channel.address)
            else "Agents find it with `task-cli.py notification`.",
        )
    with transaction.atomic():
        event = record("channel.test", subject=channel, actor=by)
        # Not due, so that no worker sends it as well.
        delivery = Delivery.objects.create(event=event, channel=channel, due_at=None, attempts=1)
    try:
        status = send(delivery)
    except Undelivered as failure:
        with transaction.atomic():
            _note(delivery, status=failure.status, error=str(failure))
        return delivery
    with transaction.atomic():
        _note(delivery, status=status, sent_at=timezone.now())
        Channel.objects.filter(pk=channel.pk).update(failures=0, retry_at=None, error="")
    return delivery


def send_again(delivery: Delivery, *, by=None) -> Delivery:
    """Let a delivery that was given up wait for another day of attempts."""
    now = timezone.now()
    with transaction.atomic():
        given_up = Delivery.objects.given_up().filter(pk=delivery.pk)
        if not given_up.update(due_at=now, queued_at=now):
            raise Conflict("Only what was given up can be sent again.", hint="What waits is sent by itself.")
        record("channel.send_again", subject=delivery.channel, actor=by, delivery=delivery.pk)
    delivery.due_at = delivery.queued_at = now
    return delivery


def give_up(waiting: DeliveryQuerySet, *, channel: Channel, by, why: str) -> None:
    """Stop trying to send these deliveries of a channel, in the caller's transaction."""
    if count := waiting.update(due_at=None, error=why):
        record("channel.give_up", subject=channel, actor=by, why=why, deliveries=count)


def _take(channel: Channel) -> Delivery | None:
    """Take a channel and its oldest due delivery; None when another worker was faster."""
    now = timezone.now()
    # Also the pause as seen: after one that just failed there is one probe, not one of each worker.
    seen = {"busy_until": channel.busy_until, "retry_at": channel.retry_at, "enabled": True}
    channel.busy_until = now + LEASE
    with transaction.atomic():
        if not Channel.objects.filter(pk=channel.pk, **seen).update(busy_until=channel.busy_until):
            return None
        delivery = channel.deliveries.due(now).select_related("event").order_by("pk").first()
        if delivery is None or not _as_seen(delivery).waiting().update(attempts=delivery.attempts + 1):
            _let_go(channel)
            return None
    delivery.attempts += 1
    delivery.channel = channel
    return delivery


def _attempt(delivery: Delivery) -> bool:
    """Send a delivery that was taken, write down what came of it, and let go of its channel."""
    try:
        status = send(delivery)
    except Undelivered as failure:
        with transaction.atomic():
            _failed(delivery, failure)
        return False
    with transaction.atomic():
        _note(delivery, status=status, error="", sent_at=timezone.now(), due_at=None)
        _let_go(delivery.channel, failures=0, retry_at=None, error="")
    return True


def _failed(delivery: Delivery, failure: Undelivered) -> None:
    """Try again later: this delivery alone if it was refused, else the whole channel."""
    channel, now, error = delivery.channel, timezone.now(), str(failure)
    overdue = channel.deliveries.waiting().filter(queued_at__lt=now - GIVE_UP_AFTER)
    _note(delivery, status=failure.status, error=error)
    if failure.definite:
        _as_seen(delivery).waiting().update(due_at=now + _pause(delivery.attempts))
        _let_go(channel, failures=0, retry_at=None, error=error)
        overdue = overdue.filter(pk=delivery.pk)
    else:
        pause = min(failure.retry_after or _pause(channel.failures + 1), PAUSES[-1])
        _let_go(channel, failures=F("failures") + 1, retry_at=now + pause, error=error)
    give_up(overdue, channel=channel, by=None, why=error)


def _pause(failures: int) -> timedelta:
    """Return how long to wait after so many failures in a row."""
    return PAUSES[min(failures, len(PAUSES)) - 1]


def _as_seen(delivery: Delivery) -> DeliveryQuerySet:
    """Return the row of a delivery unless another attempt has begun since it was read."""
    return Delivery.objects.filter(pk=delivery.pk, attempts=delivery.attempts)


def _note(delivery: Delivery, **outcome) -> None:
    _as_seen(delivery).update(**outcome)
    for field, value in outcome.items():
        setattr(delivery, field, value)


def _let_go(channel: Channel, **changes) -> None:
    """Free a channel, unless the lease ran out and another worker has it."""
    Channel.objects.filter(pk=channel.pk, busy_until=channel.busy_until).update(busy_until=None, **changes)
