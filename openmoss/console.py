"""What every page of the console shows around its own content."""

from dataclasses import dataclass
from functools import cached_property

from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from openmoss.models import SiteSettings
from patrol.models import Finding, Severity

THEMES = ("light", "dark")


@dataclass(frozen=True)
class Alarm:
    """A sentence about something that is wrong, and where to look."""

    text: str
    url: str


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
    def _open_findings(self) -> list[str]:
        return list(Finding.objects.open().values_list("severity", flat=True)[:1000])

    @property
    def findings(self) -> int:
        return len(self._open_findings)

    @property
    def critical(self) -> int:
        return self._open_findings.count(Severity.CRITICAL)

    @cached_property
    def alarms(self) -> list[Alarm]:
        return []


def console(request: HttpRequest) -> dict:
    """Give every template `console`."""
    return {"console": SimpleLazyObject(lambda: Console(request))}
