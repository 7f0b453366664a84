"""The measurements. Times are milliseconds as a client sees them."""

import statistics
import threading
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field

import calls
from client import Connection, request, volley
from servers import Bare, Moss

CLIENTS = 8
CONTESTED = {"50 agents, 50 sub-tasks": 50, "50 agents fight for 10": 10, "50 agents fight for 1": 1}
ROW = request("GET", f"/rows/{uuid.UUID(int=50)}")
CONSTANT = request("GET", "/constant")


def p99(times: list[float]) -> float:
    """Return the time that 99 of 100 do not exceed, interpolated."""
    return statistics.quantiles(times, n=100, method="inclusive")[98] if len(times) > 1 else times[0]


@dataclass
class Line:
    """One thing that is measured in every round: `measure(connection)` returns its milliseconds."""

    name: str
    port: int
    first: bytes
    measure: Callable[[Connection], float]
    repeats: int
    rounds: list[list[float]] = field(default_factory=list)

    def round(self) -> None:
        """Measure on a fresh connection, which is a fresh choice of process and thread."""
        with Connection(self.port) as connection:
            connection.good(self.first)
            self.rounds.append([self.measure(connection) for _ in range(self.repeats)])

    @property
    def times(self) -> list[float]:
        return [time for round in self.rounds for time in round]

    def ratio_to(self, other: "Line") -> float:
        """Return how many times the other's cost this is: the median over rounds, so that noise hits both."""
        pairs = zip(self.rounds, other.rounds, strict=True)
        return statistics.median(statistics.median(mine) / statistics.median(its) for mine, its in pairs)


class Office:
    """The agents of a filled installation, calling over HTTP."""

    def __init__(self, moss: Moss) -> None:
        self.moss = moss
        self.facts = moss.inside("office")

    def bytes_of(self, call: calls.Call) -> bytes:
        return request(call.method, call.path, key=self.facts["keys"][call.who], body=call.body)

    def exists(self, call: calls.Call) -> bool:
        with Connection(self.moss.port) as connection:
            return connection.call(self.bytes_of(call)).status != 404

    def new_lifecycle(self, connection: Connection, who: str) -> list[bytes]:
        """Make a free sub-task and return the calls that lead it to its end."""
        made = connection.good(self.bytes_of(calls.creation(self.facts))).json()["id"]
        return [self.bytes_of(call) for call in calls.lifecycle(made, who=who)]


def timed(connection: Connection, requests: list[bytes]) -> float:
    """Make calls one after the other and return what they took together."""
    begin = time.perf_counter()
    for each in requests:
        connection.good(each)
    return (time.perf_counter() - begin) * 1000


def lines_of(office: Office, bare: Bare) -> dict[str, Line]:
    """Return everything that is compared with the yardstick, the two yardsticks first."""
    port, key = office.moss.port, office.facts["keys"]["erin"]
    first = request("GET", "/api/scores/me", key=key)
    lines = [
        Line("bare Django, a constant", bare.port, CONSTANT, lambda wire: timed(wire, [CONSTANT]), 20),
        Line("bare DRF, one row", bare.port, ROW, lambda wire: timed(wire, [ROW]), 20),
    ]

    def add(name: str, requests: list[bytes], repeats: int) -> None:
        lines.append(Line(name, port, first, lambda wire: timed(wire, requests), repeats))

    for name, made in calls.reads(office.facts).items():
        if office.exists(made[0]):
            add(name, [office.bytes_of(call) for call in made], 15)
    add("wake: five calls", [office.bytes_of(call) for call in calls.wake(office.facts)], 4)

    def lifecycle(wire: Connection) -> float:
        return timed(wire, office.new_lifecycle(wire, "e0"))

    lines.append(Line("lifecycle: five calls", port, first, lifecycle, 3))
    return {line.name: line for line in lines}


def in_turns(lines: dict[str, Line], rounds: int) -> None:
    """Measure everything in every round, forth and back."""
    for number in range(rounds):
        for line in list(lines.values())[:: -1 if number % 2 else 1]:
            line.round()


