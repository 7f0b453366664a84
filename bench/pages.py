"""Measure every page of the console in a large office: 10,000 sub-tasks, 50 agents, 1,000,000 calls.

    python bench/pages.py [--sub-tasks N] [--calls N] [--only NAME]... [--sql MS] [--json FILE] [--data FOLDER]

It makes a SQLite database of its own, the demonstration with a crowd on top, and throws it away; with `--data`
it keeps it there and finds it again. Pages are asked for in this process, through the whole stack, as an admin
does. A page has 25 queries and 200 ms of the processor, which a busy machine lengthens less than the clock on the
wall; `x login` compares it with the page that shows least, so that another machine can be judged. `--sql` shows
each statement that took longer, with its plan. Exits with 1 when a page is over.
"""

import argparse
import contextlib
import json
import os
import statistics
import sys
import tempfile
import time
from datetime import timedelta
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
AGENTS = 50
DAYS = 14
MOST_QUERIES = 25
LONGEST = 200  # ms
TIMES = 15


def main() -> int:
    options = _options()
    with contextlib.ExitStack() as stack:
        folder = options.data or stack.enter_context(tempfile.TemporaryDirectory(prefix="openmoss-pages-"))
        Path(folder).mkdir(parents=True, exist_ok=True)
        os.environ |= {
            "OPENMOSS_DATA_DIR": str(folder),
            "OPENMOSS_ENV_FILE": os.devnull,
            "DJANGO_SETTINGS_MODULE": "openmoss.settings",
        }
        os.environ.pop("DATABASE_URL", None)
        sys.path.insert(0, str(ROOT))
        import django

        django.setup()
        _fill(options)
        rows = _measure(options)
    if options.json:
        options.json.write_text(json.dumps(rows, indent=1) + "\n", encoding="utf-8")
    over = [row["page"] for row in rows if row["queries"] > MOST_QUERIES or row["ms"] > LONGEST]
    print(f"{len(rows)} pages; over {MOST_QUERIES} queries or {LONGEST} ms: {', '.join(over) or 'none'}")
    return 1 if over else 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--sub-tasks", type=int, default=10_000)
    parser.add_argument("--calls", type=int, default=1_000_000)
    parser.add_argument("--only", action="append", metavar="NAME", help="this page; may be repeated")
    parser.add_argument("--sql", type=float, metavar="MS", help="show each statement that took longer")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there, too")
    parser.add_argument("--data", type=Path, metavar="FOLDER", help="keep the database there")
    return parser.parse_args()


def _fill(options: argparse.Namespace) -> None:
    """Make the demonstration and the crowd, and let the clock look at them once."""
    import crowd
    from django.core.management import call_command

    from agents.models import Agent
    from openmoss.models import SiteSettings
    from patrol.services import scan

    call_command("migrate", verbosity=0)
    if Agent.objects.exists():
        return
    with open(os.devnull, "w") as nowhere:
        call_command("demo", stdout=nowhere)
    executors = crowd.hire(AGENTS - Agent.objects.count(), more=" of the crowd")
    # One task that has grown for long, and many others.
    large = options.sub_tasks // 10
    made = crowd.work(large, tasks=1, executors=executors)
    made += crowd.work(options.sub_tasks - large, tasks=max(1, large // 10), executors=executors)
    crowd.past(made, days=DAYS)
    kept = timedelta(days=SiteSettings.load().request_log_days)
    crowd.calls(options.calls, seconds=int(kept.total_seconds()))
    scan()


def _places() -> dict[str, str]:
    """Return the pages, and beside them those that show most."""
    from django.contrib.auth.models import User
    from django.db.models import Count
    from django.urls import reverse

    from openmoss.tests.browser.places import places
    from tasks.models import SubTask, Task

    assert User.objects.filter(is_superuser=True).exists()
    large = Task.objects.annotate(size=Count("sub_tasks")).order_by("-size").first()
    waiting = SubTask.objects.filter(task=large, status="pending").first()
    return {
        "login": reverse("login"),
        **places(),
        "task, the largest": reverse("task", args=[large.pk]),
        "tasks, by name": reverse("tasks") + "?q=Task+7",
        "board, one task": reverse("board") + f"?task={large.pk}",
        "edit-sub-task, the largest task": reverse("edit-sub-task", args=[waiting.pk]),
        "new-sub-task, the largest task": reverse("new-sub-task", args=[large.pk]),
        "search, what many have": reverse("search") + "?q=Piece",
        "search, what nobody has": reverse("search") + "?q=zebra",
        "strip": reverse("strip"),
    }


def _measure(options: argparse.Namespace) -> list[dict]:
    from django.conf import settings
    from django.contrib.auth.models import User
    from django.test import Client

    settings.REQUEST_LOG_FLUSH_SECONDS = None
    settings.ALLOWED_HOSTS = ["testserver"]
    browser = Client()
    browser.force_login(User.objects.filter(is_superuser=True).first())
    found = {
        name: at for name, at in _places().items() if not options.only or name in {"login", *options.only}
    }
    width = max(map(len, found))
    print(f"{'page':{width}}  queries  processor ms  on the wall  in SQL  x login")
    rows, bare = [], 0.0
    for name, address in found.items():
        # The login page sends on whoever has signed in already.
        row = _visit(Client() if name == "login" else browser, address, options.sql)
        bare = bare or row["ms"]
        rows.append({"page": name, "ratio": row["ms"] / bare, **row})
        mark = "  <-" if row["queries"] > MOST_QUERIES or row["ms"] > LONGEST else ""
        print(
            f"{name:{width}}  {row['queries']:7}  {row['ms']:12.1f}  {row['wall']:11.1f}  {row['sql']:6.1f}  "
            f"{row['ms'] / bare:7.1f}{mark}",
            flush=True,
        )
        for text in row.pop("slow"):
            print(text)
    return rows


def _visit(browser, address: str, slower: float | None) -> dict:
    from django.db import connection

    browser.get(address)  # what a process keeps for a moment is there from now on
    statements: list[tuple] = []

    def note(execute, sql, params, many, context):
        began = time.process_time()
        try:
            return execute(sql, params, many, context)
        finally:
            statements.append(((time.process_time() - began) * 1000, sql, params))

    with connection.execute_wrapper(note):
        answer = browser.get(address)
    if answer.status_code not in (200, 404):
        raise SystemExit(f"{address} answered {answer.status_code}.")
    busy, wall = zip(*(_milliseconds(lambda: browser.get(address)) for _ in range(TIMES)), strict=True)
    return {
        "queries": len(statements),
        "ms": statistics.median(busy),
        "wall": statistics.median(wall),
        "sql": sum(ms for ms, *_ in statements),
        "slow": [_plan(*each) for each in statements if slower is not None and each[0] > slower],
    }


def _milliseconds(run) -> tuple[float, float]:
    began, wall = time.process_time(), time.perf_counter()
    run()
    return (time.process_time() - began) * 1000, (time.perf_counter() - wall) * 1000


def _plan(ms: float, sql: str, params) -> str:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN QUERY PLAN {sql}", params)
        steps = "\n".join(f"        {row[3]}" for row in cursor.fetchall())
    return f"    {ms:.0f} ms: {sql}\n{steps}"


if __name__ == "__main__":
    sys.exit(main())
