"""How pages that stay open notice that there is something new."""

from django.utils import timezone

from notifications.models import Event
from openmoss.prepared import Prepared
from tasks.models import ActivityLog

_HAPPENED = Prepared(lambda: Event.objects.order_by("-pk").values_list("pk")[:1])
_SAID = Prepared(lambda: ActivityLog.objects.values_list("pk")[:1])


def cursor() -> str:
    """Return what changes when anything happened or was said, and once a minute: silence grows by itself."""
    newest = [str(pk) for (pk,) in (*_HAPPENED(), *_SAID())]
    return "-".join([f"{timezone.now():%H%M}", *newest])
