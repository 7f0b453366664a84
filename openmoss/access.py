"""Who may open a URL. Every view declares it, and a test walks the URL list."""

from django.db import models


class Role(models.TextChoices):
    PLANNER = "planner"
    EXECUTOR = "executor"
    REVIEWER = "reviewer"
    PATROL = "patrol"


# Two more act beside the agents: a person in the console, and the clock.
ADMIN = "admin"
CLOCK = "clock"

EVERYONE = frozenset({"everyone"})
ANY_AGENT = frozenset(role.value for role in Role)
# In the console staff may look and superusers act; ADMINS is for what not even staff may look at.
STAFF = frozenset({ADMIN})
ADMINS = frozenset({"superuser"})


def only(*roles: str) -> frozenset[str]:
    """Name the roles that may call, for example `only(Role.PLANNER)`."""
    return frozenset(str(role) for role in roles)


def role_of(actor) -> str:
    """Return the role of an agent, `admin` for a person and `clock` for None."""
    if actor is None:
        return CLOCK
    return getattr(actor, "role", ADMIN)


def declare(access: frozenset[str]):
    """Declare who may open a function view."""

    def mark(view):
        view.access = access
        return view

    return mark
