"""SQLite lets one write at a time and makes the others poll, up to 100 ms apart; here they queue instead.

A transaction that is going to write first waits for its turn: among the threads of this process by a lock
in memory, among processes by one on a file beside the database, which the kernel hands on in the order of
asking and takes back when a process dies.
"""

import fcntl
import os
import threading

from django.db import OperationalError
from django.db.backends.sqlite3 import base

_threads = threading.Lock()


class DatabaseWrapper(base.DatabaseWrapper):
    _processes: int | None = None  # descriptor of the lock file
    _has_turn = False

    def _start_transaction_under_autocommit(self) -> None:
        if not self.is_in_memory_db():
            self._take_turn()
        try:
            super()._start_transaction_under_autocommit()
        except BaseException:
            self._end_turn()
            raise

    def _commit(self) -> None:
        try:
            super()._commit()
        finally:
            self._end_turn()

    def _rollback(self) -> None:
        try:
            super()._rollback()
        finally:
            self._end_turn()

    def _close(self) -> None:
        try:
            super()._close()
        finally:
            self._end_turn()
            if self._processes is not None:
                os.close(self._processes)
                self._processes = None

    def _take_turn(self) -> None:
        if not _threads.acquire(timeout=self.settings_dict["OPTIONS"].get("timeout", 5)):
            raise OperationalError("database is locked")
        try:
            if self._processes is None:
                path = f"{self.settings_dict['NAME']}-turn"
                self._processes = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            fcntl.flock(self._processes, fcntl.LOCK_EX)
        except BaseException:
            _threads.release()
            raise
        self._has_turn = True

    def _end_turn(self) -> None:
        if self._has_turn:
            self._has_turn = False
            fcntl.flock(self._processes, fcntl.LOCK_UN)
            _threads.release()
