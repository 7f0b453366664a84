"""From a key in a header to an agent."""

from rest_framework.authentication import BaseAuthentication, SessionAuthentication
from rest_framework.exceptions import AuthenticationFailed

from agents.models import Agent, AgentStatus, hash_key
from openmoss.errors import Forbidden
from openmoss.prepared import Prepared

# The one read that every call makes.
_BY_KEY = Prepared(lambda key_hash: Agent.objects.order_by().filter(key_hash=key_hash), key_hash=str)


class AgentKeyAuthentication(BaseAuthentication):
    """`Authorization: Bearer <key>`, or `X-Agent-Key: <key>`."""

    def authenticate(self, request) -> tuple[Agent, str] | None:
        key = _key(request)
        if key is None:
            return None
        agent = next(iter(_BY_KEY(key_hash=hash_key(key))), None)
        if agent is None:
            raise AuthenticationFailed("Nobody here has this API key.")
        if agent.status == AgentStatus.DISABLED:
            raise Forbidden(
                f"{agent.name} is disabled.",
                hint="Stop working; an admin can enable you again in the console.",
            )
        # The middleware around the view finds here whose call it was.
        request._request.agent = agent
        return agent, key

    def authenticate_header(self, request) -> str:
        return "Bearer"


def _key(request) -> str | None:
    header = request.META.get("HTTP_AUTHORIZATION")
    if header is None:
        return request.META.get("HTTP_X_AGENT_KEY")
    scheme, _, key = header.partition(" ")
    if scheme != "Bearer" or not key:
        raise AuthenticationFailed("The Authorization header is not of the form 'Bearer <key>'.")
    return key


class StaffSessionAuthentication(SessionAuthentication):
    """A person who signed in to the console and is staff."""

    def authenticate(self, request):
        found = super().authenticate(request)
        return found if found and found[0].is_staff else None
