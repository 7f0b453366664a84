import secrets

from django.contrib.auth.models import User
from django.core.management.base import CommandError
from django.db import transaction
from django.utils.translation import gettext as _

from openmoss.commands import OperatorCommand
from openmoss.demo.services import Made, build, must_be_empty
from openmoss.selectors.health import missing_migrations
from openmoss.services.people import FIRST_PERSON, first_person


class Command(OperatorCommand):
    help = "Fill an empty database with a small company and two weeks of its work, to look around in."

    def add_arguments(self, parser) -> None:
        parser.add_argument("--admin-password", help="The password of the person `admin` (made at random).")

    def handle(self, *, admin_password: str | None, **options) -> None:
        if missing_migrations():
            raise CommandError(_("The database is not up to date: run `manage.py migrate`."))
        must_be_empty()
        with transaction.atomic():
            person = User.objects.filter(is_superuser=True).order_by("pk").first()
            password = "" if person else admin_password or secrets.token_urlsafe(12)
            admin = person or first_person(password)
            if not person:
                admin.save()
            made = build(person=admin)
        self._print(made, person, password)

    def _print(self, made: Made, person: User | None, password: str) -> None:
        for name, count in (made.counts | {_("calls"): made.calls}).items():
            self.stdout.write(f"{count:8,}  {name}")
        self.stdout.write("")
        if person:
            self.stdout.write(_("Sign in as '%(name)s', with your password.") % {"name": person.username})
        else:
            words = {"name": FIRST_PERSON, "password": password}
            self.stdout.write(_("Sign in as '%(name)s' with the password %(password)s") % words)
        self.stdout.write(
            _("Next: `manage.py serve` and look around; `manage.py why` says what stands still.")
        )
