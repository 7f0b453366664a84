"""SQLite lets one write at a time and makes the others poll, up to 100 ms apart; here they queue instead.

A transaction that is going to write first waits for its turn: among the threads of this process by a lock
in memory, among processes by one on a file beside the database, which the kernel takes back when a process
dies. Whoever waits longer than the database's `timeout` is told that it is locked.
"""

import fcntl
import os
import threading
import time

from django.db import OperationalError
from django.db.backends.sqlite3 import base

PAUSE = 0.0005  # seconds between two looks at the other processes; there is one thread of each that looks

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
        deadline = time.monotonic() + self.settings_dict["OPTIONS"].get("timeout", 5)
        if not _threads.acquire(timeout=deadline - time.monotonic()):
            raise OperationalError("database is locked")
        try:
            if self._processes is None:
                path = f"{self.settings_dict['NAME']}-turn"
                self._processes = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            while not self._take_lock():
                if time.monotonic() > deadline:
                    raise OperationalError("database is locked")
                time.sleep(PAUSE)
        except BaseException:
            _threads.release()
            raise
        self._has_turn = True

    def _take_lock(self) -> bool:
        try:
            fcntl.flock(self._processes, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    def _end_turn(self) -> None:
        if self._has_turn:
            self._has_turn = False
            fcntl.flock(self._processes, fcntl.LOCK_UN)
            _threads.release()
