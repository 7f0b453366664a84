"""Let several threads or processes do the same thing at the same moment."""

import json
import subprocess
import sys
import threading
from collections.abc import Callable, Sequence

from django.conf import settings
from django.db import connection, connections

from openmoss.errors import Refusal


def in_threads(calls: Sequence[Callable[[], object]]) -> list[str]:
    """Make all calls at once, each in a thread of its own; return "won" or the refusal's code for each."""
    barrier = threading.Barrier(len(calls))
    outcomes = ["no answer"] * len(calls)

    def run(index: int, call: Callable[[], object]) -> None:
        try:
            connection.ensure_connection()
            barrier.wait(timeout=30)
            call()
            outcomes[index] = "won"
        except Refusal as refusal:
            outcomes[index] = refusal.code
        except Exception as error:
            outcomes[index] = f"{type(error).__name__}: {error}"
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=item) for item in enumerate(calls)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    return outcomes


def in_processes(lines: Sequence[str]) -> list[str]:
    """Run each line of Python in a Django process of its own, all at once; return outcomes as above.

    A line sees the names of `_PRELUDE`: what it prepares before `go()` runs ahead of the race.
    """
    racers = [
        subprocess.Popen(
            [sys.executable, "-c", _PRELUDE.format(body="\n    ".join(line.splitlines()))],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=settings.BASE_DIR,
        )
        for line in lines
    ]
    database = json.dumps(
        {key: str(connection.settings_dict[key]) for key in ("NAME", "HOST", "USER", "PORT")}
    )
    for racer in racers:
        racer.stdin.write(database + "\n")
        racer.stdin.flush()
    for racer in racers:
        assert racer.stdout.readline().strip() == "ready"
    for racer in racers:
        racer.stdin.write("go\n")
        racer.stdin.flush()
    return [racer.communicate(timeout=60)[0].strip() for racer in racers]


_PRELUDE = """
import json, os, sys
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "openmoss.settings")
import django
django.setup()
from django.db import connection
connection.settings_dict.update(json.loads(sys.stdin.readline()))
from agents.models import Agent
from openmoss import clock, jobs
from openmoss.errors import Refusal
from reviews.services import review
from tasks import services as work
from tasks.models import SubTask

def go():
    connection.ensure_connection()
    print("ready", flush=True)
    sys.stdin.readline()

try:
    {body}
    print("won")
except Refusal as refusal:
    print(refusal.code)
except Exception as error:
    print(type(error).__name__, error)
"""
