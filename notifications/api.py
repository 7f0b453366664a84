from drf_spectacular.utils import extend_schema
from rest_framework.response import Response

from notifications.selectors import left_to_agents
from notifications.serializers import NotificationConfigSerializer
from openmoss.access import ANY_AGENT
from openmoss.api.views import ApiViewSet
from openmoss.models import SiteSettings


class NotificationConfigViewSet(ApiViewSet):
    access = {"retrieve": ANY_AGENT}

    @extend_schema(responses=NotificationConfigSerializer)
    def retrieve(self, request) -> Response:
        """Read which channels to tell and of which events; those that the server tells itself are not among them."""
        site = SiteSettings.load()
        return Response(
            {
                "enabled": site.notifications_enabled,
                "channels": left_to_agents(),
                "events": site.notification_events,
            }
        )
