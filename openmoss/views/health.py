from django.db import DatabaseError
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.response import Response

from openmoss import __version__, clock
from openmoss.access import EVERYONE
from openmoss.api.views import ApiViewSet
from openmoss.models import SiteSettings


class HealthSerializer(serializers.Serializer):
    status = serializers.ChoiceField([("ok", "ok"), ("unhealthy", "unhealthy")])
    service = serializers.CharField()
    version = serializers.CharField()
    worker = serializers.ChoiceField([("alive", "alive"), ("silent", "silent")])
    reasons = serializers.ListField(child=serializers.CharField())


class HealthViewSet(ApiViewSet):
    access = {"retrieve": EVERYONE}
    authentication_classes = []

    @extend_schema(responses={200: HealthSerializer, 503: HealthSerializer})
    def retrieve(self, request) -> Response:
        """Say whether the server, its database and its clock work; 503 with the reasons when not."""
        reasons, service, alive = [], "OpenMOSS", False
        try:
            service = SiteSettings.load().project_name
            alive = clock.is_alive()
        except DatabaseError as error:
            reasons.append(f"The database does not answer: {type(error).__name__}.")
        else:
            if not alive:
                reasons.append("The clock stands still: start `manage.py worker` or `manage.py serve`.")
        return Response(
            {
                "status": "unhealthy" if reasons else "ok",
                "service": service,
                "version": __version__,
                "worker": "alive" if alive else "silent",
                "reasons": reasons,
            },
            status=503 if reasons else 200,
        )
