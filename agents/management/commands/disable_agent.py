from agents import services
from agents.management.by_name import AgentCommand
from agents.models import Agent


class Command(AgentCommand):
    help = "Keep an agent out until it is enabled again; what it holds stays with it."

    def do(self, agent: Agent, **options) -> str:
        services.disable_agent(agent)
        return f"{agent.name} is disabled. Let it in again with: manage.py enable_agent {agent.pk}"
