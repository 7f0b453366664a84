"""Sending one notification: out through the network, without a look at the database."""

import logging
from concurrent.futures import Future
from concurrent.futures import TimeoutError as TooLong
from threading import Thread

from notifications.addresses import Way
from notifications.models import Delivery
from notifications.senders import apprise, mail, webhook
from notifications.senders.undelivered import Undelivered
from notifications.words import message_of
from openmoss.models import SiteSettings

__all__ = ["Undelivered", "send"]

logger = logging.getLogger(__name__)

LONGEST = 15.0  # seconds for one attempt as a whole, however slowly the other side talks
_SENDERS = {Way.MAIL: mail.send, Way.WEBHOOK: webhook.send, Way.APPRISE: apprise.send}


def send(delivery: Delivery) -> int | None:
    """Send a delivery and return the status of the answer, if that way has one, or raise Undelivered."""
    if delivery.channel.way not in _SENDERS:
        raise Undelivered("No mail server is configured any more.")
    answer: Future = Future()
    # A thread of its own, which is left behind when it hangs: time-outs of sockets begin anew with each byte.
    Thread(target=_answer, args=(answer, delivery, SiteSettings.load()), daemon=True).start()
    try:
        return answer.result(timeout=LONGEST)
    except TooLong:
        raise Undelivered(f"No answer within {LONGEST:g} seconds.") from None


def _answer(answer: Future, delivery: Delivery, site: SiteSettings) -> None:
    try:
        message = message_of(delivery.event, site=site)
        answer.set_result(_SENDERS[delivery.channel.way](delivery, message))
    except Undelivered as failure:
        answer.set_exception(failure)
    except Exception as fault:
        # Its words may hold the address, and with it a password.
        logger.error("Sending delivery %s failed with %s", delivery.pk, type(fault).__name__)
        answer.set_exception(Undelivered(f"Sending failed with {type(fault).__name__}."))
