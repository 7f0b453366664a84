from django.conf import settings
from django.core.management.base import CommandError

from agents import selectors, services
from agents.serializers import RegisterSerializer
from openmoss.access import Role
from openmoss.commands import OperatorCommand
from openmoss.models import SiteSettings


class Command(OperatorCommand):
    help = "Make a code with which one new agent may join, once, and print what to tell it."

    def add_arguments(self, parser) -> None:
        parser.add_argument("name")
        parser.add_argument("--role", required=True, choices=Role.values)
        parser.add_argument("--description", default="")
        parser.add_argument("--url", help="The address under which the agent reaches this server.")
        parser.add_argument("--prompt", help="The slug of an agent prompt to print with it.")

    def handle(self, *, name: str, role: str, description: str, url: str, prompt: str, **options) -> None:
        wanted = RegisterSerializer(data={"name": name, "role": role, "description": description})
        if not wanted.is_valid():
            raise CommandError("; ".join(f"{field}: {why[0]}" for field, why in wanted.errors.items()))
        url = url or SiteSettings.load().external_url or f"http://127.0.0.1:{settings.PORT}"
        if prompt and selectors.read_prompt("agent", prompt).role != role:
            raise CommandError(f"The prompt '{prompt}' is not for the role {role}.")
        _, code = services.enrol(**wanted.validated_data)
        told = {"url": url.rstrip("/"), "code": code}
        if prompt:
            self.stdout.write(selectors.compose(prompt, with_template=True, **told))
        else:
            self.stdout.write(selectors.onboarding(role, **told))
