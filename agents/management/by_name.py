"""The base of commands about one agent."""

from agents.models import Agent
from openmoss.api.lookup import find
from openmoss.commands import OperatorCommand


class AgentCommand(OperatorCommand):
    """A command that takes an agent's name or id, does something with it, and says what."""

    def add_arguments(self, parser) -> None:
        parser.add_argument("agent", help="Its name or id.")

    def handle(self, *, agent: str, **options) -> None:
        found = Agent.objects.filter(name=agent).first() or find(Agent.objects.all(), agent)
        self.stdout.write(self.do(found, **options))

    def do(self, agent: Agent, **options) -> str:
        """Do it and return what to print."""
        raise NotImplementedError
