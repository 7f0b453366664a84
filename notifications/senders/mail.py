"""Notifications by e-mail."""

import smtplib

from django.conf import settings
from django.core.mail import EmailMessage

from notifications.addresses import mailbox
from notifications.models import Delivery
from notifications.senders.undelivered import Undelivered
from notifications.words import Message


def send(delivery: Delivery, message: Message) -> None:
    """Hand a notification to the mail server."""
    mail = EmailMessage(
        subject=message.title,
        body=f"{message.text}\n\n{message.url}\n" if message.url else f"{message.text}\n",
        to=[mailbox(delivery.channel.address)],
        headers={"Message-ID": _id(delivery), "Auto-Submitted": "auto-generated"},
    )
    try:
        mail.send()
    except smtplib.SMTPRecipientsRefused as refused:
        code, why = next(iter(refused.recipients.values()))
        raise _refused(code, why) from None
    except (smtplib.SMTPSenderRefused, smtplib.SMTPDataError) as refused:
        raise _refused(refused.smtp_code, refused.smtp_error) from None
    except smtplib.SMTPResponseException as refused:
        raise Undelivered(
            f"The mail server answered {refused.smtp_code}: {_text(refused.smtp_error)}",
            status=refused.smtp_code,
        ) from None
    except OSError as fault:
        raise Undelivered(f"The mail server does not answer: {type(fault).__name__}.") from None


def _id(delivery: Delivery) -> str:
    """Return a Message-ID that stays the same in every attempt, so that a mail program knows a repeat."""
    domain = settings.DEFAULT_FROM_EMAIL.rpartition("@")[2].strip(" >")
    return f"<{delivery.event.at:%Y%m%d%H%M%S%f}.{delivery.pk}@{domain}>"


def _refused(code: int, why: bytes | str) -> Undelivered:
    """Say that this mail was refused: for good with 5xx, for now with 4xx."""
    return Undelivered(
        f"The mail server refused it with {code}: {_text(why)}", status=code, definite=code >= 500
    )


def _text(why: bytes | str) -> str:
    return why.decode(errors="replace") if isinstance(why, bytes) else why
