import logging
import signal
import threading
from collections.abc import Callable

from django.core.management.base import BaseCommand
from django.db import DatabaseError, close_old_connections

from openmoss.clock import walk
from openmoss.jobs import TIMETABLE

logger = logging.getLogger(__name__)

PAUSE = 1.0  # seconds between two looks at the timetable


class Command(BaseCommand):
    help = "Run the clock: whatever is due in the timetable. Any number of these may run side by side."

    def handle(self, **options) -> None:
        worker = Worker()
        signal.signal(signal.SIGTERM, lambda signum, frame: worker.stop())
        signal.signal(signal.SIGINT, lambda signum, frame: worker.stop())
        self.stdout.write("The clock is running; Ctrl-C ends it.")
        worker.run()


class Worker:
    """Walks the timetable until it is stopped; a job that runs is finished first."""

    def __init__(self) -> None:
        self._stop = threading.Event()

    def stop(self) -> None:
        self._stop.set()

    def run(self, *, while_true: Callable[[], bool] = lambda: True) -> None:
        """Walk once a second, as long as `while_true()` holds."""
        while while_true() and not self._stop.is_set():
            close_old_connections()
            try:
                walk(TIMETABLE)
            except DatabaseError:
                logger.exception("The clock waits for the database")
            self._stop.wait(PAUSE)
