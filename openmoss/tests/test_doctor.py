import os
import subprocess
import sys
from datetime import timedelta

import pytest
import time_machine
from django.core.management import call_command
from django.db import OperationalError, connection
from django.db.migrations.recorder import MigrationRecorder
from django.utils import timezone

from openmoss.clock import Job, walk
from openmoss.jobs import TIMETABLE
from openmoss.models import JobClock, SiteSettings
from openmoss.settings import BASE_DIR


@pytest.fixture
def doctor(capsys):
    """Ask the doctor; return the exit code and what was said."""

    def ask() -> tuple[int, str]:
        code = 0
        try:
            call_command("doctor")
        except SystemExit as end:
            code = end.code
        return code, capsys.readouterr().out

    return ask


@pytest.fixture
def sound(admin_user, settings, tmp_path, monkeypatch):
    """An installation in which all is well."""
    monkeypatch.delenv("OPENMOSS_SECRET_KEY", raising=False)
    settings.DATA_DIR, settings.STATIC_ROOT = tmp_path, tmp_path / "static"
    (settings.STATIC_ROOT / "admin").mkdir(parents=True)
    (tmp_path / "secret_key").write_text("swordfish")
    (tmp_path / "secret_key").chmod(0o600)
    walk(TIMETABLE)
    return tmp_path


def faults(said: str) -> list[str]:
    return [line.split("WRONG ")[1] for line in said.splitlines() if "WRONG" in line]


def test_all_is_well(sound, doctor, pia, erin, rita, pat):
    code, said = doctor()

    assert code == 0
    assert faults(said) == []
    assert said.endswith("All is well.\n")
    assert "every role has an active agent" in said
    assert ("SQLite" if connection.vendor == "sqlite" else "PostgreSQL") in said


def test_nothing_secret_is_said(sound, doctor, erin, settings):
    said = doctor()[1]

    for secret in ("swordfish", SiteSettings.load().registration_token, erin.key, settings.SECRET_KEY):
        assert secret not in said


def test_missing_agents_are_advice_and_no_fault(sound, doctor, erin):
    code, said = doctor()

    assert code == 0
    assert "note  agents: no active planner, no active reviewer, no active patrol" in said


def test_an_address_that_is_set_needs_no_advice(sound, doctor):
    assert "no external URL is set" in doctor()[1]
    SiteSettings.objects.update(external_url="https://moss.example.org")

    assert "no external URL is set" not in doctor()[1]


def test_a_server_that_nobody_can_sign_in_to(sound, doctor, admin_user):
    admin_user.is_active = False
    admin_user.save()

    code, said = doctor()

    assert code == 1
    assert faults(said) == ["people: nobody can sign in; run: manage.py setup --admin-password …"]
    assert said.endswith("1 thing to mend.\n")


def test_a_clock_that_stands_still(sound, doctor):
    JobClock.objects.update(started_at=None)

    code, said = doctor()

    assert code == 1
    assert faults(said) == ["clock: not running; start the server with ./start.sh, or run: manage.py worker"]


def test_a_job_that_failed(sound, doctor):
    def fail() -> None:
        raise ValueError("It broke.")

    with time_machine.travel("2026-11-23T10:00:00Z", tick=False):
        JobClock.objects.update(due_at=timezone.now())
        walk([Job("prune_answers", timedelta(hours=1), fail), *TIMETABLE[:1]])

        code, said = doctor()

    assert code == 1
    assert faults(said) == ["job prune_answers: failed at 2026-11-23 10:00 UTC: ValueError: It broke."]


def test_a_job_that_left_the_timetable_is_nobodys_worry(sound, doctor):
    JobClock.objects.create(name="sweep", error="ValueError: It broke.", due_at="2026-01-01T00:00:00Z")

    code, said = doctor()

    assert code == 0
    assert "sweep" not in said


def test_a_job_that_is_overdue(sound, doctor):
    JobClock.objects.filter(pk="prune_answers").update(due_at="2026-11-23T10:00:00Z")

    code, said = doctor()

    assert code == 1
    assert faults(said) == ["job prune_answers: overdue: it should have run at 10:00 UTC"]


def test_static_files_that_were_not_collected(sound, doctor):
    (sound / "static" / "admin").rmdir()

    code, said = doctor()

    assert code == 1
    assert faults(said) == ["static files: not collected; run: manage.py collectstatic --noinput"]


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o604])
def test_a_secret_key_that_others_can_read(sound, doctor, mode):
    (sound / "secret_key").chmod(mode)

    code, said = doctor()

    assert code == 1
    assert faults(said) == [
        f"secret key: others can read {sound / 'secret_key'}; run: chmod 600 {sound / 'secret_key'}"
    ]


def test_a_secret_key_from_the_environment_needs_no_file(sound, doctor, monkeypatch):
    (sound / "secret_key").chmod(0o644)
    monkeypatch.setenv("OPENMOSS_SECRET_KEY", "swordfish")

    code, said = doctor()

    assert code == 0
    assert "from OPENMOSS_SECRET_KEY" in said
    assert "swordfish" not in said


def test_migrations_that_are_missing(sound, doctor):
    MigrationRecorder.Migration.objects.filter(app="reviews").delete()

    code, said = doctor()

    assert code == 1
    assert [fault.partition(";")[2] for fault in faults(said)] == [" run: manage.py migrate"]
    assert faults(said)[0].startswith("migrations: ")
    assert "people" not in said


def test_a_database_that_does_not_answer(sound, doctor):
    def fail(*call):
        raise OperationalError("connection refused")

    with connection.execute_wrapper(fail):
        code, said = doctor()

    assert code == 1
    assert faults(said) == ["database: it does not answer: connection refused"]


def test_several_faults_are_told_at_once(sound, doctor, admin_user):
    admin_user.delete()
    JobClock.objects.all().delete()

    code, said = doctor()

    assert code == 1
    assert [fault.partition(":")[0] for fault in faults(said)] == ["people", "clock"]
    assert said.endswith("2 things to mend.\n")


@pytest.mark.skipif(connection.vendor != "sqlite", reason="a matter of SQLite")
@pytest.mark.django_db(transaction=True)
def test_a_journal_that_lets_readers_and_writers_block_each_other(sound, doctor):
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA journal_mode = DELETE")
    try:
        code, said = doctor()
    finally:
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA journal_mode = WAL")

    assert code == 1
    assert faults(said) == ["journal: mode is delete, not wal; readers and writers block each other"]


@pytest.mark.server
def test_an_empty_folder(tmp_path):
    environment = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}

    process = subprocess.run(
        [sys.executable, "manage.py", "doctor"],
        env=environment | {"OPENMOSS_DATA_DIR": str(tmp_path), "OPENMOSS_ENV_FILE": "/dev/null"},
        cwd=BASE_DIR,
        capture_output=True,
        text=True,
        timeout=60,
    )

    assert process.returncode == 1
    assert "WRONG migrations" in process.stdout
    assert process.stderr == ""
