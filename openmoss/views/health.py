from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.response import Response

from openmoss import __version__
from openmoss.access import EVERYONE
from openmoss.api.views import ApiViewSet
from openmoss.selectors.health import Health, examine


class HealthSerializer(serializers.Serializer):
    status = serializers.ChoiceField([("ok", "ok"), ("unhealthy", "unhealthy")])
    service = serializers.CharField()
    version = serializers.CharField()
    database = serializers.ChoiceField([("ok", "ok"), ("silent", "silent")])
    migrations_missing = serializers.IntegerField(allow_null=True)
    worker = serializers.ChoiceField([("alive", "alive"), ("silent", "silent")])
    last_tick = serializers.DateTimeField(allow_null=True)
    overdue = serializers.ListField(child=serializers.CharField(), help_text="Names of jobs.")
    reasons = serializers.ListField(child=serializers.CharField())

    @classmethod
    def of(cls, health: Health) -> dict:
        reading = health.clock
        return cls(
            {
                "status": "unhealthy" if health.reasons else "ok",
                "service": health.service,
                "version": __version__,
                "database": "ok" if health.has_database else "silent",
                "migrations_missing": health.migrations_missing,
                "worker": "alive" if reading and reading.is_alive else "silent",
                "last_tick": reading and reading.last_tick,
                "overdue": list(reading.overdue) if reading else [],
                "reasons": health.reasons,
            }
        ).data


class HealthViewSet(ApiViewSet):
    access = {"retrieve": EVERYONE}
    authentication_classes = []

    @extend_schema(responses={200: HealthSerializer, 503: HealthSerializer})
    def retrieve(self, request) -> Response:
        """Say whether the server, its database and its clock work; 503 with the reasons when not."""
        health = examine()
        return Response(HealthSerializer.of(health), status=503 if health.reasons else 200)
