"""A real server for tests: `manage.py serve` on a database, a port and a folder of its own."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
from django.conf import settings
from django.db import connection

ADMIN_PASSWORD = "open sesame 42"
REGISTRATION_TOKEN = "let-me-in"


class Server:
    """A running OpenMOSS; `call` speaks HTTP to it and `manage` runs its commands."""

    def __init__(self, folder: Path, database_url: str) -> None:
        self.folder = folder
        self.port = _free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.log = folder / "server.log"
        self.environment = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("OPENMOSS_", "DATABASE_"))
        } | {
            "DATABASE_URL": database_url,
            "OPENMOSS_DATA_DIR": str(folder),
            "OPENMOSS_ENV_FILE": os.devnull,
            "OPENMOSS_HOST": "127.0.0.1",
            "OPENMOSS_PORT": str(self.port),
        }
        self.process: subprocess.Popen | None = None

    def manage(self, *words: str) -> str:
        """Run a command and return what it printed; it must succeed."""
        done = subprocess.run(
            [sys.executable, "manage.py", *words],
            cwd=settings.BASE_DIR,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=120,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def start(self) -> None:
        """Start it and wait until it answers."""
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "manage.py", "serve"],
                cwd=settings.BASE_DIR,
                env=self.environment,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            assert self.process.poll() is None, self.log.read_text()
            try:
                if self.call("GET", "/api/health")[1]["status"] == "ok":
                    return
            except OSError:
                pass
            time.sleep(0.1)
        raise AssertionError(f"The server did not come up:\n{self.log.read_text()}")

    def family(self) -> list[psutil.Process]:
        """Return the processes of the server: serve, gunicorn and its workers."""
        parent = psutil.Process(self.process.pid)
        return [parent, *parent.children(recursive=True)]

    def stop(self) -> int:
        """Stop it as an operator does and return the exit code."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(timeout=30)

    def kill(self) -> None:
        """End every process of it without a warning, as a power cut does."""
        for process in self.family():
            process.kill()
        self.process.wait(timeout=30)

    def call(self, method: str, path: str, body: dict | None = None, *, key: str = "", **headers):
        """Make one HTTP call; return status and decoded body."""
        request = urllib.request.Request(
            self.url + path,
            method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers=({"Authorization": f"Bearer {key}"} if key else {}) | headers,
        )
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                return answer.status, json.load(answer)
        except urllib.error.HTTPError as refused:
            return refused.code, json.loads(refused.read())

    def hire(self, name: str, role: str) -> str:
        """Register an agent over HTTP and return its key."""
        status, agent = self.call(
            "POST",
            "/api/agents/register",
            {"name": name, "role": role},
            **{"X-Registration-Token": REGISTRATION_TOKEN},
        )
        assert status == 200, agent
        return agent["api_key"]


@contextmanager
def running_server(folder: Path) -> Iterator[Server]:
    """Set a fresh server up, start it, and clear everything away afterwards."""
    with _database(folder) as database_url:
        server = Server(folder, database_url)
        server.manage("migrate", "-v0")
        server.manage(
            *("setup", "--admin-password", ADMIN_PASSWORD, "--registration-token", REGISTRATION_TOKEN),
            *("--workspace-root", "/srv/team", "--project-name", "Newsroom"),
        )
        server.start()
        try:
            yield server
        finally:
            if server.process.poll() is None:
                server.kill()


@contextmanager
def _database(folder: Path) -> Iterator[str]:
    if connection.vendor == "sqlite":
        yield f"sqlite:///{folder / 'openmoss.sqlite3'}"
        return
    import psycopg

    name = f"openmoss_test_{uuid.uuid4().hex[:12]}"
    at = connection.settings_dict
    where = {
        "host": at["HOST"],
        "port": at["PORT"] or 5432,
        "user": at["USER"],
        "password": at["PASSWORD"] or None,
    }
    with psycopg.connect(**where, dbname="postgres", autocommit=True) as admin:
        admin.execute(f'CREATE DATABASE "{name}"')
        try:
            password = f":{at['PASSWORD']}" if at["PASSWORD"] else ""
            yield f"postgres://{at['USER']}{password}@{at['HOST']}:{where['port']}/{name}"
        finally:
            admin.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
