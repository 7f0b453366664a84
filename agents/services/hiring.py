"""Hiring, renaming, disabling and retiring agents, and their keys."""

import secrets

from django.db import IntegrityError, connection, transaction

from agents.models import Agent, AgentStatus, RequestLog, hash_key
from notifications.services import record
from openmoss.errors import Conflict, Forbidden, Invalid, WrongToken
from openmoss.models import SiteSettings
from openmoss.retention import prune


def new_key() -> str:
    """Return a fresh API key: `ock_` and 160 random bits."""
    return f"ock_{secrets.token_hex(20)}"


def create_agent(*, name: str, role: str, description: str = "", by=None) -> tuple[Agent, str]:
    """Hire an agent and return it with its key, which is shown only this once."""
    agent = Agent(name=name, role=role, description=description)
    return agent, take_on(agent, by=by)


def register(*, token: str, name: str, role: str, description: str = "") -> tuple[Agent, str]:
    """Let an agent hire itself with the shared registration token."""
    site = SiteSettings.load()
    if not site.allow_registration:
        raise Forbidden("Registration is closed.", hint="Ask an admin for an enrolment code.")
    if not site.registration_token or not secrets.compare_digest(
        token.encode("utf-8", "surrogatepass"), site.registration_token.encode()
    ):
        raise WrongToken("The registration token is wrong.", hint="An admin finds it in the settings.")
    if site.registration_roles and role not in site.registration_roles:
        raise Forbidden(
            f"The registration token is not for the role {role}.",
            hint=f"It is for: {', '.join(site.registration_roles)}. Ask an admin for an enrolment code.",
        )
    agent = Agent(name=name, role=role, description=description)
    return agent, take_on(agent, by=agent)


def take_on(agent: Agent, *, by, why: str = "") -> str:
    """Write a new agent and return its key; refuse a name that is taken."""
    key = new_key()
    agent.key_hash = hash_key(key)
    try:
        with transaction.atomic():
            agent.save(force_insert=True)
            record("agent.create", subject=agent, actor=by, now=agent.status, why=why, role=agent.role)
    except IntegrityError:
        name_must_be_free(agent.name)
        raise
    return key


def name_must_be_free(name: str) -> None:
    """Raise Invalid if an agent has or had the name: what it did stands under it."""
    if Agent.objects.filter(name=name).exists():
        raise Invalid.field(
            "name",
            f"There is an agent named '{name}' already.",
            hint="Choose another name. If it is you, an admin can give you a new key.",
        )


def rotate_key(agent: Agent, *, by=None) -> str:
    """Give an agent a new key, which is shown only this once; the old one is dead at once."""
    key = new_key()
    with transaction.atomic():
        present = Agent.objects.present().filter(pk=agent.pk)
        if not present.update(key_hash=hash_key(key)):
            raise Conflict(f"{agent.name} has retired.", hint="Create a new agent.")
        record("agent.rotate_key", subject=agent, actor=by)
    return key


def hold(agent: Agent) -> None:
    """Keep an agent from being retired until the caller's transaction ends.

    On SQLite the transaction does that by itself: there is no other writer.
    """
    if connection.features.has_select_for_update:
        list(Agent.objects.order_by().filter(pk=agent.pk).select_for_update(no_key=True).values_list("pk"))


def disable_agent(agent: Agent, *, by=None, why: str = "") -> Agent:
    """Keep an agent out until somebody enables it again; what it holds stays with it."""
    return _set_status(agent, AgentStatus.DISABLED, "disable", by=by, why=why)


def enable_agent(agent: Agent, *, by=None) -> Agent:
    """Let a disabled agent work again."""
    return _set_status(agent, AgentStatus.ACTIVE, "enable", by=by)


def _set_status(agent: Agent, status: str, verb: str, *, by, why: str = "") -> Agent:
    if agent.status == status:
        return agent
    with transaction.atomic():
        if not Agent.objects.filter(pk=agent.pk, status=agent.status).present().update(status=status):
            raise Conflict(f"{agent.name} was changed by somebody else.", hint="Look again.")
        record(f"agent.{verb}", subject=agent, actor=by, was=agent.status, now=status, why=why)
    agent.status = status
    return agent


def prune_request_log() -> int:
    """Forget calls that are older than the settings allow and return how many."""
    return prune(RequestLog.objects.filter(at__lt=SiteSettings.load().kept_since("request_log")))
