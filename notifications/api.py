from drf_spectacular.utils import extend_schema
from rest_framework.response import Response

from notifications.serializers import NotificationConfigSerializer
from openmoss.access import ANY_AGENT
from openmoss.api.views import ApiViewSet
from openmoss.models import SiteSettings


class NotificationConfigViewSet(ApiViewSet):
    access = {"retrieve": ANY_AGENT}

    @extend_schema(responses=NotificationConfigSerializer)
    def retrieve(self, request) -> Response:
        """Read which channels to tell and of which events."""
        site = SiteSettings.load()
        return Response(
            {
                "enabled": site.notifications_enabled,
                "channels": site.notification_channels,
                "events": site.notification_events,
            }
        )
