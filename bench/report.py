"""What was measured, printed as it comes, and kept for a file."""

import os
import platform
import sqlite3
import statistics
import time
from dataclasses import dataclass
from pathlib import Path

from measure import Line, p99

# How many times the cost of the bare DRF view a line may have; None: only told.
TARGETS = {"GET /api/brief": None, "wake: five calls": 10.0, "lifecycle: five calls": 25.0}
ONE_READ = 2.0
HERD_P99, HERD_MAX = 250.0, 1000.0
MEGABYTES = 350.0
# What a line is called where its statements were counted.
COUNTED_AS = {"wake: five calls": "wake", "lifecycle: five calls": "lifecycle"}


@dataclass(frozen=True)
class Promise:
    """What was promised, what was found, and whether that keeps it."""

    name: str
    target: str
    found: str
    kept: bool

    def __str__(self) -> str:
        return f"{self.target} {'ok' if self.kept else 'FALLS SHORT'}"


class Report:
    """Prints each measurement and remembers the promises."""

    def __init__(self) -> None:
        self.promises: list[Promise] = []
        self.facts: dict = {}

    @property
    def missed(self) -> list[Promise]:
        return [promise for promise in self.promises if not promise.kept]

    def machine(self, directory: Path, *, postgres: str, workers: int, threads: int) -> None:
        """Say what the numbers depend on."""
        cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
        self.facts["machine"] = {
            "database": f"PostgreSQL {postgres}" if postgres else f"SQLite {sqlite3.sqlite_version}",
            "python": platform.python_version(),
            "cores": cores,
            "workers": workers,
            "threads": threads,
        }
        print("{database}, Python {python}, {cores} cores; {workers} processes of {threads} threads"
              .format(**self.facts["machine"]))  # fmt: skip
        self.weather("before", directory)

    def weather(self, when: str, directory: Path) -> None:
        """Say how busy machine and disk are: what else runs there falls on every number."""
        now = {"load": round(os.getloadavg()[0], 2), "fsync_ms": round(_fsync(directory), 2)}
        self.facts[f"weather_{when}"] = now
        print(f"{when}: load {now['load']}, one fsync {now['fsync_ms']} ms")

    def lines(self, lines: dict[str, Line], counted: dict, client: float) -> None:
        """Tell what is compared with the bare views."""
        django, drf = list(lines.values())[:2]
        print(
            "\nMilliseconds of one client on a kept-alive connection; ratios are medians over rounds\n"
            f"{'':26}{'median':>8}{'p99':>8}{'× DRF':>8}{'× Django':>10}{'SQL':>5}{'writes':>8}  target"
        )
        for line in lines.values():
            sql = counted.get(COUNTED_AS.get(line.name, line.name), {})
            found = {
                "median_ms": statistics.median(line.times),
                "p99_ms": p99(line.times),
                "times_drf": line.ratio_to(drf),
                "times_django": line.ratio_to(django),
            }
            target = None if line in (django, drf) else TARGETS.get(line.name, ONE_READ)
            told = ""
            if target:
                ratio = found["times_drf"]
                told = self._promise(line.name, f"≤ {target:g}×", f"{ratio:.2f}×", ratio <= target)
            print(
                "{:26}{median_ms:8.2f}{p99_ms:8.2f}{times_drf:8.2f}{times_django:10.2f}{:>5}{:>8}  {}".format(
                    line.name, sql.get("statements", ""), sql.get("writes", ""), told, **found
                )
            )
            self.facts.setdefault("lines", {})[line.name] = found | sql
        self.facts["sql"] = counted
        print(f"The client's own share of a call is {client:.3f} ms of processor time.")

    def herd_head(self) -> None:
        print(
            "\nA herd: 50 agents claim in the same instant; milliseconds\n"
            f"{'':26}{'median round':^24}{'worst round':^24}\n"
            f"{'':26}{'p50':>8}{'p99':>8}{'max':>8}{'p50':>8}{'p99':>8}{'max':>8}{'winners':>11}{'faults':>8}"
        )

    def herd(self, name: str, found: dict) -> None:
        """Tell what became of a herd; its worst round is judged."""
        rounds = sorted(found["times"], key=p99)
        median, worst = rounds[len(rounds) // 2], rounds[-1]
        slowest = max(max(times) for times in rounds)
        right = found["winners"] == found["expected"] and not found["failures"]
        winners = f"{found['winners']}/{found['expected']}"
        told = [
            self._promise(f"{name}, p99", f"< {HERD_P99:g}", f"{p99(worst):.0f} ms", p99(worst) < HERD_P99),
            self._promise(f"{name}, slowest", f"< {HERD_MAX:g}", f"{slowest:.0f} ms", slowest < HERD_MAX),
            self._promise(f"{name}, winners", "one each", winners, right),
        ]
        numbers = [statistics.median(median), p99(median), max(median), statistics.median(worst), p99(worst)]
        print(
            f"{name:26}"
            + "".join(f"{number:8.0f}" for number in [*numbers, slowest])
            + f"{winners:>11}{len(found['failures']):>8}  {', '.join(told)}"
        )
        self._failures(found["failures"])
        self.facts.setdefault("herd", {})[name] = found

    def lasting(self, found: dict, rows_per_second: float) -> None:
        """Tell how much work goes through when 8 clients never rest."""
        print(
            f"\n8 clients: {found['per_second']:.0f} lifecycles per second of five calls each, "
            f"median {statistics.median(found['times']):.0f} ms, p99 {p99(found['times']):.0f} ms, "
            f"{found['processor_ms']:.1f} ms of the server's processor time for one; "
            f"bare DRF serves {rows_per_second:.0f} rows per second"
        )
        self._failures(found["failures"])
        self._promise("sustained, faults", "0", str(len(found["failures"])), not found["failures"])
        self.facts["lasting"] = found | {"bare_rows_per_second": rows_per_second}

    def memory(self, found: dict[str, dict]) -> None:
        """Tell the memory of each state; the first one is judged."""
        print()
        for name, sizes in found.items():
            print(
                f"memory, {name}: {sizes['rss']:.0f} MB resident, {sizes['pss']:.0f} with shared pages once, "
                f"{sizes['uss']:.0f} unique, in {sizes['processes']} processes"
            )
        resident = next(iter(found.values()))["rss"]
        self._promise("memory", f"≤ {MEGABYTES:g} MB", f"{resident:.0f} MB resident", resident <= MEGABYTES)
        self.facts["memory_mb"] = found

    def log(self, complaints: list[str]) -> None:
        """Tell what the server's own log says of faults."""
        self._promise("lines about faults in the log", "0", str(len(complaints)), not complaints)
        self._failures(complaints)

    def end(self) -> None:
        """Tell the promises that were missed."""
        print(f"\n{len(self.promises) - len(self.missed)} promises kept, {len(self.missed)} missed")
        for promise in self.missed:
            print(f"  {promise.name}: {promise.found}, promised {promise.target}")
        self.facts["missed"] = [promise.name for promise in self.missed]

    def _promise(self, name: str, target: str, found: str, kept: bool) -> str:
        self.promises.append(Promise(name, target, found, kept))
        return str(self.promises[-1])

    def _failures(self, failures: list[str]) -> None:
        for failure in failures[:5]:
            print(f"    {failure}")


def _fsync(directory: Path) -> float:
    took = []
    with (directory / "fsync").open("wb", buffering=0) as file:
        for _ in range(50):
            file.write(b"x" * 4096)
            begin = time.perf_counter()
            os.fsync(file.fileno())
            took.append((time.perf_counter() - begin) * 1000)
    return statistics.median(took)
