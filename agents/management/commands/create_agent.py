from django.core.management.base import CommandError

from agents import services
from agents.serializers import RegisterSerializer
from openmoss.access import Role
from openmoss.commands import OperatorCommand


class Command(OperatorCommand):
    help = "Hire an agent and print its API key, once."

    def add_arguments(self, parser) -> None:
        parser.add_argument("name")
        parser.add_argument("--role", required=True, choices=Role.values)
        parser.add_argument("--description", default="")

    def handle(self, *, name: str, role: str, description: str, **options) -> None:
        wanted = RegisterSerializer(data={"name": name, "role": role, "description": description})
        if not wanted.is_valid():
            raise CommandError("; ".join(f"{field}: {why[0]}" for field, why in wanted.errors.items()))
        agent, key = services.create_agent(**wanted.validated_data)
        self.stdout.write(
            f"id       {agent.pk}\nname     {agent.name}\nrole     {agent.role}\napi_key  {key}"
        )
