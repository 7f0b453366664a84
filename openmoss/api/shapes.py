"""The shapes of answers."""

from collections.abc import Callable
from datetime import datetime
from functools import cache
from operator import attrgetter

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
        for name, get, present in cls._readers(isinstance(row, dict)):
            try:
                value = get(row)
            except SkipField:
                continue
            answer[name] = None if value is None else present(value)
        return answer

    @classmethod
    def each(cls, rows) -> list[dict]:
        """Return many rows as JSON."""
        return [cls.of(row) for row in rows]

    @classmethod
    @cache
    def _readers(cls, of_dict: bool) -> list[tuple]:
        fields = cls().fields.items()
        return [(name, _getter(field, of_dict), _presenter(field)) for name, field in fields]


def _getter(field: serializers.Field, of_dict: bool) -> Callable:
    plain = len(field.source_attrs) == 1 and field.default is serializers.empty and not of_dict
    return attrgetter(field.source) if plain else field.get_attribute


def _presenter(field: serializers.Field) -> Callable:
    return _utc if type(field) is serializers.DateTimeField else field.to_representation


def _utc(at: datetime) -> str:
    # Every time in the database is UTC already, so there is nothing to convert.
    return f"{at.replace(tzinfo=None).isoformat()}Z"
