"""The sums that outlive the request log."""

from datetime import datetime, timedelta
from datetime import timezone as dt_timezone
from functools import partial
from zoneinfo import ZoneInfo

import pytest
from django.db import OperationalError, connection, transaction
from django.utils import timezone

from agents import tally as tallies
from agents.models import RequestHour, RequestLog, RequestTally
from agents.services import prune_request_log
from agents.tally import tally
from openmoss.tests.racing import in_threads

THREADS = 8


NOON = datetime(2026, 3, 1, 12, tzinfo=dt_timezone.utc)


def call(milliseconds: int = 5, *, role: str = "executor", status: int = 200, at=NOON) -> RequestLog:
    return RequestLog(agent_role=role, status=status, milliseconds=milliseconds, at=at)


def steps(**which) -> list[int]:
    row = RequestTally.objects.get(**which)
    return [getattr(row, f"to_{step}") for step in RequestTally.STEPS]


def test_calls_are_counted_by_role_and_outcome(pia, erin, log):
    pia.post("/api/tasks", name="News")
    pia.post("/api/tasks", name="")
    erin.get("/api/tasks")
    erin.get("/api/tasks")
    log.flush()
    erin.get("/api/tasks")
    log.flush()
    log.flush()

    counted = RequestTally.objects.values_list("role", "status_class", "calls")
    assert sorted(counted) == [("executor", 2, 3), ("planner", 2, 1), ("planner", 4, 1)]


@pytest.mark.django_db
def test_each_call_is_counted_in_the_first_step_that_is_long_enough():
    tally([call(ms) for ms in (0, 10, 11, 50, 51, 100, 101, 250, 251, 1000, 1001, 60_000)])

    row = RequestTally.objects.get()
    assert steps() == [2] * 5
    assert (row.calls, row.milliseconds) == (
        12,
        0 + 10 + 11 + 50 + 51 + 100 + 101 + 250 + 251 + 1000 + 61_001,
    )


@pytest.mark.django_db
def test_calls_are_counted_by_the_hour_in_which_they_began():
    late = NOON + timedelta(minutes=59, seconds=59)
    elsewhere = (NOON + timedelta(hours=1)).astimezone(ZoneInfo("Asia/Shanghai"))

    tally([call(), call(at=late, role="planner", status=409), call(at=elsewhere)])
    tally([call(at=late)])

    assert list(RequestHour.objects.values_list("hour", "calls")) == [
        (NOON + timedelta(hours=1), 1),
        (NOON, 3),
    ]


@pytest.mark.django_db
def test_there_is_a_column_for_every_step():
    columns = [field.name for field in RequestTally._meta.fields if field.name.startswith("to_")]

    assert columns == [f"to_{step}" for step in RequestTally.STEPS]


def test_what_the_log_forgets_stays_counted(erin, log, site):
    erin.get("/api/tasks")
    log.flush()
    RequestLog.objects.update(at=timezone.now() - timedelta(days=400))

    assert prune_request_log() == 1
    assert RequestTally.objects.get().calls == 1


@pytest.mark.django_db(transaction=True)
def test_a_flush_that_fails_counts_nothing_and_the_next_one_all(erin, log):
    def fail(execute, sql, params, many, context):
        if 'UPDATE "agents_requesttally"' in sql:
            raise OperationalError("database is locked")
        return execute(sql, params, many, context)

    erin.get("/api/tasks")
    with connection.execute_wrapper(fail):
        log.flush()
    assert not RequestLog.objects.exists()
    assert not RequestTally.objects.exists()

    log.flush()

    assert RequestLog.objects.count() == 1
    assert RequestTally.objects.get().calls == 1


@pytest.mark.django_db
def test_a_flush_of_many_calls_takes_one_statement_for_each_sum(django_assert_num_queries):
    many = [call(ms, role=role) for ms in range(0, 2000, 10) for role in ("executor", "planner")]
    tally(many)

    with django_assert_num_queries(3):  # two roles and an hour
        tally(many)

    assert sum(RequestTally.objects.values_list("calls", flat=True)) == 2 * len(many)


def in_a_transaction(rows: list[RequestLog]) -> None:
    with transaction.atomic():
        tallies.tally(rows)


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_processes_that_count_at_once_lose_nothing():
    there_and_back = [[call(role="executor"), call(role="planner")], [call(role="planner"), call()]]

    outcomes = in_threads(
        [partial(in_a_transaction, there_and_back[number % 2]) for number in range(THREADS)]
    )

    assert outcomes == ["won"] * THREADS
    assert list(RequestTally.objects.values_list("role", "calls", "to_10")) == [
        ("executor", THREADS, THREADS),
        ("planner", THREADS, THREADS),
    ]
