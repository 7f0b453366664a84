"""Measure OpenMOSS beside a bare Django and a bare DRF view, in one run, on this machine.

    python bench/run.py [--database sqlite|postgres] [--quick] [--json FILE] [--strict]

It starts both servers itself on free ports of 127.0.0.1, with databases of their own that are thrown away.
Seconds say little about another machine; the ratios to the bare views, taken in turns in the same run, do.
"""

import argparse
import contextlib
import json
import os
import signal
import sys
import tempfile
import urllib.parse
from pathlib import Path

import measure
from report import Report
from servers import Bare, Moss

LONGEST_RUN = 900  # seconds
# A server of PostgreSQL on which a database may be made and dropped; the same variable as in test.sh.
POSTGRES = os.environ.get("OPENMOSS_TEST_POSTGRES_URL", "postgres://postgres@127.0.0.1:5432/test")


def main() -> int:
    options = _options()
    for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGALRM):
        signal.signal(number, _end)
    signal.alarm(LONGEST_RUN)
    report = Report()
    with contextlib.ExitStack() as stack:
        directory = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="openmoss-bench-")))
        url, version = stack.enter_context(_postgres()) if options.database == "postgres" else ("", "")
        size = {"workers": options.workers, "threads": options.threads}
        report.machine(directory, postgres=version, **size)
        bare = stack.enter_context(Bare(directory, url, **size))
        moss = stack.enter_context(Moss(directory, url, **size))
        _measure(report, moss, bare, quick=options.quick)
        report.weather("after", directory)
    report.end()
    if options.json:
        text = json.dumps(report.facts, indent=1, ensure_ascii=False)
        options.json.write_text(text + "\n", encoding="utf-8")
    return 1 if options.strict and report.missed else 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--database", choices=["sqlite", "postgres"], default="sqlite")
    parser.add_argument("--quick", action="store_true", help="fewer rounds, in a third of the time")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write everything there, too")
    parser.add_argument("--strict", action="store_true", help="exit with 1 when a promise is missed")
    parser.add_argument("--workers", type=int, default=2, help="processes of each server (%(default)s)")
    parser.add_argument("--threads", type=int, default=8, help="threads of each process (%(default)s)")
    return parser.parse_args()


def _measure(report: Report, moss: Moss, bare: Bare, *, quick: bool) -> None:
    office = measure.Office(moss)
    measure.warm_up(office, bare)
    memory = {"warmed up and idle": moss.memory()}
    lines = measure.lines_of(office, bare)
    measure.in_turns(lines, 8 if quick else 30)
    report.lines(lines, moss.inside("queries", given=office.facts), measure.client_cost(bare))
    report.herd_head()
    for name, contested in measure.CONTESTED.items():
        report.herd(name, measure.herd(office, contested, 3 if quick else 9))
    seconds = 2 if quick else 6
    report.lasting(measure.sustained(office, seconds), measure.bare_rate(bare, seconds / 2))
    memory |= {"after all this": moss.memory(), "the bare project": bare.memory()}
    report.memory(memory)
    report.log(moss.complaints())


@contextlib.contextmanager
def _postgres():
    """Make a database of our own beside the given one and drop it afterwards."""
    import psycopg
    from psycopg import sql

    name = sql.Identifier(f"moss_bench_{os.getpid()}")
    with psycopg.connect(POSTGRES, autocommit=True, connect_timeout=5) as server:
        version = server.execute("SHOW server_version").fetchone()[0].split()[0]
        server.execute(sql.SQL("CREATE DATABASE {}").format(name))
        try:
            yield (
                urllib.parse.urlsplit(POSTGRES)._replace(path=f"/moss_bench_{os.getpid()}").geturl(),
                version,
            )
        finally:
            server.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(name))


def _end(number: int, frame) -> None:
    raise SystemExit(f"Ended by {signal.Signals(number).name}.")


if __name__ == "__main__":
    sys.exit(main())
