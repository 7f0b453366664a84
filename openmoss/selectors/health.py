"""Whether this installation works, cheap enough to be asked every few seconds."""

from dataclasses import dataclass, field
from functools import cache

from django.db import DatabaseError, Error, connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder

from openmoss.clock import Reading, read
from openmoss.jobs import TIMETABLE
from openmoss.models import SiteSettings


@dataclass
class Health:
    """What was found, and why it is not well; what could not be asked is None."""

    service: str = "OpenMOSS"
    has_database: bool = False
    migrations_missing: int | None = None
    clock: Reading | None = None
    reasons: list[str] = field(default_factory=list)


def examine() -> Health:
    """Look at the database, its migrations and the clock; at most three queries, and no exception."""
    health = Health()
    try:
        health.migrations_missing = len(missing_migrations())
        health.has_database = True
        if health.migrations_missing:
            health.reasons.append("The database is not up to date: run `manage.py migrate`.")
            return health
        health.service = SiteSettings.load().project_name
        health.clock = read(TIMETABLE)
    except Error as error:
        health.has_database = False
        health.reasons.append(f"The database does not answer: {type(error).__name__}.")
        return health
    if health.clock.is_alive:
        health.reasons += [f"The job {name} is overdue: {why}." for name, why in health.clock.overdue.items()]
    else:
        health.reasons.append("The clock stands still: start `manage.py worker` or `manage.py serve`.")
    return health


def missing_migrations() -> list[tuple[str, str]]:
    """Return app and name of the migrations that the database does not have; takes one query."""
    recorder = MigrationRecorder(connection)
    try:
        applied = set(recorder.migration_qs.values_list("app", "name"))
    except DatabaseError:
        if recorder.has_table():
            raise
        applied = set()  # an empty database
    return sorted(_written() - applied)


@cache
def _written() -> frozenset[tuple[str, str]]:
    return frozenset(MigrationLoader(None).disk_migrations)
