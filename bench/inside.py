"""What needs Django and the installation's own database; prints JSON.

office      fill an empty installation: the cast, 30 sub-tasks in all states, 200 log entries
free N      add N sub-tasks that can be claimed
queries     count the statements and the writes (each waits for the disk once) of every measured call;
            needs what `office` printed on its standard input
"""

import json
import os
import re
import sys

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "openmoss.settings")
django.setup()

import calls  # noqa: E402
from django.conf import settings  # noqa: E402
from django.db import connection  # noqa: E402
from django.test import Client  # noqa: E402
from django.test.utils import CaptureQueriesContext  # noqa: E402

from agents.models import Agent  # noqa: E402
from agents.services import create_agent  # noqa: E402
from openmoss.access import Role  # noqa: E402
from reviews.models import Result  # noqa: E402
from reviews.services import review  # noqa: E402
from scoring.services import adjust  # noqa: E402
from tasks import services  # noqa: E402
from tasks.models import Action, SubTask, Task  # noqa: E402
from tasks.workflow import Status  # noqa: E402

TEXT = (
    "Read the sources named in the task, take the numbers of yesterday, and write down where they came from. "
)
WORK = "Work of the bench"
# Where the thirty pieces stand; the others are pending, and each third one waits for the one before it.
STATES = dict.fromkeys((*range(11), 13), Status.DONE) | {
    11: Status.IN_PROGRESS,
    12: Status.REVIEW,
    14: Status.BLOCKED,
    15: Status.REVIEW,
    16: Status.REWORK,
    18: Status.BLOCKED,
    19: Status.ASSIGNED,
}
CONTROL = re.compile(r"(BEGIN|COMMIT|ROLLBACK|SAVEPOINT|RELEASE)", re.IGNORECASE)


def office() -> dict:
    """Fill the office and return the keys of its agents and the ids that are read."""
    cast, keys = {}, {}
    roles = {
        "pia": Role.PLANNER,
        "rita": Role.REVIEWER,
        "erin": Role.EXECUTOR,
        "ed": Role.EXECUTOR,
        "pat": Role.PATROL,
    }
    roles |= {f"e{number}": Role.EXECUTOR for number in range(calls.HERD)}
    for name, role in roles.items():
        cast[name], keys[name] = create_agent(name=name.title(), role=role)
    pia, rita, erin, ed = (cast[name] for name in ("pia", "rita", "erin", "ed"))

    task = services.create_task(name="The weekly report", description=TEXT * 5, by=pia)
    modules = [services.create_module(task, name=f"Part {part}", description=TEXT, by=pia) for part in "ABC"]
    sub_tasks = []
    for number in range(30):
        needs = [sub_tasks[number - 1]] if number % 3 == 2 else []
        piece = services.create_sub_task(
            task,
            name=f"Piece {number}",
            description=TEXT * 4,
            deliverable=TEXT,
            acceptance=TEXT * 2,
            module=modules[number % 3],
            depends_on=needs,
            by=pia,
        )
        sub_tasks.append(piece)
    for number, status in STATES.items():
        _bring(sub_tasks[number], by=erin if number % 2 else ed, cast=cast, to=status)
    for number in range(10):
        adjust(erin, score_delta=1, reason=f"Helped out, {number}", by=pia)
    for number in range(200):
        services.say(
            by=(erin, ed, rita, pia)[number % 4],
            action=Action.REFLECTION if number % 8 == 0 else Action.DELIVERY,
            summary=TEXT * 3,
            sub_task=None if number % 8 == 0 else sub_tasks[number % 30],
        )
    return {
        "keys": keys,
        "ids": {name: str(agent.pk) for name, agent in cast.items()},
        "task": str(task.pk),
        "sub_task": str(sub_tasks[11].pk),
        "work": str(services.create_task(name=WORK, by=pia).pk),
    }


def _bring(piece: SubTask, *, by: Agent, cast: dict[str, Agent], to: str) -> None:
    """Lead a piece to the status `to`, the way work goes."""
    services.claim(piece, by=by)
    if to == Status.ASSIGNED:
        return
    services.start(piece, by=by, session_id="bench")
    if to == Status.IN_PROGRESS:
        return
    if to == Status.BLOCKED:
        services.block(piece, by=cast["pat"], why="The source does not answer.")
        return
    services.submit(piece, by=by)
    if to == Status.REWORK:
        review(piece, result=Result.REJECTED, score=2, issues="No sources named.", by=cast["rita"])
    elif to == Status.DONE:
        review(piece, result=Result.APPROVED, score=5, comment="Good.", by=cast["rita"])


def free(number: str) -> list[str]:
    """Add so many free sub-tasks and return their ids."""
    task = Task.objects.get(name=WORK)
    rows = [SubTask(task=task, name=f"Free {n}", description=TEXT) for n in range(int(number))]
    SubTask.objects.bulk_create(rows, batch_size=500)
    if connection.vendor == "sqlite":
        # Or the first agent that is measured would carry this heap of rows over into the database.
        connection.cursor().execute("PRAGMA wal_checkpoint(RESTART)")
    return [str(row.pk) for row in rows]


class Caller:
    """Makes the calls of a bench in this process, through the whole stack."""

    def __init__(self, office: dict) -> None:
        settings.REQUEST_LOG_FLUSH_SECONDS = None
        self.office = office
        self.client = Client()

    def make(self, call: calls.Call):
        answer = self.client.generic(
            call.method,
            call.path,
            json.dumps(call.body) if call.body else "",
            content_type="application/json",
            headers={"Authorization": f"Bearer {self.office['keys'][call.who]}"},
        )
        if answer.status_code not in (200, 404):
            raise RuntimeError(f"{call.method} {call.path} answered {answer.status_code}: {answer.content}")
        return answer

    def lifecycle(self) -> list[calls.Call]:
        """Make one more free sub-task and return what leads it to its end."""
        return calls.lifecycle(self.make(calls.creation(self.office)).json()["id"], who="erin")


def queries() -> dict[str, dict[str, int]]:
    """Return the statements and the writes of each measured call, the second time it is made."""
    caller = Caller(json.load(sys.stdin))
    counted = {}
    for name, calls_made in {**calls.reads(caller.office), "wake": calls.wake(caller.office)}.items():
        counted[name] = _count(caller, calls_made, warm=True)
    for call in caller.lifecycle():
        caller.make(call)
    total = {"statements": 0, "writes": 0}
    for call in caller.lifecycle():
        one = _count(caller, [call])
        counted[call.path.rsplit("/", 1)[-1]] = one
        total = {kind: total[kind] + one[kind] for kind in total}
    return counted | {"lifecycle": total}


def _count(caller: Caller, calls_made: list[calls.Call], *, warm: bool = False) -> dict[str, int]:
    if warm:
        for call in calls_made:
            caller.make(call)
    with CaptureQueriesContext(connection) as captured:
        for call in calls_made:
            caller.make(call)
    statements = writes = 0
    inside = False
    for sql in (query["sql"] for query in captured.captured_queries):
        if CONTROL.match(sql):
            inside = (inside and not sql.startswith(("COMMIT", "ROLLBACK"))) or sql.startswith("BEGIN")
            writes += sql.startswith("COMMIT")
        else:
            statements += 1
            writes += not inside and not sql.startswith("SELECT")
    return {"statements": statements, "writes": writes}


if __name__ == "__main__":
    commands = {"office": office, "free": free, "queries": queries}
    print(json.dumps(commands[sys.argv[1]](*sys.argv[2:])))
