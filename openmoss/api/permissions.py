from rest_framework.permissions import BasePermission

from openmoss.access import ANY_AGENT, EVERYONE, STAFF, role_of
from openmoss.errors import Forbidden


class MayCall(BasePermission):
    """Let in whom the view's `access` names; an action without a declaration lets in nobody."""

    def has_permission(self, request, view) -> bool:
        if view.action in (None, "metadata"):  # no such method here, or OPTIONS: the answer is a 405
            return True
        allowed = view.access.get(view.action, frozenset())
        if allowed == EVERYONE:
            return True
        if request.user is None:
            return False
        role = role_of(request.user)
        if role in allowed:
            return True
        if allowed == STAFF:
            raise Forbidden("This is for people who sign in, not for agents.")
        if role not in ANY_AGENT:
            raise Forbidden("This is for agents; people use the console.")
        raise Forbidden(
            f"Only for the role {' or '.join(sorted(allowed))}; yours is {role}.",
            hint="Leave it to them; `agents` lists who works here.",
        )
