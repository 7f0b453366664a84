"""The database of an earlier server: a copy of it is read, itself it is never touched."""

import shutil
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from itertools import chain
from pathlib import Path

from openmoss.errors import Conflict, Invalid


class Row(dict):
    """A row of an old table; a column that this table did not have yet is None."""

    def __missing__(self, column: str) -> None:
        return None


NEEDED = {
    "agent": {"id", "name", "role", "api_key"},
    "task": {"id", "name", "status"},
    "sub_task": {"id", "task_id", "name", "status", "assigned_agent"},
}


@contextmanager
def opened(path: Path) -> Iterator["OldDatabase"]:
    """Open an old database as it is at this moment, or refuse what is none."""
    try:
        connection = _copy_of(path)
    except OSError as error:
        raise Invalid(f"{path} cannot be copied: {error.strerror}.") from None
    except sqlite3.DatabaseError as error:
        raise Invalid(
            f"{path} cannot be read as a SQLite database: {error}.",
            hint="Name the tasks.db of the earlier server, or restore a backup of it.",
        ) from None
    with closing(connection):
        old = OldDatabase(connection)
        for table, columns in NEEDED.items():
            if missing := columns - old.columns(table):
                raise Invalid(
                    f"{path} is no database of an earlier OpenMOSS: its table {table} lacks "
                    f"{', '.join(sorted(missing))}.",
                    hint="Name its tasks.db.",
                )
        yield old


def _copy_of(path: Path) -> sqlite3.Connection:
    """Return a connection to a copy of a database, with what a write-ahead log or a crash left beside it.

    Even to read it where it lies could change files there: SQLite clears up after a server that was killed.
    """
    with tempfile.TemporaryDirectory(prefix="openmoss-") as folder:
        copy = Path(folder) / path.name
        before = _stamps(path)
        for file in before:
            shutil.copyfile(file, copy.with_name(file.name))
        if _stamps(path) != before:
            raise Conflict(
                f"{path} changed while it was read.", hint="Stop the earlier server, then try again."
            )
        with closing(sqlite3.connect(copy)) as whole:
            whole.execute("PRAGMA journal_mode = DELETE")
            sound = whole.execute("PRAGMA quick_check(1)").fetchone()[0]
        if sound != "ok":
            raise sqlite3.DatabaseError(sound)
        connection = sqlite3.connect(f"{copy.as_uri()}?mode=ro&immutable=1", uri=True)
        # From here on it needs no name: the keys in it are gone from the disk with this process, however it ends.
        connection.execute("SELECT 1 FROM sqlite_master").fetchone()
        return connection


def _stamps(path: Path) -> dict[Path, tuple[int, int]]:
    """Return size and time of each file that is part of a database."""
    files = [path, *(path.with_name(path.name + end) for end in ("-wal", "-journal"))]
    return {
        file: (stat.st_size, stat.st_mtime_ns) for file in files if file.exists() for stat in [file.stat()]
    }


class OldDatabase:
    """The rows of an old database; a table that it does not have is empty."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        connection.text_factory = lambda raw: raw.decode("utf-8", "replace")

    def columns(self, table: str) -> set[str]:
        """Return the names of a table's columns; none when there is no such table."""
        return {name for _, name, *_ in self._connection.execute(f"PRAGMA table_info({table})")}

    def batches(self, table: str, size: int) -> Iterator[list[Row]]:
        """Return all rows of a table, so many at a time, in the order in which they were written."""
        if not self.columns(table):
            return
        cursor = self._connection.execute(f"SELECT * FROM {table} ORDER BY rowid")
        names = [name for name, *_ in cursor.description]
        while rows := cursor.fetchmany(size):
            yield [Row(zip(names, row, strict=True)) for row in rows]

    def rows(self, table: str) -> Iterator[Row]:
        """Return all rows of a table, one by one."""
        return chain.from_iterable(self.batches(table, 1000))

    def distinct(self, table: str, column: str) -> set:
        """Return what stands in a column; nothing when there is none."""
        if column not in self.columns(table):
            return set()
        return {value for (value,) in self._connection.execute(f"SELECT DISTINCT {column} FROM {table}")}

    def last_calls(self) -> dict[str, Row]:
        """Return the last call of each agent: `timestamp`, `agent_name`, `agent_role`."""
        if not self.columns("request_log"):
            return {}
        # SQLite takes the other columns from the row that has the maximum.
        rows = self._connection.execute(
            "SELECT agent_id, max(timestamp), agent_name, agent_role FROM request_log GROUP BY agent_id"
        )
        return {id: Row(timestamp=at, agent_name=name, agent_role=role) for id, at, name, role in rows}
