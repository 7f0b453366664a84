"""What the address of a channel says about itself: who serves it, and how much of it may be shown."""

import re

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import models
from django.utils.translation import gettext_lazy as _

_SCHEME = re.compile(r"([a-z][a-z0-9+.-]*)://", re.IGNORECASE)
_HOST = re.compile(r"://(?:[^/?#]*@)?([^/?#]*)")


class Way(models.TextChoices):
    """How a channel is served."""

    AGENTS = "agents", _("left to agents")
    MAIL = "mail", _("e-mail")
    WEBHOOK = "webhook", _("webhook")
    APPRISE = "apprise", "Apprise"


def way_of(address: str) -> Way:
    """Return who serves an address; mail is left to agents as long as this server knows no mail server."""
    if scheme := scheme_of(address):
        return Way.WEBHOOK if scheme in ("http", "https") else Way.APPRISE
    return Way.MAIL if settings.EMAIL_URL and is_mail(address) else Way.AGENTS


def scheme_of(address: str) -> str:
    """Return what stands before `://`, or nothing."""
    found = _SCHEME.match(address)
    return found[1].lower() if found else ""


def is_mail(address: str) -> bool:
    """Say whether this is an e-mail address, with or without `email:` before it."""
    try:
        validate_email(mailbox(address))
    except ValidationError:
        return False
    return True


def mailbox(address: str) -> str:
    """Return an e-mail address without `email:` before it."""
    return address.removeprefix("email:")


def shown(address: str) -> str:
    """Return as much of an address as cannot hold a password: of URLs the scheme, of webhooks the host too."""
    scheme = scheme_of(address)
    if not scheme:
        return address
    host = _HOST.search(address)[1] if scheme in ("http", "https") else ""
    return f"{scheme}://{host}/…" if host else f"{scheme}://…"
