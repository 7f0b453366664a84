"""The numbers for Prometheus: few enough to be asked for every few seconds, the same ones every time."""

from collections.abc import Iterator
from datetime import timedelta

from django.db.models import Count, Min, Q, QuerySet
from django.utils import timezone
from prometheus_client import Metric
from prometheus_client.core import GaugeMetricFamily, HistogramMetricFamily
from prometheus_client.exposition import generate_latest

from agents.models import Agent, AgentStatus, RequestTally
from notifications.models import Delivery
from openmoss.access import Role
from openmoss.clock import TICK
from openmoss.jobs import TIMETABLE
from openmoss.models import JobClock
from patrol.models import Finding, FindingKind, FindingStatus, Severity
from tasks.models import SubTask, Task
from tasks.workflow import FINISHED, Status, TaskStatus

LATELY = timedelta(minutes=15)
DAY = timedelta(days=1)


def metrics() -> bytes:
    """Return all numbers as text; takes nine queries, however much there is to count."""
    return generate_latest(_Numbers())


class _Numbers:
    """What the library asks for a registry; nothing is kept from one call to the next."""

    def collect(self) -> Iterator[Metric]:
        yield from _work()
        yield _agents()
        yield _agents_seen()
        yield _findings()
        yield _deliveries()
        yield _requests()
        yield from _clock()


def _gauge(name: str, what: str, numbers: dict, *labels: str) -> Metric:
    """Make a metric of `{(value of each label): number}`."""
    metric = GaugeMetricFamily(f"openmoss_{name}", what, labels=labels)
    for values, number in numbers.items():
        metric.add_metric([str(value) for value in values], number)
    return metric


def _counts(rows: QuerySet, *columns: str) -> dict:
    return {tuple(row[:-1]): row[-1] for row in rows.order_by().values_list(*columns).annotate(Count("pk"))}


def _work() -> Iterator[Metric]:
    counts = dict.fromkeys(((status,) for status in Status.values), 0) | _counts(SubTask.objects, "status")
    yield _gauge("sub_tasks", "Sub-tasks.", counts, "status")
    now = timezone.now()
    oldest = SubTask.objects.unfinished().order_by().values_list("status").annotate(Min("status_since"))
    ages = dict.fromkeys(((status,) for status in Status.values if status not in FINISHED), 0)
    ages |= {(status,): (now - since).total_seconds() for status, since in oldest}
    yield _gauge(
        "sub_task_oldest_seconds", "How long the oldest sub-task has had this status.", ages, "status"
    )
    counts = dict.fromkeys(((status,) for status in TaskStatus.values), 0) | _counts(Task.objects, "status")
    yield _gauge("tasks", "Tasks.", counts, "status")


def _agents() -> Metric:
    counts = {(role, status): 0 for role in Role.values for status in AgentStatus.values}
    return _gauge("agents", "Agents.", counts | _counts(Agent.objects, "role", "status"), "role", "status")


def _agents_seen() -> Metric:
    seen = Agent.objects.filter(last_seen_at__gt=timezone.now() - LATELY)
    counts = dict.fromkeys(((role,) for role in Role.values), 0) | _counts(seen, "role")
    return _gauge("agents_seen", "Agents that called within the last 15 minutes.", counts, "role")


def _findings() -> Metric:
    open = Finding.objects.filter(status=FindingStatus.OPEN)
    counts = {(kind, severity): 0 for kind in FindingKind.values for severity in Severity.values}
    counts |= _counts(open, "kind", "severity")
    return _gauge("findings", "Open findings of patrol.", counts, "kind", "severity")


def _deliveries() -> Metric:
    today = Q(queued_at__gt=timezone.now() - DAY)
    counts = Delivery.objects.filter(Q(due_at__isnull=False) | today).aggregate(
        waiting=Count("pk", filter=Q(due_at__isnull=False)),
        sent=Count("pk", filter=Q(sent_at__isnull=False)),
        given_up=Count("pk", filter=Q(due_at=None, sent_at=None)),
    )
    what = "Deliveries that wait, and those of the last 24 hours that were sent or given up."
    return _gauge("deliveries", what, {(state,): count for state, count in counts.items()}, "status")


def _requests() -> Metric:
    metric = HistogramMetricFamily(
        "openmoss_request_seconds",
        "Calls of agents, without peek and without those that were not let in.",
        labels=["role", "status"],
    )
    for row in RequestTally.objects.all():
        metric.add_metric(
            [row.role, f"{row.status_class}xx"],
            [*row.buckets, ("+Inf", row.calls)],
            sum_value=row.milliseconds / 1000,
        )
    return metric


def _clock() -> Iterator[Metric]:
    now = timezone.now()
    rows = {row.name: row for row in JobClock.objects.filter(name__in=[job.name for job in TIMETABLE])}
    tick = rows.get(TICK)
    ages = {(): (now - tick.started_at).total_seconds()} if tick and tick.started_at else {}
    yield _gauge("clock_tick_age_seconds", "How long ago the clock ticked last.", ages)
    late = {(name,): max(0, (now - row.free_at).total_seconds()) for name, row in rows.items()}
    yield _gauge("job_late_seconds", "How long ago the job should have begun or ended.", late, "job")
    ages = {(name,): (now - row.finished_at).total_seconds() for name, row in rows.items() if row.finished_at}
    yield _gauge("job_age_seconds", "How long ago the job ended last.", ages, "job")
