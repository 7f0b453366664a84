"""A web server and a mail server of our own for notifications to arrive at."""

import json
import socketserver
import threading
from collections.abc import Callable
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Target:
    """What arrived at a local web server; `answer` says how it answers, `during` what happens meanwhile."""

    def __init__(self) -> None:
        self.requests: list[dict] = []
        self.answer: tuple[int, dict, bytes] = (200, {}, b"")
        self.during: Callable[[dict], None] = lambda request: None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/hook"

    @property
    def said(self) -> list[str]:
        """The names of what the notifications were about, in their order."""
        return [request["body"]["subject"]["name"] for request in self.requests]

    def is_down(self, **headers: str) -> None:
        self.answer = (503, headers, b"")

    def is_back(self) -> None:
        self.answer = (200, {}, b"")

    def refuses(self, status: int, said: bytes = b"") -> None:
        self.answer = (status, {}, said)


@contextmanager
def web_server():
    """Serve HTTP on a free port of this machine."""
    target = Target()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            raw = self.rfile.read(int(self.headers["Content-Length"]))
            request = {"path": self.path, "headers": self.headers, "raw": raw, "body": json.loads(raw)}
            target.requests.append(request)
            target.during(request)
            status, headers, said = target.answer
            request["status"] = status
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name.replace("_", "-"), value)
            self.send_header("Content-Length", str(len(said)))
            self.end_headers()
            self.wfile.write(said)

        def log_message(self, *args) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        target.port = server.server_port
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        yield target
        server.shutdown()


class Post:
    """What arrived at a local mail server; `refuse` answers a command with something else."""

    def __init__(self) -> None:
        self.mails: list[bytes] = []
        self.refuse: dict[str, str] = {}


@contextmanager
def mail_server():
    """Serve just enough SMTP on a free port of this machine."""
    post = Post()

    class Handler(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            self.say("220 post")
            while line := self.rfile.readline():
                verb = line.split()[0].decode().upper().split(":")[0]
                if verb in post.refuse:
                    self.say(post.refuse[verb])
                elif verb == "DATA":
                    self.say("354 go on")
                    post.mails.append(b"".join(iter(self.rfile.readline, b".\r\n")))
                    self.say("250 taken")
                else:
                    self.say("221 bye" if verb == "QUIT" else "250 fine")

        def say(self, line: str) -> None:
            self.wfile.write(f"{line}\r\n".encode())

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler) as server:
        post.port = server.server_address[1]
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        yield post
        server.shutdown()
