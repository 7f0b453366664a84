from datetime import timedelta

import pytest
import time_machine
from django.db import OperationalError, connection
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder
from django.utils import timezone

from openmoss import __version__
from openmoss.clock import SILENT_AFTER, TICK, walk
from openmoss.jobs import TIMETABLE
from openmoss.models import JobClock, SiteSettings
from openmoss.selectors.health import _written, missing_migrations


def moment(at) -> str:
    return at.isoformat().replace("+00:00", "Z")


def ticked(ago: timedelta) -> None:
    JobClock.objects.create(name=TICK, started_at=timezone.now() - ago)


@pytest.mark.parametrize("ago", [timedelta(0), SILENT_AFTER - timedelta(seconds=10)])
def test_all_is_well_while_the_clock_ticks(client, db, ago):
    ticked(ago)

    answer = client.get("/api/health")

    assert answer.status_code == 200
    assert answer.json() == {
        "status": "ok",
        "service": "OpenMOSS",
        "version": __version__,
        "database": "ok",
        "migrations_missing": 0,
        "worker": "alive",
        "last_tick": moment(JobClock.objects.get().started_at),
        "overdue": [],
        "reasons": [],
    }


@pytest.mark.parametrize("ago", [None, SILENT_AFTER + timedelta(seconds=1), timedelta(days=3)])
def test_a_silent_clock_is_a_fault(client, db, ago):
    if ago:
        ticked(ago)

    answer = client.get("/api/health/")

    assert answer.status_code == 503
    assert answer["Content-Type"] == "application/json"
    assert (answer.json()["status"], answer.json()["worker"]) == ("unhealthy", "silent")
    assert answer.json()["reasons"] == [
        "The clock stands still: start `manage.py worker` or `manage.py serve`."
    ]


def test_a_clock_that_never_ran_is_silent(client, db):
    JobClock.objects.create(name=TICK)

    assert client.get("/api/health").status_code == 503


def test_a_database_that_does_not_answer_is_a_fault(client, db):
    ticked(timedelta(0))

    def fail(*call):
        raise OperationalError("password authentication failed for user moss at db.internal")

    with connection.execute_wrapper(fail):
        answer = client.get("/api/health")

    assert answer.status_code == 503
    assert answer.json()["reasons"] == ["The database does not answer: OperationalError."]
    assert (answer.json()["database"], answer.json()["migrations_missing"]) == ("silent", None)
    assert "db.internal" not in answer.content.decode()


def test_health_tells_the_name_of_the_company_and_no_secret(client, db, settings):
    site = SiteSettings.load()
    site.project_name = "Moss & Co"
    site.save()

    answer = client.get("/api/health").content.decode()

    assert '"service":"Moss & Co"' in answer
    for secret in (site.registration_token, settings.SECRET_KEY, str(settings.DATA_DIR)):
        assert secret not in answer


def test_a_job_that_is_overdue_is_named(client, db):
    with time_machine.travel("2026-11-23T10:00:00Z", tick=False) as now:
        walk(TIMETABLE)
        JobClock.objects.filter(pk="prune_answers").update(due_at=timezone.now() - timedelta(hours=3))
        on_time = client.get("/api/health")
        now.shift(1)
        late = client.get("/api/health")

    assert on_time.status_code == 200
    assert late.status_code == 503
    assert (late.json()["worker"], late.json()["overdue"]) == ("alive", ["prune_answers"])
    assert late.json()["reasons"] == ["The job prune_answers is overdue: it should have run at 07:00 UTC."]


def test_a_clock_that_stands_still_is_one_reason_and_not_one_for_each_job(client, db):
    with time_machine.travel("2026-11-23T10:00:00Z", tick=False) as now:
        walk(TIMETABLE)
        now.shift(timedelta(days=1))
        answer = client.get("/api/health").json()

    assert len(answer["reasons"]) == 1
    assert set(answer["overdue"]) == {job.name for job in TIMETABLE}
    assert answer["last_tick"] == "2026-11-23T10:00:00Z"


def test_migrations_that_are_missing_are_a_fault(client, db):
    ticked(timedelta(0))
    MigrationRecorder.Migration.objects.filter(app="reviews", name="0001_reviews").delete()

    answer = client.get("/api/health")

    assert answer.status_code == 503
    assert answer.json()["migrations_missing"] == 1
    assert answer.json()["reasons"] == ["The database is not up to date: run `manage.py migrate`."]


def test_the_migrations_that_are_there_are_those_that_django_knows(db):
    executor = MigrationExecutor(connection)

    assert missing_migrations() == []
    assert executor.migration_plan(executor.loader.graph.leaf_nodes()) == []
    assert _written() == frozenset(executor.loader.disk_migrations)


def test_health_costs_three_queries_and_reads_no_files(client, db, django_assert_num_queries, monkeypatch):
    walk(TIMETABLE)
    SiteSettings.load()
    client.get("/api/health")
    monkeypatch.setattr(MigrationLoader, "load_disk", None)  # whoever calls it now fails

    with django_assert_num_queries(3):
        assert client.get("/api/health").status_code == 200


def test_probes_of_a_silent_clock_leave_the_log_alone(client, db, caplog):
    for _ in range(3):
        assert client.get("/api/health").status_code == 503

    assert caplog.text == ""
