"""The outbox: whom to tell of an event is written with it, so that neither is without the other."""

from django.db.models import Exists, OuterRef, QuerySet, Subquery

from notifications.addresses import Way, way_of
from notifications.models import Channel, Delivery, Event
from openmoss.models import SiteSettings
from openmoss.prepared import Prepared
from openmoss.retention import prune


def queue(events: list[Event]) -> None:
    """Write a delivery for each channel that asks for one of these events, in the caller's transaction."""
    # What happens to channels is not told through channels: a failure that is told of breeds failures.
    events = [event for event in events if not event.kind.startswith("channel.")]
    if not events:
        return
    listening = [
        (channel, wanted or usual)
        for channel, address, wanted, usual in _LISTENING()
        if way_of(address) != Way.AGENTS
    ]
    deliveries = [
        Delivery(event=event, channel_id=channel)
        for event in events
        for channel, wanted in listening
        if event.is_among(wanted)
    ]
    if deliveries:
        Delivery.objects.bulk_create(deliveries, batch_size=500)


def _listening() -> QuerySet:
    site = SiteSettings.objects.filter(pk=1, notifications_enabled=True)
    return (
        Channel.objects.order_by()
        .filter(Exists(site), enabled=True)
        .annotate(usual=Subquery(site.values("notification_events")))
        .values_list("pk", "address", "events", "usual")
    )


_LISTENING = Prepared(_listening)


def prune_deliveries() -> int:
    """Forget what was sent or given up longer ago than the settings allow, and return how many rows."""
    oldest = SiteSettings.load().kept_since("delivery")
    finished = Delivery.objects.filter(due_at=None, queued_at__lt=oldest).order_by("queued_at", "pk")
    # They wait for a channel that was removed.
    stray = Delivery.objects.waiting().filter(~Exists(Channel.objects.filter(pk=OuterRef("channel_id"))))
    return prune(finished) + prune(stray)
