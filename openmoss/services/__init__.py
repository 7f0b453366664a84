"""What changes the installation itself: how the company works, and who may sign in."""

from openmoss.services.config import apply_config
from openmoss.services.people import change_password, prune_sessions, set_up
from openmoss.services.settings import change_settings

__all__ = ["apply_config", "change_password", "change_settings", "prune_sessions", "set_up"]
