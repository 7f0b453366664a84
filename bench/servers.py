"""The two servers of a run, each in a process group of its own, with a data directory that is thrown away."""

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import psutil
from client import Connection, request

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
SLOWEST_START = 60  # seconds
SLOWEST_STOP = 20
SLOWEST_COMMAND = 120


class Server:
    """What both have in common: start, wait until it answers, stop for sure."""

    def __init__(self, directory: Path, environment: dict[str, str], *, workers: int, threads: int) -> None:
        self.size = ["--workers", str(workers), "--threads", str(threads)]
        self.port = _free_port()
        self.log = directory / f"{type(self).__name__.lower()}.log"
        self.environment = _clean_environment() | environment
        self._process: subprocess.Popen | None = None

    def command(self) -> list[str]:
        raise NotImplementedError

    def folder(self) -> Path:
        raise NotImplementedError

    def __enter__(self):
        with self.log.open("wb") as log:
            self._process = subprocess.Popen(
                self.command(),
                cwd=self.folder(),
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        try:
            self._wait()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, kind: type | None, *error) -> None:
        self.stop()
        if kind and issubclass(kind, Exception):
            print(f"The end of {self.log.name}:\n{self.log.read_text()[-2000:]}", file=sys.stderr)

    def _wait(self) -> None:
        deadline = time.monotonic() + SLOWEST_START
        while time.monotonic() < deadline:
            if self._process.poll() is not None:
                break
            try:
                with Connection(self.port) as connection:
                    connection.call(request("GET", "/api/health"))
                return
            except OSError:
                time.sleep(0.1)
        raise RuntimeError(f"{' '.join(self.command())} did not start:\n{self.log.read_text()[-3000:]}")

    def stop(self) -> None:
        """End the server and whatever it started."""
        if self._process is None:
            return
        self._process.terminate()
        try:
            self._process.wait(SLOWEST_STOP)
        except subprocess.TimeoutExpired:
            print(f"{type(self).__name__} did not end by itself and is killed.", file=sys.stderr)
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait(SLOWEST_STOP)

    def memory(self) -> dict[str, float]:
        """Return the MB of all its processes together: resident, proportional (shared pages once), unique."""
        family = [process.memory_full_info() for process in self._family()]
        kinds = {kind: sum(getattr(one, kind) for one in family) / 2**20 for kind in ("rss", "pss", "uss")}
        return kinds | {"processes": len(family)}

    def processor_time(self) -> float:
        """Return the seconds that all its processes together have computed so far."""
        spent = [process.cpu_times() for process in self._family()]
        return sum(one.user + one.system for one in spent)

    def _family(self) -> list[psutil.Process]:
        first = psutil.Process(self._process.pid)
        return [first, *first.children(recursive=True)]

    def complaints(self) -> list[str]:
        """Return the lines of its log that speak of a fault."""
        lines = self.log.read_text(errors="replace").splitlines()
        return [line for line in lines if " ERROR " in line or " CRITICAL " in line or "locked" in line]


class Moss(Server):
    """OpenMOSS as an operator starts it, set up and with work in it."""

    def __init__(self, directory: Path, database_url: str, **size: int) -> None:
        environment = {"OPENMOSS_ENV_FILE": "/dev/null", "OPENMOSS_DATA_DIR": str(directory)}
        if database_url:
            environment["DATABASE_URL"] = database_url
        super().__init__(directory, environment, **size)
        self.manage("migrate", "--verbosity", "0")
        self.manage("setup", "--admin-password", os.urandom(12).hex())

    def command(self) -> list[str]:
        address = ["--host", "127.0.0.1", "--port", str(self.port)]
        return [sys.executable, "manage.py", "serve", *address, *self.size]

    def folder(self) -> Path:
        return ROOT

    def manage(self, *arguments: str) -> None:
        """Run a command of manage.py on this installation."""
        run([sys.executable, "manage.py", *arguments], folder=ROOT, environment=self.environment)

    def inside(self, *arguments: str, given=None):
        """Run inside.py on this installation and return what it found."""
        command = [sys.executable, str(HERE / "inside.py"), *arguments]
        return json.loads(run(command, folder=ROOT, environment=self.environment, given=json.dumps(given)))


class Bare(Server):
    """The yardstick, on a database of the same kind."""

    def __init__(self, directory: Path, database_url: str, **size: int) -> None:
        url = database_url or f"sqlite:///{directory / 'bare.sqlite3'}"
        super().__init__(directory, {"BENCH_DATABASE_URL": url}, **size)
        run([sys.executable, "bare.py"], folder=HERE, environment=self.environment)

    def command(self) -> list[str]:
        bind = ["--bind", f"127.0.0.1:{self.port}"]
        gunicorn = [sys.executable, "-m", "gunicorn", "--config", "python:bare"]
        return [*gunicorn, *bind, *self.size, "bare:application"]

    def folder(self) -> Path:
        return HERE


def run(command: list[str], *, folder: Path, environment: dict[str, str], given: str = "") -> str:
    """Run a command to its end and return what it printed."""
    done = subprocess.run(
        command,
        cwd=folder,
        env=environment,
        input=given,
        capture_output=True,
        text=True,
        timeout=SLOWEST_COMMAND,
    )
    if done.returncode:
        raise RuntimeError(f"{' '.join(command)} failed:\n{done.stdout}{done.stderr}")
    return done.stdout


def _clean_environment() -> dict[str, str]:
    """Return the environment without the operator's own settings."""
    foreign = ("OPENMOSS_", "DATABASE_URL", "DJANGO_", "GUNICORN_", "WEB_CONCURRENCY")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(foreign)}
    return kept | {"PYTHONPATH": str(ROOT)}


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
