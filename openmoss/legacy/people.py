"""Agents: those of the old table, and those that only other rows still name."""

from collections.abc import Iterable
from uuid import UUID

from agents.models import Agent, AgentStatus, hash_key
from openmoss.access import Role
from openmoss.legacy.database import OldDatabase, Row
from openmoss.legacy.report import Change
from openmoss.legacy.values import Values, derived_id, id_of, own_id
from openmoss.legacy.writing import Writer

NEVER = Row()
STATUSES = {"available": "active", "busy": "active", "offline": "disabled"}
NAMED_BY = [
    ("sub_task", "assigned_agent"),
    ("review_record", "reviewer_agent"),
    ("review_record", "rework_agent"),
    ("reward_log", "agent_id"),
    ("activity_log", "agent_id"),
    ("patrol_record", "agent_id"),
]


class Crew:
    """Who is meant by an id in an old row."""

    def __init__(self, values: Values, writer: Writer) -> None:
        self._values, self._writer = values, writer
        self._agents: dict[UUID, Agent] = {}
        ours = list(Agent.objects.order_by())
        self._names = {agent.name for agent in ours}
        self._keys = {agent.key_hash for agent in ours}
        self._calls: dict[UUID, Row] = {}

    def get(self, id) -> Agent | None:
        """Return the agent with this old id; None where the row names nobody."""
        return self._agents.get(id_of(id))

    def nobody(self) -> Agent:
        """Return the agent in whose name stands what nobody is known to have done."""
        id = derived_id("nobody")
        if id not in self._agents and id not in self._known([id]):
            self._bring([self._retired(id, "Unknown (earlier server)", Role.EXECUTOR)])
        return self._agents[id]

    def bring(self, old: OldDatabase) -> None:
        """Bring over all agents, and whoever was deleted and is still named, as retired."""
        self._calls = {id_of(id): call for id, call in old.last_calls().items()}
        named = {id_of(id) for column in NAMED_BY for id in old.distinct(*column)} - {None}
        for rows in old.batches("agent", 100):
            named -= {own_id(row) for row in rows}
            known = self._known(own_id(row) for row in rows)
            self._bring(self._agent(row) for row in rows if own_id(row) not in known)
        known = self._known(named)
        self._bring(self._gone(id) for id in sorted(named - known.keys()))

    def _known(self, ids: Iterable[UUID]) -> dict:
        known = self._writer.known(Agent, ids)
        # Read only now: another import may have brought them a moment ago.
        self._agents |= Agent.objects.in_bulk(known)
        return known

    def _bring(self, agents: Iterable[Agent]) -> None:
        agents = list(agents)
        self._writer.write([[agent] for agent in agents])
        self._agents |= {agent.pk: agent for agent in agents}

    def _agent(self, row: Row) -> Agent:
        values = self._values
        agent = Agent(
            id=values.new_id(Agent, row),
            name=values.name(Agent, row),
            role=values.choice(Agent, row, "role", Role, otherwise=""),
            description=values.text(Agent, row, "description"),
            status=values.choice(
                Agent, row, "status", AgentStatus, also=STATUSES, otherwise=AgentStatus.DISABLED
            ),
            created_at=values.moment(Agent, row, "created_at"),
        )
        agent.last_seen_at = values.moment_or_none(self._calls.get(agent.pk, NEVER)["timestamp"])
        if not agent.role:
            # Somebody has to look at it before it works.
            agent.role, agent.status = Role.EXECUTOR, AgentStatus.DISABLED
        agent.key_hash = self._key(row) if agent.status != AgentStatus.RETIRED else None
        agent.name = self._free_name(agent)
        return agent

    def _key(self, row: Row) -> str | None:
        key_hash = hash_key(str(row["api_key"])) if row["api_key"] else None
        if key_hash is None or key_hash in self._keys:
            self._values.report.change(Change.KEYLESS, Agent, row["id"])
            return None
        self._keys.add(key_hash)
        return key_hash

    def _free_name(self, agent: Agent) -> str:
        """Return its name, with a part of its id behind it when somebody else has the name.

        To take two agents of one name for the same would mix what they did, for good.
        """
        name = agent.name
        if name in self._names:
            name = f"{name[:80]} ({str(agent.pk)[:8]})"
            self._values.report.change(Change.TAKEN, Agent, agent.pk)
        self._names.add(name)
        return name

    def _gone(self, id: UUID) -> Agent:
        call = self._calls.get(id, NEVER)
        name = call["agent_name"] or f"Deleted agent ({str(id)[:8]})"
        name = self._values.name(Agent, Row(id=str(id), name=name))
        role = call["agent_role"] if call["agent_role"] in Role.values else Role.EXECUTOR
        agent = self._retired(id, name, role)
        agent.name = self._free_name(agent)
        self._values.report.change(Change.GONE, Agent, id)
        return agent

    def _retired(self, id: UUID, name: str, role: str) -> Agent:
        return Agent(id=id, name=name, role=role, status=AgentStatus.RETIRED, created_at=self._values.now)
