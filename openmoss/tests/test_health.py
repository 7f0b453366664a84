from datetime import timedelta

import pytest
from django.db import OperationalError, connection
from django.utils import timezone

from openmoss import __version__
from openmoss.clock import SILENT_AFTER, TICK
from openmoss.models import JobClock, SiteSettings


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
        "worker": "alive",
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
    assert "db.internal" not in answer.content.decode()


def test_health_tells_the_name_of_the_company_and_no_secret(client, db, settings):
    site = SiteSettings.load()
    site.project_name = "Moss & Co"
    site.save()

    answer = client.get("/api/health").content.decode()

    assert '"service":"Moss & Co"' in answer
    for secret in (site.registration_token, settings.SECRET_KEY, str(settings.DATA_DIR)):
        assert secret not in answer
