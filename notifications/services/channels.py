"""The channels: where people are told, and of what."""

import re
import secrets

from django.db import IntegrityError, transaction

from notifications.addresses import Way, is_mail, scheme_of, way_of
from notifications.models import EVERYTHING, Channel
from notifications.senders import apprise, webhook
from notifications.services.events import record
from notifications.services.sending import give_up
from openmoss import config_file
from openmoss.errors import Conflict, Forbidden, Invalid
from openmoss.models import usual_events

LONGEST_ADDRESS = 500
LONGEST_NAME = 100
_KIND = re.compile(r"[a-z_]{1,30}\.[a-z_]{1,30}")


def new_secret() -> str:
    """Return a fresh secret: `whs_` and 256 random bits."""
    return f"whs_{secrets.token_hex(32)}"


def add_channel(*, address: str, name: str = "", events: list[str] | None = None, by=None) -> Channel:
    """Tell people at another address; the secret of a webhook is made here."""
    address = checked_address(address, by=by)
    channel = Channel(
        address=address,
        name=_checked_name(name),
        events=checked_events(events or []),
        secret=new_secret() if way_of(address) == Way.WEBHOOK else "",
    )
    try:
        with transaction.atomic():
            channel.save(force_insert=True)
            record("channel.add", subject=channel, actor=by, events=channel.events)
    except IntegrityError:
        raise Invalid.field("address", "There is a channel with this address already.") from None
    return channel


def edit_channel(channel: Channel, *, by=None, **changes) -> Channel:
    """Change name, events or `enabled`; what waits for a channel that is switched off is given up."""
    if "events" in changes:
        changes["events"] = checked_events(changes["events"])
    if "name" in changes:
        changes["name"] = _checked_name(changes["name"])
    changes = {field: value for field, value in changes.items() if value != getattr(channel, field)}
    if not changes:
        return channel
    seen = {field: getattr(channel, field) for field in changes}
    with transaction.atomic():
        if not Channel.objects.filter(pk=channel.pk, **seen).update(**changes):
            raise Conflict(f"Somebody else changed {channel} first.", hint="Look again.")
        record("channel.edit", subject=channel, actor=by, fields=sorted(changes))
        if changes.get("enabled") is False:
            give_up(channel.deliveries.waiting(), channel=channel, by=by, why="The channel was switched off.")
    for field, value in changes.items():
        setattr(channel, field, value)
    return channel


def remove_channel(channel: Channel, *, by=None) -> None:
    """Tell nobody there any more; what waits for it is not sent."""
    said = config_file.said()
    if channel.address in said.channels:
        raise Conflict(
            f"{said.path.name} names {channel}.", hint="Take it out there first, or switch it off here."
        )
    with transaction.atomic():
        if not Channel.objects.filter(pk=channel.pk).delete()[0]:
            raise Conflict(f"{channel} was removed already.", hint="Nothing to do.")
        record("channel.remove", subject=channel, actor=by)


def rotate_secret(channel: Channel, *, by=None) -> str:
    """Give a webhook a new secret, which is shown only this once; the old one signs nothing any more."""
    if not channel.secret:
        raise Conflict(f"{channel} has no secret.", hint="Only webhooks have one.")
    secret = new_secret()
    with transaction.atomic():
        if not Channel.objects.filter(pk=channel.pk, secret=channel.secret).update(secret=secret):
            raise Conflict(f"Somebody else changed {channel} first.", hint="Look again.")
        record("channel.rotate_secret", subject=channel, actor=by)
    channel.secret = secret
    return secret


def checked_address(address: str, *, by=None) -> str:
    """Return an address that can be used, or refuse it."""
    address = address.strip()
    if len(address) > LONGEST_ADDRESS or not address.isprintable() or " " in address:
        raise Invalid.field(
            "address", f"Give one address of at most {LONGEST_ADDRESS} characters, without spaces."
        )
    way = way_of(address)
    if way == Way.WEBHOOK and not webhook.can_send_to(address):
        raise Invalid.field("address", "This is no complete URL.", hint="Like https://example.org/hook")
    if way == Way.APPRISE:
        # It may reach any host, and what it is follows from the library: a decision for whoever runs the server.
        if by is not None and not by.is_superuser:
            raise Forbidden("Only a superuser may add an address for Apprise.", hint="Ask one to add it.")
        if not apprise.can_send_to(address):
            raise Invalid.field(
                "address",
                f"Apprise cannot send to this {scheme_of(address)}:// address.",
                hint="Is Apprise installed (`pip install apprise`), and the address complete?",
            )
    if way == Way.AGENTS and not (is_mail(address) or re.fullmatch(r"(chat|user):.+", address)):
        raise Invalid.field(
            "address",
            "This is no address of a kind that is known.",
            hint="Give chat:<id>, user:<id>, an e-mail address, https://… or a URL that Apprise knows.",
        )
    return address


def checked_events(events: list[str]) -> list[str]:
    """Return the names of events without repeats, or refuse the first that names nothing."""
    for name in events:
        if name != EVERYTHING and name not in usual_events() and not _KIND.fullmatch(name):
            raise Invalid.field(
                "events",
                f"'{name}' names no event.",
                hint=f"Give {', '.join(usual_events())}, a kind like sub_task.block, or * for everything.",
            )
    return list(dict.fromkeys(events))


def _checked_name(name: str) -> str:
    name = name.strip()
    if len(name) > LONGEST_NAME or not name.isprintable():
        raise Invalid.field("name", f"Give one line of at most {LONGEST_NAME} characters.")
    return name
