import os
import signal
import socket
import subprocess
import sys
from types import FrameType

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError

from openmoss.management.commands.worker import Worker, read_config
from openmoss.selectors.health import missing_migrations

GRACE = 15  # seconds that gunicorn gets to finish the calls it is answering


class Command(BaseCommand):
    help = "Serve the API and the console and run the clock. If one of the two ends, both end."

    def add_arguments(self, parser) -> None:
        parser.add_argument("--host", default=settings.HOST, help="Address to listen on (%(default)s).")
        parser.add_argument("--port", type=int, default=settings.PORT, help="Port (%(default)s).")
        parser.add_argument("--workers", type=int, default=settings.WORKERS, help="Processes (%(default)s).")
        parser.add_argument(
            "--threads", type=int, default=settings.THREADS, help="Threads each (%(default)s)."
        )

    def handle(self, *, host: str, port: int, workers: int, threads: int, **options) -> None:
        _database_must_be_ready()
        _port_must_be_free(host, port)
        read_config()
        # The clock runs in this process and gunicorn beside it. Gunicorn watches the reading end of a
        # pipe whose writing end only this process holds: it learns of our end even after a `kill -9`.
        alive, held = os.pipe()
        os.set_inheritable(alive, True)
        gunicorn = subprocess.Popen(
            [
                *(sys.executable, "-m", "gunicorn", "--config", "python:openmoss.gunicorn"),
                *("--bind", f"[{host}]:{port}" if ":" in host else f"{host}:{port}"),
                *("--workers", str(workers), "--threads", str(threads)),
                "openmoss.wsgi:application",
            ],
            env=os.environ | {"OPENMOSS_PARENT_PIPE": str(alive)},
            cwd=settings.BASE_DIR,
            pass_fds=[alive],
        )
        os.close(alive)
        clock = Worker()

        def stop(signum: int, frame: FrameType | None) -> None:
            clock.stop()
            gunicorn.terminate()  # both end at the same time, each with what it has begun

        signal.signal(signal.SIGTERM, stop)
        signal.signal(signal.SIGINT, stop)
        try:
            clock.run(while_true=lambda: gunicorn.poll() is None)
        finally:
            gunicorn.terminate()
            try:
                gunicorn.wait(GRACE)
            except subprocess.TimeoutExpired:
                gunicorn.kill()
            os.close(held)
        if not clock.is_stopped:
            raise CommandError("The web server ended, so the clock was stopped too. Its reason stands above.")


def _database_must_be_ready() -> None:
    try:
        missing = missing_migrations()
    except DatabaseError as error:
        raise CommandError(f"The database does not answer: {error}".strip()) from None
    if missing:
        raise CommandError(
            "The database is not up to date. Run `manage.py migrate`, or start with ./start.sh."
        )


def _port_must_be_free(host: str, port: int) -> None:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except (OSError, OverflowError) as error:
            raise CommandError(
                f"OpenMOSS cannot listen on {host} port {port}: {getattr(error, 'strerror', None) or error}. "
                "Stop what uses it, or choose another port with OPENMOSS_PORT."
            ) from None
