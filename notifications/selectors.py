"""Reading the channels: for agents, and for whoever looks after them."""

import hashlib

from django.db.models import Count, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from notifications.models import Channel, ChannelQuerySet, Delivery, DeliveryQuerySet
from openmoss.errors import NotFound
from openmoss.models import SiteSettings


def left_to_agents() -> list[str]:
    """Return the addresses that agents tell; nobody is told twice, so none that the server serves."""
    return [channel.address for channel in Channel.objects.filter(enabled=True) if not channel.is_served]


def channels() -> ChannelQuerySet:
    """Return all channels, each with how many deliveries are `waiting` for it."""
    waiting = Delivery.objects.waiting().order_by().filter(channel=OuterRef("pk")).values("channel")
    return Channel.objects.annotate(waiting=Coalesce(Subquery(waiting.values(n=Count("pk"))), 0))


def cursor_of(channels: list[Channel], site: SiteSettings) -> str:
    """Return a text that changes when anything that is shown of the channels does."""
    shown = [(each.pk, str(each), each.events, state_of(each), each.error, each.waiting) for each in channels]
    told = [site.notifications_enabled, site.notification_events]
    return hashlib.sha256(repr((shown, told)).encode("utf-8", "surrogatepass")).hexdigest()[:16]


def deliveries(*, state: str = "", channel: Channel | None = None) -> DeliveryQuerySet:
    """Return deliveries with what they tell, of a state and of a channel if they are given."""
    rows = Delivery.objects.select_related("event", "channel")
    if channel:
        rows = rows.filter(channel=channel)
    return {"waiting": rows.waiting, "sent": rows.sent, "given_up": rows.given_up}.get(state, rows.all)()


def loss_of(channel: Channel) -> str:
    """Say what is lost with a channel."""
    waiting = channel.deliveries.waiting().count()
    if not waiting:
        return _("Nobody is told at %(address)s any more.") % {"address": channel.shown_address}
    return ngettext(
        "Nobody is told at %(address)s any more; %(count)d notification that waits for it is not sent.",
        "Nobody is told at %(address)s any more; %(count)d notifications that wait for it are not sent.",
        waiting,
    ) % {"address": channel.shown_address, "count": waiting}


def find_channel(given: str) -> Channel:
    """Return the channel with this id, address or name."""
    by_id = Channel.objects.filter(pk=int(given)) if given.isascii() and given.isdigit() else None
    found = list(by_id or Channel.objects.filter(Q(address=given) | Q(name=given)))
    if len(found) != 1:
        which = "No channel is" if not found else "More than one channel is"
        raise NotFound(f"{which} called '{given}'.", hint="`manage.py channels` lists them with their ids.")
    return found[0]


def state_of(channel: Channel) -> str:
    """Return in a few words how a channel is doing."""
    if not channel.enabled:
        return _("off")
    if not channel.is_served:
        return channel.way.label
    if channel.is_paused:
        paused = _("paused until %(time)s UTC (failures: %(failures)d)")
        return paused % {"time": f"{channel.retry_at:%Y-%m-%d %H:%M:%S}", "failures": channel.failures}
    return _("trying again") if channel.error else _("well")
