"""OpenAPI: what drf-spectacular cannot know by itself."""

from functools import cache

from drf_spectacular.openapi import AutoSchema
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, inline_serializer
from rest_framework import serializers

from openmoss.access import ANY_AGENT, EVERYONE, STAFF

IDEMPOTENCY_KEY = OpenApiParameter(
    "Idempotency-Key",
    OpenApiTypes.STR,
    OpenApiParameter.HEADER,
    description="Any text of yours, new for every new call. The same key within 24 hours gets the same "
    "answer, and nothing happens twice.",
)
PAGE = [
    OpenApiParameter("page", OpenApiTypes.INT64, description="From 1 on."),
    OpenApiParameter(
        "page_size", OpenApiTypes.INT64, description="1 to 100; 0, the default, gives up to 500 rows a page."
    ),
]


@cache
def enveloped(serializer_class) -> serializers.Serializer:
    """Describe the list envelope around `serializer_class`."""
    name = serializer_class.__name__.removesuffix("Serializer")
    return inline_serializer(
        f"{name}Page",
        {
            "items": serializer_class(many=True),
            "total": serializers.IntegerField(),
            "page": serializers.IntegerField(),
            "page_size": serializers.IntegerField(),
            "total_pages": serializers.IntegerField(),
            "has_more": serializers.BooleanField(),
        },
    )


class Schema(AutoSchema):
    """Say who may call, and that every POST of an agent takes an Idempotency-Key."""

    def get_override_parameters(self):
        parameters = super().get_override_parameters()
        if self.method == "POST" and self._access() != EVERYONE:
            return [*parameters, IDEMPOTENCY_KEY]
        return parameters

    def get_summary(self) -> str:
        return (super().get_description() or "").split("\n")[0]

    def get_description(self) -> str:
        access = self._access()
        if access == EVERYONE:
            who = "Anybody may call this."
        elif access == STAFF:
            who = "For people who are signed in."
        elif access == ANY_AGENT:
            who = "Any agent may call this."
        else:
            who = f"For: {', '.join(sorted(access))}."
        return f"{super().get_description() or ''}\n\n{who}".strip()

    def _access(self) -> frozenset[str]:
        return getattr(self.view, "access", {}).get(getattr(self.view, "action", None), EVERYONE)


ERROR = {
    "type": "object",
    "required": ["code", "detail", "hint", "fields"],
    "properties": {
        "code": {"type": "string", "example": "conflict"},
        "detail": {"type": "string", "description": "One sentence that can be printed."},
        "hint": {"type": "string", "description": "How to go on; may be empty."},
        "fields": {
            "type": "object",
            "additionalProperties": {"type": "array", "items": {"type": "string"}},
        },
    },
}


def one_error_shape(result: dict, generator, request, public) -> dict:
    """Add the error shape to every operation."""
    result.setdefault("components", {}).setdefault("schemas", {})["Error"] = ERROR
    error = {
        "description": "Refused; see `code`, `detail` and `hint`.",
        "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Error"}}},
    }
    for path in result["paths"].values():
        for operation in path.values():
            operation["responses"]["default"] = error
    return result
