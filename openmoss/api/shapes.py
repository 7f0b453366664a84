"""The shapes of answers."""

from functools import cache

from rest_framework import serializers
from rest_framework.fields import SkipField


class Shape(serializers.Serializer):
    """A serializer for answers only: it looks its fields up once per class instead of once per object.

    An agent reads far more often than it writes, and copying the fields costs more than reading a row.
    """

    @classmethod
    def of(cls, row) -> dict:
        """Return one row as JSON."""
        answer = {}
        for name, get_attribute, to_representation in cls._readers():
            try:
                value = get_attribute(row)
            except SkipField:
                continue
            answer[name] = None if value is None else to_representation(value)
        return answer

    @classmethod
    def each(cls, rows) -> list[dict]:
        """Return many rows as JSON."""
        return [cls.of(row) for row in rows]

    @classmethod
    @cache
    def _readers(cls) -> list[tuple]:
        fields = cls().fields.items()
        return [(name, field.get_attribute, field.to_representation) for name, field in fields]
