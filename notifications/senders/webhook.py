"""Notifications as signed HTTP requests."""

import hashlib
import hmac
import json
from datetime import timedelta
from urllib.parse import urlsplit

import requests
from django.utils import timezone
from django.utils.http import parse_http_date_safe
from requests_hardened.ip_filter import InvalidIPAddress

from notifications.models import Delivery
from notifications.senders.network import CONNECT_WITHIN, READ_WITHIN, session
from notifications.senders.undelivered import Undelivered
from notifications.words import Message

# Of the refusals with 4xx, those that say "not now".
NOT_NOW = {408, 425, 429}
MOST_READ = 1000  # bytes of an answer


def can_send_to(address: str) -> bool:
    """Say whether this is a whole URL."""
    try:
        url = urlsplit(address)
        return bool(url.hostname) and url.port != 0
    except ValueError:
        return False


def send(delivery: Delivery, message: Message) -> int:
    """POST a notification and return the status of the answer."""
    body = json.dumps(payload(delivery, message), ensure_ascii=False).encode()
    timestamp = str(int(timezone.now().timestamp()))
    headers = {
        "Content-Type": "application/json",
        "Accept-Encoding": "identity",
        "X-OpenMOSS-Delivery": str(delivery.pk),
        "X-OpenMOSS-Timestamp": timestamp,
        "X-OpenMOSS-Signature": signature(delivery.channel.secret, timestamp, body),
    }
    try:
        with (
            session() as http,
            http.post(delivery.channel.address, data=body, headers=headers, stream=True) as answer,
        ):
            if 200 <= answer.status_code < 300:
                return answer.status_code
            raise _refused(answer, answer.raw.read(MOST_READ))
    except InvalidIPAddress as refused:
        raise Undelivered(
            f"{refused.args[0]} is not a public address; OPENMOSS_WEBHOOK_ALLOW can allow it."
        ) from None
    except requests.exceptions.SSLError:
        raise Undelivered("Its certificate is not accepted.") from None
    except requests.ConnectTimeout:
        raise Undelivered(f"No connection within {CONNECT_WITHIN} seconds.") from None
    except requests.Timeout:
        raise Undelivered(f"No answer within {READ_WITHIN} seconds.") from None
    except requests.ConnectionError as fault:
        unknown = "resolve" in str(fault)
        raise Undelivered("Its name is not known." if unknown else "No connection.") from None


def payload(delivery: Delivery, message: Message) -> dict:
    """Return what a webhook is told."""
    event = delivery.event
    return {
        "id": delivery.pk,
        "event": event.name,
        "kind": event.kind,
        "at": event.at.strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
        "actor": {"role": event.actor_role, "id": event.actor_id or None, "name": event.actor_name},
        "subject": {"id": event.subject_id, "name": event.subject_name},
        "task_id": str(event.task_id) if event.task_id else None,
        "was": event.was,
        "now": event.now,
        "why": event.why,
        "text": message.text,
        "url": message.url,
    }


def signature(secret: str, timestamp: str, body: bytes) -> str:
    """Return what X-OpenMOSS-Signature holds."""
    signed = f"{timestamp}.".encode() + body
    return "sha256=" + hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()


def _refused(answer: requests.Response, said: bytes) -> Undelivered:
    status = answer.status_code
    why = f"It answered {status}: {said.decode(errors='replace')}" if said else f"It answered {status}."
    if 300 <= status < 400:
        why = f"It answered {status}, a redirect, which is not followed: give the final address."
    return Undelivered(
        why,
        status=status,
        definite=status < 500 and status not in NOT_NOW,
        retry_after=_retry_after(answer.headers.get("Retry-After", "")),
    )


def _retry_after(value: str) -> timedelta | None:
    """Return how long the other side asks us to wait, from seconds or a date."""
    if value.isascii() and value.isdigit():
        return timedelta(seconds=max(1, min(int(value), 86400)))
    if at := parse_http_date_safe(value):
        return timedelta(seconds=max(1, at - int(timezone.now().timestamp())))
    return None
