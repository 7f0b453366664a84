"""SQL that is made once per process: for the hottest reads and moves, making it costs more than running it."""

import uuid
from collections.abc import Callable, Iterator
from datetime import datetime, timezone

from django.db import connection
from django.db.models import QuerySet
from django.db.models.query import ModelIterable, get_related_populators
from django.db.models.sql import UpdateQuery

# Stand-ins for the values of a call; they mark the places in the SQL where those go.
_STAND_IN = {
    uuid.UUID: lambda n: uuid.UUID(int=0xFACADE + n),
    datetime: lambda n: datetime(1971, 1, 1, microsecond=n + 1, tzinfo=timezone.utc),
    int: lambda n: 0xFACADE + n,
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
        self._made: dict[str, _Statement] = {}

    def __call__(self, **values):
        """Run the statement and return what the queryset would have yielded."""
        made = self._made.get(connection.vendor)
        if made is None:
            made = self._made[connection.vendor] = self._make()
        with connection.cursor() as cursor:
            cursor.execute(made.sql, made.params(values))
            return self._result(made, cursor)

    def _make(self) -> "_Statement":
        stand_ins = {name: _STAND_IN[kind](n) for n, (name, kind) in enumerate(self._types.items())}
        return _Statement(self._compiler(self._build(**stand_ins)), stand_ins)

    def _compiler(self, queryset: QuerySet):
        compiler = queryset.query.get_compiler(connection=connection)
        compiler.yields_models = queryset._iterable_class is ModelIterable
        return compiler

    def _result(self, made: "_Statement", cursor) -> list:
        rows = cursor.fetchall()
        return list(made.read(rows)) if rows else []


class PreparedUpdate(Prepared):
    """An UPDATE with places for values: `build` returns the rows and the changes; a call, how many it changed."""

    def _compiler(self, built: tuple[QuerySet, dict]):
        queryset, changes = built
        query = queryset.order_by().query.chain(UpdateQuery)
        query.add_update_values(changes)
        return query.get_compiler(connection=connection)

    def _result(self, made: "_Statement", cursor) -> int:
        return cursor.rowcount


class _Statement:
    """The SQL of one database, the places of the values in it, and the way from a row to an object."""

    def __init__(self, compiler, stand_ins: dict) -> None:
        self._compiler = compiler
        self.sql, params = compiler.as_sql()
        by_value = {_for_database(value): name for name, value in stand_ins.items()}
        self._params = [(param, by_value.get(param)) for param in params]
        if getattr(compiler, "yields_models", False):
            places = compiler.klass_info["select_fields"]
            self._own = slice(places[0], places[-1] + 1)
            self._names = [column[0].target.attname for column in compiler.select[self._own]]
            self._populators = get_related_populators(compiler.klass_info, compiler.select, connection.alias)

    def params(self, values: dict) -> list:
        """Return the parameters with the values in their places."""
        ready = {name: _for_database(value) for name, value in values.items()}
        return [param if name is None else ready[name] for param, name in self._params]

    def read(self, rows: list[tuple]) -> Iterator:
        """Turn rows into what the queryset yields."""
        converted = self._compiler.results_iter([rows], tuple_expected=True)
        return self._models(converted) if self._compiler.yields_models else converted

    def _models(self, rows: Iterator) -> Iterator:
        model = self._compiler.klass_info["model"]
        for row in rows:
            instance = model.from_db(connection.alias, self._names, row[self._own])
            for populator in self._populators:
                populator.populate(row, instance)
            yield instance


def _for_database(value):
    if isinstance(value, uuid.UUID):
        return value if connection.features.has_native_uuid_field else value.hex
    if isinstance(value, datetime):
        return connection.ops.adapt_datetimefield_value(value)
    return value
