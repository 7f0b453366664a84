"""What is written down of the calls of agents, when, and what never is."""

import os
import subprocess
import sys
import textwrap
import threading
import time
from contextlib import contextmanager

import pytest
import time_machine
from django.db import OperationalError, connection, transaction
from django.utils import timezone

from agents.models import Agent, RequestLog
from agents.request_log import MOST_WAITING, Buffer, without_secrets
from agents.services import disable_agent
from agents.waking import Wake
from openmoss.settings import BASE_DIR


@pytest.fixture
def rows(log):
    """Write what waits and return it, oldest first."""

    def flushed() -> list[RequestLog]:
        log.flush()
        return list(RequestLog.objects.order_by("pk"))

    return flushed


@contextmanager
def failing(start: str, meanwhile=lambda: None):
    """Let the database fail at every statement that begins so, and something else happen meanwhile."""

    def fail(execute, sql, params, many, context):
        if sql.startswith(start):
            meanwhile()
            raise OperationalError("database is locked")
        return execute(sql, params, many, context)

    with connection.execute_wrapper(fail):
        yield


def test_a_call_is_written_down(pia, rows):
    pia.post("/api/tasks", name="News")

    (row,) = rows()

    assert (row.agent, row.agent_name, row.agent_role) == (pia.agent, "Pia", "planner")
    assert (row.method, row.path, row.status) == ("POST", "/api/tasks", 200)
    assert row.body == '{"name": "News"}'
    assert 0 <= row.milliseconds < 10_000


def test_both_forms_of_an_address_are_one(pia, rows):
    pia.get("/api/tasks")
    pia.get("/api/tasks/")

    assert [row.path for row in rows()] == ["/api/tasks", "/api/tasks"]


def test_a_query_is_written_down_as_json(erin, rows):
    erin.get("/api/tasks?status=active&page=1&page=2&x=%C3%A9%00")
    erin.get("/api/tasks")

    assert [row.body for row in rows()] == ['{"status": "active", "page": "2", "x": "é"}', None]


def test_refused_calls_are_written_down(erin, pia, rows):
    erin.get("/api/tasks/nope")
    erin.get("/api/tasks?status=nope")
    pia.post("/api/tasks", name="")
    pia.raw("POST", "/api/tasks", b"{")
    pia.raw("PUT", "/api/tasks", b"{}")

    assert [(row.status, row.body) for row in rows()] == [
        (404, None),
        (400, '{"status": "nope"}'),
        (400, '{"name": ""}'),
        (400, "{"),
        (405, None),
    ]


def test_who_is_not_let_in_is_not_written_down(client, erin, admin_client, rows):
    client.get("/api/tasks")
    client.get("/api/tasks", headers={"Authorization": "Bearer nonsense"})
    erin.post("/api/tasks", name="Not an executor's")
    client.get("/api/health")
    client.get("/api/feed/status", headers={"Authorization": f"Bearer {erin.key}"})
    client.get("/api/nonsense")
    client.post("/api/agents/register", {"name": "Eve"}, content_type="application/json")
    admin_client.get(f"/api/scores/{erin.id}")
    admin_client.get("/admin/")
    disable_agent(erin.agent)
    erin.get("/api/tasks")

    assert rows() == []


@pytest.mark.parametrize("fill", ["x", "é", "😀"])
def test_a_long_body_is_cut(pia, rows, fill):
    pia.raw("POST", "/api/tasks", f'{{"name": "{fill * 20_000}"}}'.encode())

    (row,) = rows()

    assert row.body.startswith(f'{{"name": "{fill}')
    assert row.body.endswith(" … [cut, 20012 characters]")
    assert len(row.body) == 10_000 + len(" … [cut, 20012 characters]")


def test_a_body_of_ten_thousand_characters_is_kept(pia, rows):
    body = '{"name": "' + "x" * 9988 + '"}'

    pia.raw("POST", "/api/tasks", body.encode())

    assert rows()[0].body == body


def test_a_body_that_is_no_text_is_written_down_as_far_as_it_goes(pia, rows):
    pia.raw("POST", "/api/tasks", b'{"name": "a\x00b\xff"}')

    assert rows()[0].body == '{"name": "ab\ufffd"}'


