from agents import services
from agents.management.by_name import AgentCommand
from agents.models import Agent


class Command(AgentCommand):
    help = "Let a disabled agent work again."

    def do(self, agent: Agent, **options) -> str:
        services.enable_agent(agent)
        return f"{agent.name} is active."
