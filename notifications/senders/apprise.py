"""Notifications through whatever Apprise speaks, when that extra is installed."""

import logging
import re

from notifications.addresses import scheme_of
from notifications.models import Delivery
from notifications.senders.undelivered import Undelivered
from notifications.words import Message

try:
    import apprise
except ImportError:
    apprise = None


def can_send_to(address: str) -> bool:
    """Say whether Apprise is installed and understands this address."""
    return apprise is not None and _apprise().add(address)


def send(delivery: Delivery, message: Message) -> None:
    """Let Apprise send a notification."""
    address = delivery.channel.address
    if apprise is None:
        raise Undelivered("Apprise is not installed: pip install apprise")
    target = _apprise()
    if not target.add(address):
        raise Undelivered(f"Apprise does not understand this {scheme_of(address)}:// address.")
    text = f"{message.text}\n{message.url}" if message.url else message.text
    with apprise.LogCapture(level=logging.WARNING, fmt="%(message)s") as log:
        delivered = target.notify(title=message.title, body=text, body_format=apprise.NotifyFormat.TEXT)
        said = log.getvalue()
    if not delivered:
        raise Undelivered(f"Apprise could not deliver it. {_without_secrets(said, address)}")


def _apprise() -> "apprise.Apprise":
    return apprise.Apprise(asset=apprise.AppriseAsset(app_id="OpenMOSS", async_mode=False))


def _without_secrets(said: str, address: str) -> str:
    """Blank every part of the address: only Apprise knows which of them are passwords."""
    for part in sorted(filter(None, re.split(r"[/:@?&=#]+", address)), key=len, reverse=True):
        if len(part) > 3:
            said = said.replace(part, "…")
    return said
