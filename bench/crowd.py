"""A large office, made without the services, which would take hours: rows as they would have left them.

For SQLite only. Whoever imports this has set Django up.
"""

from datetime import timedelta

from django.db import connection, transaction
from django.utils import timezone

from agents.models import Agent, RequestHour
from notifications.models import Event
from openmoss.access import Role
from reviews.models import Review
from scoring.models import ScoreEntry
from tasks.models import Dependency, SubTask, Task

ROLES = [Role.PLANNER] * 2 + [Role.REVIEWER] * 5 + [Role.PATROL] * 2
# A tenth of the work is in hands; the rest is done, free or waits for other work.
STATES = (
    *("done", "pending", "done", "pending", "done"),
    *("in_progress", "pending", "done", "review", "rework"),
)
CALLS = """
    WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i + 1 < :calls),
    a AS (SELECT *, row_number() OVER () - 1 AS place FROM agents_agent),
    s AS (SELECT id, row_number() OVER () - 1 AS place FROM tasks_subtask)
    INSERT INTO agents_requestlog
        (at, agent_id, agent_name, agent_role, method, path, body, status, milliseconds)
    SELECT strftime('%Y-%m-%d %H:%M:%f', 'now', (i * :seconds / :calls - :seconds) || ' seconds'),
        a.id, a.name, a.role, CASE WHEN i % 4 THEN 'GET' ELSE 'POST' END,
        CASE WHEN i % 4 THEN '/api/brief' ELSE '/api/sub-tasks/' || s.id || '/submit' END,
        CASE WHEN i % 4 THEN NULL ELSE hex(randomblob(100)) END, CASE WHEN i % 50 THEN 200 ELSE 409 END, 12
    FROM n
    JOIN a ON a.place = i % (SELECT count(*) FROM a)
    JOIN s ON s.place = i % (SELECT count(*) FROM s)
"""
ENTRIES = """
    INSERT INTO tasks_activitylog (id, agent_id, sub_task_id, action, summary, created_at)
    WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < :entries),
    s AS (SELECT id, row_number() OVER () AS place FROM tasks_subtask)
    SELECT lower(hex(randomblob(16))), :agent, s.id, 'coding', 'What was done, in a sentence or two.',
        datetime('now', '-' || (7 * 86400 - i / 2) || ' seconds') || '.000000'
    FROM n
    JOIN s ON s.place = 1 + i % (SELECT count(*) FROM s)
"""


def hire(count: int, *, more: str = "") -> list[Agent]:
    """Make so many agents, most of them executors; return the executors."""
    roles = ROLES + [Role.EXECUTOR] * (count - len(ROLES))
    agents = [
        Agent(name=f"Agent {n}{more}", role=role, last_seen_at=timezone.now()) for n, role in enumerate(roles)
    ]
    Agent.objects.bulk_create(agents)
    return [agent for agent in agents if agent.role == Role.EXECUTOR]


def work(sub_tasks: int, *, tasks: int, executors: list[Agent]) -> list[SubTask]:
    """Make so many sub-tasks in so many tasks; each third one waits for another."""
    now = timezone.now()
    owners = [Task(name=f"Task {n}", status="in_progress") for n in range(tasks)]
    Task.objects.bulk_create(owners)
    made = []
    for n in range(sub_tasks):
        status = STATES[n % len(STATES)]
        row = SubTask(task=owners[n % tasks], name=f"Piece {n}", status=status)
        if status != "pending":
            row.assignee, row.assigned_at, row.attempt = executors[n % len(executors)], now, 1
        if status == "done":
            row.completed_at = now
        made.append(row)
    SubTask.objects.bulk_create(made, batch_size=500)
    Dependency.objects.bulk_create(
        [
            Dependency(sub_task=row, needs=made[n - tasks])
            for n, row in enumerate(made)
            if n >= tasks and n % 3 == 0
        ],
        batch_size=500,
    )
    return made


def past(made: list[SubTask], *, days: int) -> None:
    """Spread work over the last days, and add what would have happened to it: events, reviews and scores."""
    reviewer = Agent.objects.filter(role=Role.REVIEWER).first()
    now, apart = timezone.now(), timedelta(days=days) / len(made)
    events, reviews, scores = [], [], []
    for n, row in enumerate(made):
        row.created_at = row.updated_at = row.status_since = at = now - timedelta(days=days) + n * apart
        judged = row.status in ("done", "rework")
        kinds = [("create", "pending")]
        if row.assignee:
            row.assigned_at = at
            kinds += [("claim", "assigned"), ("start", "in_progress")]
        if row.status == "review" or judged:
            kinds += [("submit", "review")]
        if judged:
            verdict = "approve" if row.status == "done" else "reject"
            kinds += [(verdict, row.status)]
            row.rework_count = int(verdict == "reject")
            row.completed_at = at if row.status == "done" else None
            points = 5 if row.status == "done" else -5
            given = {"score": 5} if row.status == "done" else {"score": 2, "issues": "No sources are named."}
            reviews.append(
                Review(
                    sub_task=row,
                    round=1,
                    reviewer=reviewer,
                    reviewer_name=reviewer.name,
                    assignee=row.assignee,
                    result="approved" if row.status == "done" else "rejected",
                    created_at=at,
                    **given,
                )
            )
            scores.append(
                ScoreEntry(
                    agent=row.assignee, sub_task=row, score_delta=points, reason="Judged", created_at=at
                )
            )
        for kind, status in kinds:
            by = reviewer if kind in ("approve", "reject") else row.assignee or reviewer
            events.append(
                Event(
                    kind=f"sub_task.{kind}",
                    actor_role=by.role,
                    actor_id=str(by.pk),
                    actor_name=by.name,
                    subject_id=str(row.pk),
                    subject_name=row.name,
                    task_id=row.task_id,
                    now=status,
                    at=at,
                )
            )
    fields = ["created_at", "updated_at", "status_since", "assigned_at", "completed_at", "rework_count"]
    with transaction.atomic():
        SubTask.objects.bulk_update(made, fields, batch_size=500)
        Event.objects.bulk_create(events, batch_size=1000)
        Review.objects.bulk_create(reviews, batch_size=500)
        ScoreEntry.objects.bulk_create(scores, batch_size=500)


def entries(count: int, *, by: Agent) -> None:
    """Add so many entries to the activity log, all over the work."""
    _fill(ENTRIES, entries=count, agent=by.pk.hex)


def calls(count: int, *, seconds: int) -> None:
    """Add so many calls to the request log, by everybody, over the last seconds."""
    _fill(CALLS, calls=count, seconds=seconds)
    hour = timezone.now().replace(minute=0, second=0, microsecond=0)
    hours = range(1, seconds // 3600)
    RequestHour.objects.bulk_create(
        [RequestHour(hour=hour - timedelta(hours=back), calls=count // len(hours)) for back in hours],
        ignore_conflicts=True,
    )


def _fill(statement: str, **values) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        # Not through Django's cursor, which reads each % as a place for a value.
        cursor.cursor.connection.execute(statement, values)