KEY = "ock_" + 5 * "deadbeef"


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ('{"api_key": "swordfish"}', '{"api_key": "[hidden]"}'),
        ('{"API-Key" :  "sword\\"fish", "name": "x"}', '{"API-Key" :  "[hidden]", "name": "x"}'),
        ('{"a": {"registration_token": "swordfish"}}', '{"a": {"registration_token": "[hidden]"}}'),
        ('{"Password":"swordfish","x":"y"}', '{"Password":"[hidden]","x":"y"}'),
        ('{"client_secret": "", "x": "token"}', '{"client_secret": "[hidden]", "x": "token"}'),
        (
            f'{{"summary": "mine is {KEY}, his ak_{KEY[4:]}"}}',
            '{"summary": "mine is [hidden], his [hidden]"}',
        ),
        ('{"summary": "a token: 5"}', '{"summary": "a token: 5"}'),
        ('{"token": "swordfish', '{"token": "swordfish'),
        ("not json at all", "not json at all"),
    ],
)
def test_secrets_are_blanked(text, kept):
    assert without_secrets(text) == kept


def test_secrets_are_blanked_in_body_query_and_path(pia, rows, stored):
    pia.post("/api/tasks", name="x", api_key="swordfish", description="")
    pia.get("/api/tasks", token="swordfish", q=KEY)
    pia.get(f"/api/tasks/{KEY}")

    assert [row.status for row in rows()] == [200, 200, 404]
    assert stored("swordfish") == []
    assert stored(KEY) == []


def test_a_secret_at_the_cut_is_blanked_too(pia, rows):
    pia.raw("POST", "/api/tasks", f'{{"name": "{"x" * 9970} {KEY}"}}'.encode())

    assert "deadbeef" not in rows()[0].body


@pytest.mark.parametrize("text", ["key", '"key', '"key"', '"key":', '"key":"', '\\"key\\":\\"', '"a":"key,'])
def test_no_body_takes_long_to_blank(text):
    long = (text * 1024 * 1024)[: 1024 * 1024]

    started = time.perf_counter()
    without_secrets('{"' + long)

    assert time.perf_counter() - started < 3


def test_a_call_with_an_odd_method_or_path_does_not_stop_the_log(erin, pia, rows):
    erin.raw("NONSENSICALLY", "/api/tasks", b"")
    erin.get("/api/tasks/a%00b%ff")
    erin.get("/api/tasks/" + "x" * 5000)
    pia.get("/api/tasks")

    written = rows()

    assert [row.status for row in written] == [405, 404, 404, 200]
    assert all(len(row.method) <= 10 and len(row.path) <= 500 for row in written)
    assert "\x00" not in written[1].path


def test_a_clock_that_goes_back_does_not_stop_the_log(client, erin, rows):
    with time_machine.travel("2026-11-23T10:00:00Z") as clock:
        # The clock is put back while a call is answered: at its first statement.
        def put_back(execute, *call):
            clock.shift(-5)
            return execute(*call)

        with connection.execute_wrapper(put_back):
            erin.get("/api/agents/me")

        assert [row.milliseconds for row in rows()] == [0]


def test_nothing_is_written_on_the_way(erin, log, django_assert_num_queries):
    with django_assert_num_queries(1):
        erin.get("/api/agents/me")

    assert not RequestLog.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_a_database_that_fails_gets_the_rows_the_next_time(erin, log):
    erin.get("/api/tasks", q="1")
    with failing("INSERT", meanwhile=lambda: erin.get("/api/tasks", q="2")):
        log.flush()
    assert not RequestLog.objects.exists()

    log.flush()

    rows = list(RequestLog.objects.order_by("pk"))
    assert [row.body for row in rows] == ['{"q": "1"}', '{"q": "2"}']
    assert Agent.objects.get().last_seen_at == rows[1].at


@pytest.mark.django_db(transaction=True)
def test_rows_that_are_written_are_not_written_again(erin, log):
    erin.get("/api/tasks")
    with failing('UPDATE "agents_agent"'):
        log.flush()
    assert RequestLog.objects.count() == 1

    log.flush()
    log.flush()

    assert RequestLog.objects.count() == 1
    assert Agent.objects.get().last_seen_at == RequestLog.objects.get().at


def test_what_waits_too_long_gives_way_to_what_is_new(erin, log):
    for number in range(MOST_WAITING + 10):
        log.add(RequestLog(at=timezone.now(), agent=erin.agent, method="GET", status=number % 1000))

    assert len(log._rows) == MOST_WAITING
    assert log._rows[0].status == 10


