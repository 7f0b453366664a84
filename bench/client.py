"""A client that costs next to nothing: requests are bytes made beforehand, connections stay open."""

import json
import re
import selectors
import socket
import time
from dataclasses import dataclass

TIMEOUT = 30  # seconds without an answer after which a measurement gives up

_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)


@dataclass(frozen=True)
class Answer:
    status: int
    body: bytes

    def json(self):
        return json.loads(self.body)


def request(method: str, path: str, *, key: str = "", body: dict | None = None) -> bytes:
    """Return the bytes of a call, with the key of the agent who makes it."""
    content = b"" if body is None else json.dumps(body).encode()
    lines = [f"{method} {path} HTTP/1.1", "Host: 127.0.0.1"]
    if key:
        lines.append(f"Authorization: Bearer {key}")
    if content or method != "GET":
        lines.append(f"Content-Length: {len(content)}")
    return "\r\n".join([*lines, "", ""]).encode() + content


class Connection:
    """One kept-alive connection; one call at a time."""

    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=TIMEOUT)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._received = b""

    def __enter__(self) -> "Connection":
        return self

    def __exit__(self, *error) -> None:
        self.close()

    def close(self) -> None:
        self.socket.close()

    def call(self, request: bytes) -> Answer:
        """Send a call and wait for its answer."""
        self.send(request)
        while (answer := self.receive()) is None:
            pass
        return answer

    def good(self, request: bytes) -> Answer:
        """Send a call that has to succeed."""
        answer = self.call(request)
        if answer.status != 200:
            line = request.split(b"\r\n", 1)[0].decode()
            raise RuntimeError(f"{line} answered {answer.status}: {answer.body[:500].decode()}")
        return answer

    def send(self, request: bytes) -> None:
        self.socket.sendall(request)

    def receive(self) -> Answer | None:
        """Read once; return the answer when it is complete."""
        chunk = self.socket.recv(262_144)
        if not chunk:
            raise ConnectionError("The server closed the connection.")
        self._received += chunk
        head, found, body = self._received.partition(b"\r\n\r\n")
        if not found:
            return None
        length = _LENGTH.search(head)
        # Without a length (no middleware of Django's sets one) gunicorn sends chunks.
        complete = len(body) >= int(length[1]) if length else body.endswith(b"\r\n0\r\n\r\n")
        if not complete:
            return None
        self._received = b""
        return Answer(int(head[9:12]), body)


def volley(connections: list[Connection], requests: list[bytes]) -> list[tuple[Answer, float]]:
    """Send one call on each connection at the same moment; return each answer and its milliseconds.

    One thread and a selector: fifty threads would wait for each other before they measured the server.
    """
    waiting, sent, results = selectors.DefaultSelector(), {}, {}
    with waiting:
        for number, connection in enumerate(connections):
            waiting.register(connection.socket, selectors.EVENT_READ, number)
        for number, connection in enumerate(connections):
            sent[number] = time.perf_counter()
            connection.send(requests[number])
        deadline = time.perf_counter() + TIMEOUT
        while len(results) < len(connections):
            if time.perf_counter() > deadline:
                raise TimeoutError(f"{len(connections) - len(results)} calls of a herd were never answered.")
            for event, _ in waiting.select(1):
                number = event.data
                if (answer := connections[number].receive()) is not None:
                    results[number] = answer, (time.perf_counter() - sent[number]) * 1000
                    waiting.unregister(event.fileobj)
    return [results[number] for number in range(len(connections))]
