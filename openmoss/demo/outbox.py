"""What became of the notifications of the story: nothing of it was sent, nothing of it ever is."""

from datetime import datetime, timedelta

from django.db.models import F

from notifications.models import Channel, Delivery
from notifications.services.sending import GIVE_UP_AFTER
from openmoss.models import JobRun


def send_waiting(channel: Channel, *, left: int = 0) -> None:
    """Let everything that waits for a channel have arrived soon after it was queued, but the last few."""
    waiting = list(channel.deliveries.waiting().order_by("pk").values_list("pk", flat=True))
    Delivery.objects.filter(pk__in=waiting[: len(waiting) - left]).update(
        due_at=None, sent_at=F("queued_at") + timedelta(seconds=2), status=200, attempts=1
    )


def refuse(channel: Channel, *, kind: str, now: datetime, status: int, error: str) -> None:
    """Let the newest delivery of a kind have been given up, after a day of attempts."""
    old_enough = channel.deliveries.filter(event__kind=kind, queued_at__lt=now - GIVE_UP_AFTER)
    newest = old_enough.order_by("pk").last()
    changes = {"sent_at": None, "status": status, "attempts": 27, "error": error}
    Delivery.objects.filter(pk=newest.pk).update(**changes)


def fail(channel: Channel, *, now: datetime, error: str) -> None:
    """Let a channel be out of reach at this time, so that what waits for it goes on waiting."""
    waiting = channel.deliveries.waiting().order_by("pk")
    waiting.filter(pk=waiting[0].pk).update(attempts=6, error=error)
    Channel.objects.filter(pk=channel.pk).update(
        failures=6, error=error, retry_at=now + timedelta(minutes=45)
    )


def write_runs(now: datetime, *, calls: int) -> None:
    """Write what the clock had to do for this: sending, and forgetting calls."""
    sent = Delivery.objects.sent().filter(sent_at__gte=now - timedelta(days=7))
    runs = [
        JobRun(
            job="deliver", started_at=at - timedelta(seconds=1), milliseconds=210 + pk * 37 % 400, said="1"
        )
        for pk, at in sent.values_list("pk", "sent_at")
    ]
    runs += [
        JobRun(
            job="prune_request_log",
            started_at=now - timedelta(hours=hours, minutes=7),
            milliseconds=9 + hours * 7 % 23,
            said=str(calls // (24 * 7) + hours * 11 % 17),
        )
        for hours in range(24 * 7)
    ]
    JobRun.objects.bulk_create(sorted(runs, key=lambda run: run.started_at), batch_size=500)
