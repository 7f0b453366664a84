"""What every page of the console shows around its own content."""

import hashlib
from functools import cached_property

from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from openmoss.models import SiteSettings
from openmoss.selectors.alarms import Alarm, Pulse

THEMES = ("light", "dark")


class Console:
    """The frame of a page; each part is read when a template asks for it."""

    def __init__(self, request: HttpRequest) -> None:
        self.request = request

    @cached_property
    def site(self) -> SiteSettings:
        return SiteSettings.load()

    @property
    def theme(self) -> str:
        theme = self.request.COOKIES.get("theme", "")
        return theme if theme in THEMES else ""

    @property
    def may_act(self) -> bool:
        """Whether this person may change anything."""
        return self.request.user.is_superuser

    @cached_property
    def pulse(self) -> Pulse:
        return Pulse(self.site)

    @property
    def findings(self) -> int:
        return self.pulse.findings

    @property
    def critical(self) -> int:
        return self.pulse.critical

    @cached_property
    def alarms(self) -> list[Alarm]:
        return self.pulse.alarms

    @property
    def alarms_cursor(self) -> str:
        """Return what changes when the alarms do."""
        return hashlib.sha256(repr(self.alarms).encode()).hexdigest()[:16]


def console(request: HttpRequest) -> dict:
    """Give every template `console`."""
    return {"console": SimpleLazyObject(lambda: Console(request))}
