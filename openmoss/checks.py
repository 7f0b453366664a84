"""What `manage.py check` says about this installation."""

import sqlite3

from django.core.checks import Warning, register
from django.db import connection


# Only with --deploy and in `doctor`: a warning under every command would soon be read by nobody.
@register(deploy=True)
def sqlite_is_sound(app_configs, **kwargs) -> list[Warning]:
    """Warn of SQLite releases that can lose committed pages when a write-ahead log is reset."""
    if connection.vendor != "sqlite":
        return []
    if not _has_wal_reset_fault(sqlite3.sqlite_version_info):
        return []
    return [
        Warning(
            f"SQLite {sqlite3.sqlite_version} has the WAL-reset fault: in rare cases a checkpoint that "
            "races with a writer damages the database.",
            hint="Use a Python built with SQLite 3.51.3 or later (or 3.50.7, 3.44.6), or PostgreSQL.",
            id="openmoss.W001",
        )
    ]


def _has_wal_reset_fault(version: tuple[int, int, int]) -> bool:
    mended = (version[:2] == (3, 50) and version >= (3, 50, 7)) or (
        version[:2] == (3, 44) and version >= (3, 44, 6)
    )
    return (3, 7, 0) <= version <= (3, 51, 2) and not mended