def test_being_seen_is_noted_at_most_every_thirty_seconds(erin, ed, log):
    seen = []

    with time_machine.travel("2026-11-23T10:00:00Z", tick=False) as clock:
        for pause in (0, 10, 19, 1, 29, 60):
            clock.shift(pause)
            erin.get("/api/agents/me")
            log.flush()
            seen.append(f"{Agent.objects.get(name='Erin').last_seen_at:%H:%M:%S}")

    assert seen == ["10:00:00", "10:00:00", "10:00:00", "10:00:30", "10:00:30", "10:01:59"]
    assert Agent.objects.get(name="Ed").last_seen_at is None


def test_being_seen_takes_no_query_when_it_was_noted_lately(erin, log, django_assert_num_queries):
    erin.get("/api/agents/me")
    log.flush()
    erin.get("/api/agents/me")

    with django_assert_num_queries(2 + 3):  # begin and end, the row, its sum and its hour
        log.flush()


@pytest.fixture
def thread(settings, monkeypatch, transactional_db):
    """A request log with its thread running, as in a server."""
    settings.REQUEST_LOG_FLUSH_SECONDS = 0.1
    buffer = Buffer()
    monkeypatch.setattr("agents.middleware.buffer", buffer)
    yield buffer
    buffer.stop()
    for thread in threading.enumerate():
        if thread.name == "request-log":
            thread.join(5)


def soon(what, seconds: float = 5) -> bool:
    """Say whether `what()` comes true in time."""
    until = time.monotonic() + seconds
    while not what():
        if time.monotonic() > until:
            return False
        time.sleep(0.02)
    return True


def test_the_thread_writes_without_being_asked(thread, erin):
    erin.get("/api/agents/me")

    assert soon(RequestLog.objects.exists)
    assert soon(lambda: Agent.objects.get().last_seen_at is not None)


def test_there_is_one_thread_however_many_call(thread, erin):
    for _ in range(20):
        erin.get("/api/agents/me")

    assert soon(lambda: RequestLog.objects.count() == 20)
    assert [thread.name for thread in threading.enumerate()].count("request-log") == 1


@pytest.mark.skipif(connection.vendor != "postgresql", reason="needs a connection that can be cut")
@pytest.mark.parametrize("then", ["a call", "a wake"])
def test_the_thread_outlives_a_lost_connection(thread, erin, then):
    erin.get("/api/agents/me")
    assert soon(RequestLog.objects.exists)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )

    if then == "a call":
        erin.get("/api/agents/me")
        assert soon(lambda: RequestLog.objects.count() == 2)
    else:
        thread.note_wake(Wake(erin.agent.pk, frozenset({"work"}), timezone.now(), count=1))
        assert soon(lambda: Agent.objects.get().woken_for == "work")


PROCESS = """
    import os, sys, time
    import django
    django.setup()
    from django.test import Client
    from agents.models import RequestLog

    headers = {"Authorization": f"Bearer {sys.argv[1]}"}
    assert Client().get("/api/agents/me", headers=headers).status_code == 200
    time.sleep(1)
    print(RequestLog.objects.count())
    assert Client().get("/api/agents/me", {"last": "1"}, headers=headers).status_code == 200
"""


@pytest.mark.server
@pytest.mark.django_db(transaction=True)
def test_a_process_writes_within_a_second_and_the_rest_when_it_ends(erin):
    database = connection.settings_dict
    url = f"sqlite:///{database['NAME']}"
    if connection.vendor == "postgresql":
        url = "postgres://{USER}:{PASSWORD}@{HOST}:{PORT}/{NAME}".format(**database)

    process = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(PROCESS), erin.key],
        env=os.environ | {"DATABASE_URL": url, "DJANGO_SETTINGS_MODULE": "openmoss.settings"},
        cwd=BASE_DIR,
        capture_output=True,
        text=True,
        timeout=60,
    )

    assert process.returncode == 0, process.stderr
    assert process.stdout.strip() == "1"
    assert [row.body for row in RequestLog.objects.order_by("pk")] == [None, '{"last": "1"}']


def test_what_is_written_does_not_belong_to_the_callers_transaction(erin, log):
    with transaction.atomic():
        erin.get("/api/agents/me")
        transaction.set_rollback(True)
    log.flush()

    assert RequestLog.objects.count() == 1
