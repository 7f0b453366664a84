import sqlite3

import pytest
from django.db import connections

from openmoss.checks import sqlite_is_sound


@pytest.fixture
def database(monkeypatch):
    """Say which database is in use."""
    return lambda vendor: monkeypatch.setattr(type(connections["default"]), "vendor", vendor)


def found(monkeypatch, version: str) -> list[str]:
    monkeypatch.setattr(sqlite3, "sqlite_version", version)
    monkeypatch.setattr(sqlite3, "sqlite_version_info", tuple(int(part) for part in version.split(".")))
    return [warning.id for warning in sqlite_is_sound(None)]


@pytest.mark.parametrize(
    "version",
    [
        *("3.7.0", "3.31.1", "3.40.1", "3.43.2", "3.44.0", "3.44.5", "3.45.0", "3.45.6", "3.49.9"),
        *("3.50.0", "3.50.6", "3.51.0", "3.51.2"),
    ],
)
def test_a_sqlite_with_the_fault_is_warned_of(monkeypatch, database, version):
    database("sqlite")

    assert found(monkeypatch, version) == ["openmoss.W001"]


@pytest.mark.parametrize(
    "version", ["3.6.23", "3.44.6", "3.44.7", "3.50.7", "3.50.10", "3.51.3", "3.52.0", "4.0.0"]
)
def test_a_sqlite_without_it_is_not(monkeypatch, database, version):
    database("sqlite")

    assert found(monkeypatch, version) == []


def test_postgresql_does_not_mind(monkeypatch, database):
    database("postgresql")

    assert found(monkeypatch, "3.40.1") == []


def test_the_warning_says_what_to_do(monkeypatch, database):
    database("sqlite")
    found(monkeypatch, "3.40.1")

    (warning,) = sqlite_is_sound(None)

    assert "SQLite 3.40.1" in warning.msg
    assert "3.51.3 or later (or 3.50.7, 3.44.6), or PostgreSQL" in warning.hint
