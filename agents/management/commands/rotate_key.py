from agents import services
from agents.management.by_name import AgentCommand
from agents.models import Agent


class Command(AgentCommand):
    help = "Give an agent a new API key and print it, once; the old key is dead at once."

    def do(self, agent: Agent, **options) -> str:
        key = services.rotate_key(agent)
        return f"id       {agent.pk}\nname     {agent.name}\nrole     {agent.role}\napi_key  {key}"
