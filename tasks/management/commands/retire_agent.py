from agents.management.by_name import AgentCommand
from agents.models import Agent
from tasks import services


class Command(AgentCommand):
    help = "End an agent's work for good: its key dies, its history stays, its open work returns to pending."

    def do(self, agent: Agent, **options) -> str:
        services.retire_agent(agent)
        return f"{agent.name} has retired; its open work is free to claim."
