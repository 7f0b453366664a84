from openmoss.commands import OperatorCommand
from openmoss.models import SiteSettings
from openmoss.services import set_up


class Command(OperatorCommand):
    help = "Set a fresh server up without the browser: the first person, `admin`, and the settings."

    def add_arguments(self, parser) -> None:
        parser.add_argument("--admin-password", required=True, help="The password of the person `admin`.")
        parser.add_argument("--project-name", help="The name of this installation (OpenMOSS).")
        parser.add_argument("--workspace-root", help="The folder that the agents share (/workspace).")
        parser.add_argument("--registration-token", help="What agents register with (made at random).")
        parser.add_argument("--external-url", help="The address under which agents reach this server.")

    def handle(self, **options) -> None:
        given = {name: options[name] for name in _SETTINGS if options[name] is not None}
        person = set_up(password=options["admin_password"], **given)
        site = SiteSettings.load()
        self.stdout.write(f"{site.project_name} is set up. Sign in as '{person.username}'.")
        self.stdout.write(f"Registration token for agents: {site.registration_token}")


_SETTINGS = ("project_name", "workspace_root", "registration_token", "external_url")
