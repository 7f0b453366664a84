"""What the server's log says of calls that were refused, and what it keeps to itself."""

import pytest
from django.db import OperationalError, connection


def test_a_name_that_is_not_ours_is_one_line(client, settings, caplog):
    settings.ALLOWED_HOSTS = ["moss.example.org"]

    answer = client.get("/", headers={"Host": "evil.example.org"})

    assert answer.status_code == 400
    (record,) = caplog.records
    assert "Invalid HTTP_HOST header: 'evil.example.org'" in record.getMessage()
    assert record.exc_info is None


@pytest.mark.django_db
def test_health_says_by_itself_what_is_wrong(client, caplog):
    client.get("/api/health")

    assert caplog.records == []


@pytest.mark.django_db
def test_a_fault_of_ours_is_told_with_its_traceback(erin, caplog, monkeypatch):
    def fail(*args, **options):
        raise ZeroDivisionError

    monkeypatch.setattr("agents.api.AgentViewSet.me", fail)

    erin.get("/api/agents/me")

    assert "ZeroDivisionError" in caplog.text
    assert "Traceback" in caplog.text


@pytest.mark.django_db
def test_a_busy_database_is_told_once(erin, caplog):
    def fail(*call):
        raise OperationalError("database is locked")

    with connection.execute_wrapper(fail):
        answer = erin.get("/api/agents/me")

    assert answer.status_code == 503
    assert [record.name for record in caplog.records] == ["openmoss.api.errors"]
