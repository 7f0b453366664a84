import gc
import logging
import signal
import threading
import time
from collections.abc import Callable

from django.core.management.base import BaseCommand
from django.db import Error, close_old_connections, connections

from openmoss.clock import Job, run_once, walk
from openmoss.jobs import TIMETABLE
from openmoss.models import JobClock
from openmoss.services import apply_config

logger = logging.getLogger(__name__)

PAUSE = 1.0  # seconds between two looks at the timetable
GRACE = 30  # seconds that running jobs get to finish when the clock is stopped


class Command(BaseCommand):
    help = "Run the clock: whatever is due in the timetable. Any number of these may run side by side."

    def handle(self, **options) -> None:
        worker = Worker()
        signal.signal(signal.SIGTERM, lambda signum, frame: worker.stop())
        signal.signal(signal.SIGINT, lambda signum, frame: worker.stop())
        read_config()
        self.stdout.write("The clock is running; Ctrl-C ends it.")
        worker.run()


def read_config() -> None:
    """Let a `config.yaml` hold from the start; what is in the way now, the clock tries again."""
    try:
        apply_config()
    except Error:
        logger.exception("The config.yaml waits for the database")


class Worker:
    """Walks the timetable until it is stopped, and waits a while for the jobs that run.

    Each job runs in a thread of its own and not in a pool, where those that are quick would queue behind
    those that are slow. The threads are daemons: a job that hangs does not keep the process alive.
    """

    def __init__(self) -> None:
        self._stop = threading.Event()
        self._threads: dict[str, threading.Thread] = {}

    def stop(self) -> None:
        self._stop.set()

    @property
    def is_stopped(self) -> bool:
        return self._stop.is_set()

    def run(self, *, while_true: Callable[[], bool] = lambda: True) -> None:
        """Walk once a second, as long as `while_true()` holds."""
        # What is loaded by now stays. To look through it for garbage takes 60 ms of computing, and more on
        # a busy machine, also in the middle of a transaction for which everybody waits.
        gc.freeze()
        while while_true() and not self.is_stopped:
            close_old_connections()
            try:
                walk(TIMETABLE, start=self._start)
            except Error:
                logger.exception("The clock waits for the database")
            self._stop.wait(PAUSE)
        self._wait_for_jobs()

    def _start(self, job: Job, seen: JobClock) -> bool:
        former = self._threads.get(job.name)
        if former is not None and former.is_alive():
            return False
        thread = threading.Thread(target=_run, args=(job, seen), name=job.name, daemon=True)
        self._threads[job.name] = thread
        thread.start()
        return True

    def _wait_for_jobs(self) -> None:
        until = time.monotonic() + GRACE
        for name, thread in self._threads.items():
            thread.join(max(0, until - time.monotonic()))
            if thread.is_alive():
                logger.warning("The clock ends while the job %s still runs", name)


def _run(job: Job, seen: JobClock) -> None:
    try:
        run_once(job, seen)
    except Error:
        logger.exception("The job %s waits for the database", job.name)
    finally:
        connections.close_all()
