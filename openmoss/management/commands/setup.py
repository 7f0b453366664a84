from django.contrib.auth.models import User
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from openmoss.models import SiteSettings

FIRST_PERSON = "admin"


class Command(BaseCommand):
    help = "Set a fresh server up without the browser: the first person, `admin`, and the settings."

    def add_arguments(self, parser) -> None:
        parser.add_argument("--admin-password", required=True, help="The password of the person `admin`.")
        parser.add_argument("--project-name", help="The name of this installation (OpenMOSS).")
        parser.add_argument("--workspace-root", help="The folder that the agents share (/workspace).")
        parser.add_argument("--registration-token", help="What agents register with (made at random).")
        parser.add_argument("--external-url", help="The address under which agents reach this server.")

    def handle(self, **options) -> None:
        if User.objects.filter(is_superuser=True).exists():
            raise CommandError(
                "This server is set up already. `manage.py changepassword admin` changes the password."
            )
        person = User(username=FIRST_PERSON, is_staff=True, is_superuser=True)
        given = {name: options[name] for name in _SETTINGS if options[name] is not None}
        try:
            validate_password(options["admin_password"], person)
            with transaction.atomic():
                site = SiteSettings.load()
                for name, value in given.items():
                    setattr(site, name, value)
                site.full_clean()
                site.save()
                person.set_password(options["admin_password"])
                person.save()
        except ValidationError as error:
            raise CommandError(" ".join(error.messages)) from None
        self.stdout.write(f"{site.project_name} is set up. Sign in as '{FIRST_PERSON}'.")
        self.stdout.write(f"Registration token for agents: {site.registration_token}")


_SETTINGS = ("project_name", "workspace_root", "registration_token", "external_url")
