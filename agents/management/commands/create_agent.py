from django.core.management.base import BaseCommand, CommandError

from agents import services
from agents.serializers import RegisterSerializer
from openmoss.access import Role
from openmoss.errors import Refusal


class Command(BaseCommand):
    help = "Hire an agent and print its API key, once."

    def add_arguments(self, parser) -> None:
        parser.add_argument("name")
        parser.add_argument("--role", required=True, choices=Role.values)
        parser.add_argument("--description", default="")

    def handle(self, *, name: str, role: str, description: str, **options) -> None:
        wanted = RegisterSerializer(data={"name": name, "role": role, "description": description})
        if not wanted.is_valid():
            raise CommandError("; ".join(f"{field}: {why[0]}" for field, why in wanted.errors.items()))
        try:
            agent, key = services.create_agent(**wanted.validated_data)
        except Refusal as refusal:
            raise CommandError(f"{refusal.detail} {refusal.hint}".strip()) from None
        self.stdout.write(
            f"id       {agent.pk}\nname     {agent.name}\nrole     {agent.role}\napi_key  {key}"
        )
