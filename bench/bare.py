"""The yardstick: a Django project with nothing in it but the two views that OpenMOSS is measured against.

`python bare.py` makes its table; `gunicorn --config python:bare bare:application` serves it, with the
gunicorn settings of OpenMOSS itself. No middleware, no authentication, one row by its primary key.
"""

import os
import uuid

import django
import environ
from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.db import connection, models
from django.http import HttpRequest, JsonResponse
from django.urls import path
from django.utils import timezone

from openmoss import gunicorn as openmoss_gunicorn

# Everything but the hooks: gunicorn reads its settings from the names of this module.
globals().update(
    {
        name: value
        for name, value in vars(openmoss_gunicorn).items()
        if isinstance(value, str | int | None) and not name.startswith("_")
    }
)

# Connections stay open and are not asked whether they still live: nothing here is slower than it must be.
_database = environ.Env.db_url_config(os.environ["BENCH_DATABASE_URL"]) | {"CONN_MAX_AGE": None}
settings.configure(
    SECRET_KEY="bench",
    ALLOWED_HOSTS=["*"],
    DATABASES={"default": _database},
    INSTALLED_APPS=["rest_framework"],
    MIDDLEWARE=[],
    REST_FRAMEWORK={
        "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
        "UNAUTHENTICATED_USER": None,
    },
    ROOT_URLCONF="bare",
    USE_TZ=True,
)
django.setup()

# DRF reads the settings when it is imported.
from rest_framework import serializers  # noqa: E402
from rest_framework.request import Request  # noqa: E402
from rest_framework.response import Response  # noqa: E402
from rest_framework.views import APIView  # noqa: E402

ROWS = 100


class Row(models.Model):
    """A row as plain as rows are."""

    id = models.UUIDField(primary_key=True)
    name = models.CharField(max_length=200)
    description = models.TextField()
    status = models.CharField(max_length=20)
    created_at = models.DateTimeField()

    class Meta:
        app_label = "bare"

    def __str__(self) -> str:
        return self.name


class RowSerializer(serializers.Serializer):
    id = serializers.UUIDField()
    name = serializers.CharField()
    description = serializers.CharField()
    status = serializers.CharField()
    created_at = serializers.DateTimeField()


class RowView(APIView):
    authentication_classes = []
    permission_classes = []

    def get(self, request: Request, id: uuid.UUID) -> Response:
        """Read one row."""
        return Response(RowSerializer(Row.objects.get(pk=id)).data)


def constant(request: HttpRequest) -> JsonResponse:
    """Answer without looking at anything."""
    return JsonResponse({"ok": True})


urlpatterns = [path("constant", constant), path("rows/<uuid:id>", RowView.as_view())]
application = get_wsgi_application()


def fill() -> None:
    """Make the table and its rows; their ids are the numbers 1 to 100."""
    if connection.vendor == "sqlite":
        connection.cursor().execute("PRAGMA journal_mode=WAL")
    with connection.schema_editor() as editor:
        editor.create_model(Row)
    Row.objects.bulk_create(
        Row(
            id=uuid.UUID(int=number),
            name=f"Row {number}",
            description="What has to be done and why. " * 10,
            status="pending",
            created_at=timezone.now(),
        )
        for number in range(1, ROWS + 1)
    )


if __name__ == "__main__":
    fill()
