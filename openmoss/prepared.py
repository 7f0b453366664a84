"""Reads whose SQL is made once per process: for the hottest ones, making it costs more than running it."""

import uuid
from collections.abc import Callable, Iterator
from datetime import datetime, timezone

from django.db import connection
from django.db.models import QuerySet
from django.db.models.query import ModelIterable, get_related_populators

# Stand-ins for the values of a call; they mark the places in the SQL where those go.
_STAND_IN = {
    uuid.UUID: lambda n: uuid.UUID(int=0xFACADE + n),
    datetime: lambda n: datetime(1971, 1, 1, microsecond=n + 1, tzinfo=timezone.utc),
    str: lambda n: f"\ufdd0{n}",
}


class Prepared:
    """A queryset with places for values: `Prepared(build, pk=UUID)` and then `prepared(pk=…)`.

    `build` is called once with stand-ins and must not look at them. Only for conditions that stay the same
    from call to call: what `build` reads from the clock or the settings would be frozen.
    """

    def __init__(self, build: Callable[..., QuerySet], **types: type) -> None:
        self._build = build
        self._types = types
        self._made: dict[str, _Made] = {}

    def __call__(self, **values) -> list:
        """Run the read and return what the queryset would have yielded."""
        made = self._made.get(connection.vendor)
        if made is None:
            made = self._made[connection.vendor] = _Made(self._build, self._types)
        with connection.cursor() as cursor:
            cursor.execute(made.sql, made.params(values))
            rows = cursor.fetchall()
        return list(made.read(rows)) if rows else []


class _Made:
    """The SQL of one database, the places of the values in it, and the way from a row to an object."""

    def __init__(self, build: Callable[..., QuerySet], types: dict[str, type]) -> None:
        stand_ins = {name: _STAND_IN[kind](n) for n, (name, kind) in enumerate(types.items())}
        queryset = build(**stand_ins)
        self._as_rows = queryset._iterable_class is not ModelIterable
        self._compiler = queryset.query.get_compiler(connection=connection)
        self.sql, params = self._compiler.as_sql()
        by_value = {_for_database(value): name for name, value in stand_ins.items()}
        self._params = [(param, by_value.get(param)) for param in params]
        if not self._as_rows:
            self._prepare_models()

    def params(self, values: dict) -> list:
        """Return the parameters with the values in their places."""
        ready = {name: _for_database(value) for name, value in values.items()}
        return [param if name is None else ready[name] for param, name in self._params]

    def read(self, rows: list[tuple]) -> Iterator:
        """Turn rows into what the queryset yields."""
        converted = self._compiler.results_iter([rows], tuple_expected=True)
        if self._as_rows:
            yield from converted
            return
        for row in converted:
            instance = self._model.from_db(connection.alias, self._names, row[self._own])
            for populator in self._populators:
                populator.populate(row, instance)
            yield instance

    def _prepare_models(self) -> None:
        select, info = self._compiler.select, self._compiler.klass_info
        places = info["select_fields"]
        self._model = info["model"]
        self._own = slice(places[0], places[-1] + 1)
        self._names = [column[0].target.attname for column in select[self._own]]
        self._populators = get_related_populators(info, select, connection.alias)


def _for_database(value):
    if isinstance(value, uuid.UUID):
        return value if connection.features.has_native_uuid_field else value.hex
    if isinstance(value, datetime):
        return connection.ops.adapt_datetimefield_value(value)
    return value
