"""A stand-in server and a desk with a copy of the CLI: the tests touch neither Django nor a database."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

SCRIPT = Path(__file__).resolve().parents[1] / "task-cli.py"
PYTHON = os.environ.get("CLI_PYTHON", sys.executable)


@dataclass
class Call:
    """One request as it arrived."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    raw: bytes

    @property
    def body(self) -> Any:
        """Return the JSON that was sent, None when the body was empty."""
        return json.loads(self.raw) if self.raw else None


@dataclass
class Answer:
    """One answer to give; `drop` closes the connection instead, `stall` never answers, `after` waits."""

    body: Any = field(default_factory=dict)
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    drop: bool = False
    stall: bool = False
    after: float = 0.0


class Office:
    """A stand-in server: answers what it was told to, remembers what it was asked."""

    def __init__(self, port: int = 0) -> None:
        self.calls: list[Call] = []
        self.answers: dict[str, list[Answer]] = {}
        self.closing = threading.Event()
        self.server = ThreadingHTTPServer(("127.0.0.1", port), self.handler())
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, args=(0.002,), daemon=True).start()

    def says(self, body: Any = None, *, to: str = "*", **how: Any) -> None:
        """Queue an answer to a path, or to any; the last one is given again and again."""
        self.answers.setdefault(to, []).append(Answer({} if body is None else body, **how))

    def next_answer(self, path: str) -> Answer:
        """Return what to say to a path."""
        queue = self.answers.get(path) or self.answers.get("*") or [Answer()]
        return queue.pop(0) if len(queue) > 1 else queue[0]

    def handler(self) -> type[BaseHTTPRequestHandler]:
        """Return the request handler class bound to this office."""
        office = self

        class Handler(BaseHTTPRequestHandler):
            wbufsize = -1  # one packet: two would wait 40 ms for each other

            def answer(self) -> None:
                url = urlsplit(self.path)
                sent = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                headers = {name.lower(): value for name, value in self.headers.items()}
                query = dict(parse_qsl(url.query, keep_blank_values=True))
                office.calls.append(Call(self.command, url.path, query, headers, sent))
                answer = office.next_answer(url.path)
                if answer.stall or answer.after:
                    office.closing.wait(answer.after or 10)
                if answer.drop or answer.stall:
                    self.close_connection = True
                    return
                body = answer.body
                data = body if isinstance(body, bytes) else json.dumps(body, ensure_ascii=False).encode()
                self.send_response(answer.status)
                for name, value in {"Content-Length": str(len(data)), **answer.headers}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(data)

            do_GET = do_POST = do_PUT = do_DELETE = answer

            def log_message(self, *_: Any) -> None:
                pass

        return Handler

    def close(self) -> None:
        """Stop answering."""
        self.closing.set()
        self.server.shutdown()
        self.server.server_close()


@dataclass
class Said:
    """What one command line printed and how it ended."""

    code: int
    out: str
    err: str

    @property
    def data(self) -> Any:
        """Return standard output as JSON."""
        return json.loads(self.out)


class Desk:
    """An agent's place: a working folder, a copy of the CLI elsewhere, and its environment."""

    def __init__(self, root: Path, url: str) -> None:
        self.home, self.script = root / "desk", root / "tools" / "task-cli.py"
        self.home.mkdir()
        self.script.parent.mkdir()
        shutil.copy(SCRIPT, self.script)
        kept = {k: v for k, v in os.environ.items() if not k.startswith(("OPENMOSS_", "LC_", "LANG"))}
        self.env = {**kept, "OPENMOSS_URL": url, "OPENMOSS_API_KEY": "ock_erin"}

    def command(self, *words: str | bytes) -> list[str | bytes]:
        """Return the full command line."""
        return [PYTHON, str(self.script), *words]

    def run(
        self, *words: str | bytes, stdin: bytes = b"", cwd: Path | None = None, **env: str | None
    ) -> Said:
        """Run one command line; `NAME=None` takes a variable out of the environment."""
        environment = {k: v for k, v in {**self.env, **env}.items() if v is not None}
        done = subprocess.run(
            self.command(*words),
            input=stdin,
            capture_output=True,
            cwd=cwd or self.home,
            env=environment,
            timeout=20,
        )
        said = Said(done.returncode, done.stdout.decode(), done.stderr.decode())
        assert "Traceback" not in said.out + said.err
        return said

    def saves(self, folder: Path | None = None, mode: int = 0o600, **content: Any) -> Path:
        """Leave credentials in a folder, the working folder by default."""
        file = (folder or self.home) / ".openmoss.json"
        file.write_text(json.dumps(content))
        file.chmod(mode)
        return file


@pytest.fixture
def office():
    """A stand-in server."""
    office = Office()
    yield office
    office.close()


@pytest.fixture
def open_office():
    """Open more stand-in servers, on a port of choice."""
    opened = []

    def open_(port: int = 0) -> Office:
        opened.append(Office(port))
        return opened[-1]

    yield open_
    for each in opened:
        each.close()


@pytest.fixture
def desk(tmp_path, office):
    """Erin's desk, with the address of the office and her key in the environment."""
    return Desk(tmp_path, office.url)


@pytest.fixture
def sub_task():
    """A sub-task as the server describes it, with changes."""
    return lambda **changes: {
        "id": "5ab0c1de-0000-4000-8000-000000000001",
        "task_id": "7a5c0000-0000-4000-8000-000000000002",
        "module_id": None,
        "name": "Parse feed",
        "description": "Read the feed.\nKeep the order.",
        "deliverable": "feed.py",
        "acceptance": "All entries are there.",
        "type": "once",
        "status": "pending",
        "priority": "high",
        "assigned_agent": None,
        "current_session_id": None,
        "rework_count": 0,
        "attempt": 1,
        "depends_on": [],
        "blocked_reason": "",
        "can": ["claim"],
        "created_at": "2026-11-22T12:00:00Z",
        "updated_at": "2026-11-22T12:00:00Z",
        "completed_at": None,
        **changes,
    }


@pytest.fixture
def page():
    """An envelope around items."""
    return lambda *items, **changes: {
        "items": list(items),
        "total": len(items),
        "page": 1,
        "page_size": 0,
        "total_pages": 1,
        "has_more": False,
        **changes,
    }
