import os
import sqlite3
import stat
import sys

from django.conf import settings
from django.contrib.auth.models import User
from django.core.management.base import BaseCommand
from django.db import DatabaseError, connection

from agents.models import Agent
from openmoss import __version__, clock, config_file
from openmoss.checks import sqlite_is_sound
from openmoss.jobs import TIMETABLE
from openmoss.models import JobClock, SiteSettings
from openmoss.selectors.health import missing_migrations
from openmoss.services.config import fault_of


class Command(BaseCommand):
    help = "Explain this installation; exits with 1 when something is wrong."

    def handle(self, **options) -> None:
        self.faults = 0
        self.fact("version", f"OpenMOSS {__version__}, Python {sys.version.split()[0]}")
        self.fact("data", str(settings.DATA_DIR))
        self._secret_key()
        if self._database():
            self._config()
            self._people_and_agents()
            self._clock()
        self._static()
        if self.faults:
            self.stdout.write(f"{self.faults} thing{'s' if self.faults > 1 else ''} to mend.")
            sys.exit(1)
        self.stdout.write("All is well.")

    def fact(self, name: str, what: str) -> None:
        self.stdout.write(f"  ok    {name}: {what}")

    def advice(self, name: str, what: str) -> None:
        self.stdout.write(f"  note  {name}: {what}")

    def fault(self, name: str, what: str) -> None:
        self.faults += 1
        self.stdout.write(f"  WRONG {name}: {what}")

    def _secret_key(self) -> None:
        path = settings.DATA_DIR / "secret_key"
        if os.environ.get("OPENMOSS_SECRET_KEY"):
            self.fact("secret key", "from OPENMOSS_SECRET_KEY")
        elif path.exists() and stat.S_IMODE(path.stat().st_mode) & 0o077:
            self.fault("secret key", f"others can read {path}; run: chmod 600 {path}")
        else:
            self.fact("secret key", str(path))

    def _database(self) -> bool:
        try:
            connection.ensure_connection()
            missing = missing_migrations()
        except DatabaseError as error:
            self.fault("database", f"it does not answer: {error}".strip())
            return False
        if connection.vendor == "sqlite":
            self.fact("database", f"SQLite {sqlite3.sqlite_version}, {settings.DATABASES['default']['NAME']}")
            for warning in sqlite_is_sound(None):
                self.advice("database", f"{warning.msg} {warning.hint}")
        else:
            self.fact("database", f"{connection.display_name} {connection.settings_dict['HOST'] or 'local'}")
        if missing:
            self.fault("migrations", f"{len(missing)} missing; run: manage.py migrate")
            return False
        if connection.vendor == "sqlite":
            self._wal()
        return True

    def _wal(self) -> None:
        with connection.cursor() as cursor:
            mode = cursor.execute("PRAGMA journal_mode").fetchone()[0]
            sound = cursor.execute("PRAGMA quick_check(1)").fetchone()[0]
        if mode != "wal":
            self.fault("journal", f"mode is {mode}, not wal; readers and writers block each other")
        if sound != "ok":
            self.fault("database file", f"damaged: {sound}; restore a backup")

    def _config(self) -> None:
        said, elsewhere = config_file.said(), settings.BASE_DIR / "config.yaml"
        if fault := fault_of(said):
            self.fault("config file", f"{said.path} changes nothing: {fault}")
        elif said.is_there:
            self.fact("config file", f"{said.path}, sets {len(said.settings)} settings")
        elif elsewhere.exists():
            self.advice(
                "config file",
                f"{elsewhere} is not read; move it to {said.path}, or name it in OPENMOSS_CONFIG",
            )
        for note in said.notes:
            self.advice("config file", note)

    def _people_and_agents(self) -> None:
        if User.objects.filter(is_superuser=True, is_active=True).exists():
            self.fact("people", "an admin can sign in")
        else:
            self.fault("people", "nobody can sign in; run: manage.py setup --admin-password …")
        site = SiteSettings.load()
        roles = set(Agent.objects.active().values_list("role", flat=True))
        absent = [role for role in ("planner", "executor", "reviewer", "patrol") if role not in roles]
        if absent:
            self.advice("agents", f"no active {', no active '.join(absent)}; see: manage.py enrol --help")
        else:
            self.fact("agents", "every role has an active agent")
        if not site.external_url:
            self.advice("address", "no external URL is set; agents get the address by which they call")

    def _clock(self) -> None:
        reading = clock.read(TIMETABLE)
        if reading.is_alive:
            self.fact("clock", "running")
            for name, why in reading.overdue.items():
                self.fault(f"job {name}", f"overdue: {why}")
        else:
            self.fault("clock", "not running; start the server with ./start.sh, or run: manage.py worker")
        for job in JobClock.objects.filter(name__in=[job.name for job in TIMETABLE]).exclude(error=""):
            self.fault(f"job {job.name}", f"failed at {job.finished_at:%Y-%m-%d %H:%M} UTC: {job.error}")

    def _static(self) -> None:
        if (settings.STATIC_ROOT / "admin").exists():
            self.fact("static files", str(settings.STATIC_ROOT))
        else:
            self.fault("static files", "not collected; run: manage.py collectstatic --noinput")
