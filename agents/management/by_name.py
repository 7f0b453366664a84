"""The base of commands about one agent."""

from django.core.management.base import BaseCommand, CommandError

from agents.models import Agent
from openmoss.api.lookup import find
from openmoss.errors import Refusal


class AgentCommand(BaseCommand):
    """A command that takes an agent's name or id, does something with it, and says what."""

    def add_arguments(self, parser) -> None:
        parser.add_argument("agent", help="Its name or id.")

    def handle(self, *, agent: str, **options) -> None:
        try:
            found = Agent.objects.filter(name=agent).first() or find(Agent.objects.all(), agent)
            self.stdout.write(self.do(found, **options))
        except Refusal as refusal:
            raise CommandError(f"{refusal.detail} {refusal.hint}".strip()) from None

    def do(self, agent: Agent, **options) -> str:
        """Do it and return what to print."""
        raise NotImplementedError
