from django.core.management.base import BaseCommand, CommandError

from agents import services
from agents.models import Agent
from openmoss.api.lookup import find
from openmoss.errors import Refusal


class Command(BaseCommand):
    help = "Give an agent a new API key and print it, once; the old key is dead at once."

    def add_arguments(self, parser) -> None:
        parser.add_argument("agent", help="Its name or id.")

    def handle(self, *, agent: str, **options) -> None:
        try:
            found = Agent.objects.filter(name=agent).first() or find(Agent.objects.all(), agent)
            key = services.rotate_key(found)
        except Refusal as refusal:
            raise CommandError(f"{refusal.detail} {refusal.hint}".strip()) from None
        self.stdout.write(
            f"id       {found.pk}\nname     {found.name}\nrole     {found.role}\napi_key  {key}"
        )
