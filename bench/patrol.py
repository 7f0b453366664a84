"""Measure the clock's scan in a large office: 10,000 sub-tasks, 50 agents, 1,000,000 log entries.

    python bench/patrol.py [--sub-tasks N] [--log-entries N] [--json FILE]

It makes a SQLite database of its own and throws it away. Four scans are measured: the first after a night in
which everything stood still, one that finds nothing new, one after a while of healthy work, and `why`. Beside
them stands what this machine needs to read the same sub-tasks once, in a bare query.
"""

import argparse
import json
import os
import sys
import tempfile
import time
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
AGENTS = 50


def main() -> None:
    options = _options()
    with tempfile.TemporaryDirectory(prefix="openmoss-patrol-") as directory:
        os.environ |= {
            "OPENMOSS_DATA_DIR": directory,
            "OPENMOSS_ENV_FILE": os.devnull,
            "DJANGO_SETTINGS_MODULE": "openmoss.settings",
        }
        os.environ.pop("DATABASE_URL", None)
        sys.path.insert(0, str(ROOT))
        import django

        django.setup()
        from django.core.management import call_command

        call_command("migrate", verbosity=0)
        rows = _measure(options.sub_tasks, options.log_entries)
    width = max(len(row["what"]) for row in rows)
    print(f"{'':{width}}  seconds  x bare read  queries  writes  longest lock  what it did")
    for row in rows:
        print(
            f"{row['what']:{width}}  {row['seconds']:7.2f}  {row['ratio']:11.1f}  {row['queries']:7}  "
            f"{row['writes']:6}  {row['longest_lock_ms']:9.1f} ms  {row['said']}"
        )
    if options.json:
        options.json.write_text(json.dumps(rows, indent=1) + "\n", encoding="utf-8")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--sub-tasks", type=int, default=10_000)
    parser.add_argument("--log-entries", type=int, default=1_000_000)
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there, too")
    return parser.parse_args()


def _measure(sub_tasks: int, log_entries: int) -> list[dict]:
    from patrol.selectors.why import why
    from patrol.services import scan
    from tasks.models import SubTask

    _fill(sub_tasks, log_entries)
    bare = min(_seconds(lambda: list(SubTask.objects.order_by().values_list())) for _ in range(3))
    steps = [
        ("after a night of standstill", scan, "stand_still"),
        ("again, nothing new", scan, None),
        ("everything moves", scan, "move"),
        ("everything moves, again", scan, None),
        ("why", lambda: f"{len(why())} tasks", None),
    ]
    rows = []
    for what, run, before in steps:
        if before:
            globals()[f"_{before}"]()
        with _watched() as watch:
            began = time.perf_counter()
            said = run()
            seconds = time.perf_counter() - began
        rows.append({"what": what, "seconds": seconds, "ratio": seconds / bare, "said": str(said), **watch()})
    return rows


def _seconds(run) -> float:
    began = time.perf_counter()
    run()
    return time.perf_counter() - began


@contextmanager
def _watched():
    """Count statements and transactions, and time how long each held the write lock."""
    from django.db import connection

    from openmoss.sqlite.base import DatabaseWrapper

    held, queries, began = [], [0], [0.0]
    take, end = DatabaseWrapper._take_turn, DatabaseWrapper._end_turn

    def taken(self):
        take(self)
        began[0] = time.perf_counter()

    def ended(self):
        if self._has_turn:
            held.append(time.perf_counter() - began[0])
        end(self)

    def count(execute, sql, params, many, context):
        queries[0] += 1
        return execute(sql, params, many, context)

    DatabaseWrapper._take_turn, DatabaseWrapper._end_turn = taken, ended
    try:
        with connection.execute_wrapper(count):
            yield lambda: {
                "queries": queries[0],
                "writes": len(held),
                "longest_lock_ms": max(held, default=0.0) * 1000,
            }
    finally:
        DatabaseWrapper._take_turn, DatabaseWrapper._end_turn = take, end


def _fill(sub_tasks: int, log_entries: int) -> None:
    import crowd
    from django.db import connection

    from openmoss.models import SiteSettings

    SiteSettings.load()
    executors = crowd.hire(AGENTS)
    crowd.work(sub_tasks, tasks=max(1, sub_tasks // 100), executors=executors)
    crowd.entries(log_entries, by=executors[0])
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def _stand_still() -> None:
    """Let seven hours pass in which nothing happened."""
    _shift(timedelta(hours=7))


def _move() -> None:
    """Let everything have moved just now."""
    from django.utils import timezone

    from agents.models import Agent
    from tasks.models import SubTask

    now = timezone.now()
    SubTask.objects.filter(status="blocked").update(status="in_progress", blocked_reason="")
    SubTask.objects.update(status_since=now, updated_at=now, assigned_at=None)
    SubTask.objects.exclude(assignee=None).update(assigned_at=now)
    Agent.objects.update(last_seen_at=now)


def _shift(length: timedelta) -> None:
    from django.utils import timezone

    from agents.models import Agent
    from tasks.models import SubTask

    then = timezone.now() - length
    SubTask.objects.update(status_since=then, updated_at=then)
    SubTask.objects.exclude(assignee=None).update(assigned_at=then)
    SubTask.objects.filter(status="done").update(completed_at=then)
    Agent.objects.update(last_seen_at=then)


if __name__ == "__main__":
    main()