def warm_up(office: Office, bare: Bare) -> None:
    """Make a few hundred calls on several connections, until every process and thread has answered some."""
    requests = [office.bytes_of(call) for call in calls.wake(office.facts)]
    for port, made in ((office.moss.port, requests), (bare.port, [ROW] * 5)):
        for _ in range(4):
            connections = [Connection(port) for _ in range(4 * CLIENTS)]
            try:
                for each in made[:4]:
                    volley(connections, [each] * len(connections))
            finally:
                for connection in connections:
                    connection.close()


def client_cost(bare: Bare) -> float:
    """Return the processor time that this client itself spends on one call."""
    with Connection(bare.port) as connection:
        connection.good(CONSTANT)
        begin = time.thread_time()
        for _ in range(200):
            connection.good(CONSTANT)
        return (time.thread_time() - begin) / 200 * 1000


def herd(office: Office, contested: int, rounds: int) -> dict:
    """Let 50 agents claim in the same moment, so many sub-tasks between them; several rounds."""
    keys = [office.facts["keys"][f"e{number}"] for number in range(calls.HERD)]
    ids = [office.facts["ids"][f"e{number}"] for number in range(calls.HERD)]
    free = office.moss.inside("free", str(contested * rounds))
    times, winners, failures = [], 0, []
    connections = [Connection(office.moss.port) for _ in keys]
    try:
        # One call each beforehand: gunicorn gives a thread to a fresh connection until it has spoken.
        for connection, key in zip(connections, keys, strict=True):
            connection.good(request("GET", "/api/scores/me", key=key))
        for number in range(rounds):
            here = free[number * contested : (number + 1) * contested]
            wanted = [here[position % contested] for position in range(calls.HERD)]
            claims = [
                request("POST", f"/api/sub-tasks/{id}/claim", key=key)
                for id, key in zip(wanted, keys, strict=True)
            ]
            results = volley(connections, claims)
            times.append([time for _, time in results])
            won = {
                id: caller
                for id, caller, (answer, _) in zip(wanted, ids, results, strict=True)
                if answer.status == 200
            }
            winners += sum(answer.status == 200 for answer, _ in results)
            failures += [
                f"{answer.status} {answer.body[:200].decode()}"
                for answer, _ in results
                if answer.status not in (200, 409) or b"is locked" in answer.body
            ]
            for id, caller in won.items():
                read = connections[0].good(request("GET", f"/api/sub-tasks/{id}", key=keys[0])).json()
                if read["assigned_agent"] != caller:
                    failures.append(f"{caller} was told it had {id}, which {read['assigned_agent']} has")
    finally:
        for connection in connections:
            connection.close()
    return {"times": times, "winners": winners, "expected": contested * rounds, "failures": failures}


def sustained(office: Office, seconds: float) -> dict:
    """Let 8 executors lead sub-tasks from claimed to done for some seconds and count what they finish."""
    free = office.moss.inside("free", str(int(seconds * 400)))
    took, failures = [], []
    end = time.perf_counter() + seconds

    def work(number: int) -> None:
        try:
            with Connection(office.moss.port) as connection:
                while time.perf_counter() < end and free:
                    steps = calls.lifecycle(free.pop(), who=f"e{number}")
                    took.append(timed(connection, [office.bytes_of(call) for call in steps]))
        except (OSError, RuntimeError) as error:
            failures.append(str(error))

    begin, before = time.perf_counter(), office.moss.processor_time()
    _in_threads(work)
    spent, used = time.perf_counter() - begin, office.moss.processor_time() - before
    if not took:
        raise RuntimeError(f"No lifecycle was finished: {failures[:3]}")
    return {
        "per_second": len(took) / spent,
        "times": took,
        "processor_ms": used / len(took) * 1000,
        "failures": failures,
    }


def bare_rate(bare: Bare, seconds: float) -> float:
    """Return how many rows the yardstick serves in a second to 8 clients."""
    counts = [0] * CLIENTS
    end = time.perf_counter() + seconds

    def work(number: int) -> None:
        with Connection(bare.port) as connection:
            while time.perf_counter() < end:
                connection.good(ROW)
                counts[number] += 1

    begin = time.perf_counter()
    _in_threads(work)
    return sum(counts) / (time.perf_counter() - begin)


def _in_threads(work: Callable[[int], None]) -> None:
    threads = [threading.Thread(target=work, args=(number,), daemon=True) for number in range(CLIENTS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
