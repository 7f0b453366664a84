"""How long others wait while a million old calls are forgotten, on SQLite.

    python bench/prune.py [--rows N] [--slow MS]

Another process writes and reads all the time, first alone, then beside the pruning. What the disk takes for
a bare fsync meanwhile says how much of it is the machine. `--slow` lets every
commit take so many milliseconds longer, as on a slow disk.
"""

import argparse
import gc
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
ALONE = 10  # seconds that the other process has for itself
PROMISE = 50  # ms
FILL = """
    WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i + 1 < %s)
    INSERT INTO agents_requestlog
        (at, agent_id, agent_name, agent_role, method, path, body, status, milliseconds)
    SELECT strftime('%%Y-%%m-%%d %%H:%%M:%%f', 'now', '-60 days', i || ' seconds'), %s, 'Erin', 'executor',
        'POST', '/api/sub-tasks/' || hex(randomblob(16)) || '/submit', hex(randomblob(100)), 200, 12
    FROM n
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--rows", type=int, default=1_000_000, help="rows to forget (%(default)s)")
    parser.add_argument("--slow", type=float, default=0, metavar="MS", help="how much slower a commit is")
    parser.add_argument("--other", metavar="FILE", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.other:
        _prepare(options.slow)
        _work_beside(Path(options.other))
        return
    with tempfile.TemporaryDirectory(prefix="openmoss-bench-") as folder:
        os.environ.pop("DATABASE_URL", None)
        os.environ |= {"OPENMOSS_DATA_DIR": folder, "OPENMOSS_ENV_FILE": os.devnull}
        held = _prepare(options.slow)
        _measure(options, Path(folder), held)


def _prepare(slow: float) -> list[float]:
    """Set Django up, with slow commits; return the list that collects for how many ms each turn was held."""
    sys.path.insert(0, str(ROOT))
    os.environ["DJANGO_SETTINGS_MODULE"] = "openmoss.settings"
    import django

    django.setup()
    gc.freeze()  # as the worker does
    from openmoss.sqlite.base import DatabaseWrapper

    held: list[float] = []
    take, end, commit = DatabaseWrapper._take_turn, DatabaseWrapper._end_turn, DatabaseWrapper._commit

    def timed_take(self) -> None:
        take(self)
        self.turn_began = time.perf_counter()

    def timed_end(self) -> None:
        if self._has_turn:
            held.append((time.perf_counter() - self.turn_began) * 1000)
        end(self)

    def slow_commit(self) -> None:
        if self._has_turn:
            time.sleep(slow / 1000)
        commit(self)

    DatabaseWrapper._take_turn, DatabaseWrapper._end_turn = timed_take, timed_end
    DatabaseWrapper._commit = slow_commit
    return held


def _work_beside(file: Path) -> None:
    """Write and read as a web process does; note when, and the ms of each write and of a bare fsync."""
    from django.db import transaction
    from django.utils import timezone

    from agents.models import Agent, RequestLog

    agent = Agent.objects.get()
    with file.open("w") as report, file.with_suffix(".scratch").open("wb", buffering=0) as scratch:
        while True:
            began = time.perf_counter()
            with transaction.atomic():
                Agent.objects.filter(pk=agent.pk).update(last_seen_at=timezone.now())
            written = time.perf_counter()
            scratch.write(bytes(4096))
            os.fsync(scratch.fileno())
            synced = time.perf_counter()
            print(time.time(), (written - began) * 1000, (synced - written) * 1000, file=report, flush=True)
            list(RequestLog.objects.all()[:50])
            time.sleep(0.005)


def _measure(options: argparse.Namespace, folder: Path, held: list[float]) -> None:
    from django.core.management import call_command
    from django.db import connection, transaction

    from agents.models import RequestLog
    from agents.services import create_agent, prune_request_log

    call_command("migrate", verbosity=0)
    agent, _ = create_agent(name="Erin", role="executor")
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(FILL, [options.rows, agent.pk.hex])
    report = folder / "writes"
    command = [sys.executable, __file__, "--slow", str(options.slow), "--other", str(report)]
    other = subprocess.Popen(command, env=os.environ)
    try:
        while not report.exists():
            time.sleep(0.1)
        time.sleep(ALONE)
        held.clear()
        began, deleted, runs = time.time(), 0, 0
        while RequestLog.objects.exists():
            deleted += prune_request_log()
            runs += 1
        ended = time.time()
    finally:
        other.kill()
        other.wait()
    writes = [tuple(map(float, line.split())) for line in report.read_text().splitlines()]
    alone = [ms for at, ms, _ in writes if at < began]
    beside = [(ms, disk) for at, ms, disk in writes if began <= at < ended]
    beside, bare = map(list, zip(*beside, strict=True))
    print(f"{deleted} rows in {ended - began:.1f} s of {runs} runs, {len(held)} batches")
    _say("the lock was held", held)
    _say("a write alone", alone)
    _say("a write beside it", beside)
    _say("the disk meanwhile", bare)
    print(f"a write beside it is {statistics.median(beside) / statistics.median(alone):.1f} times one alone")
    print(f"held for more than {PROMISE} ms: {sum(ms > PROMISE for ms in held)} of {len(held)}")


def _say(what: str, times: list[float]) -> None:
    cuts = statistics.quantiles(times, n=100, method="inclusive")
    print(
        f"{what:18} median {cuts[49]:6.1f}  p99 {cuts[98]:6.1f}  longest {max(times):6.1f} ms  ({len(times)})"
    )


if __name__ == "__main__":
    main()
