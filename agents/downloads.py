"""The command line tool and the role skills, as this server hands them out."""

import json
import re
from functools import cache

from django.conf import settings

from agents.bundles import pack, skill_files
from agents.models import Agent
from openmoss.errors import NotFound
from openmoss.models import SiteSettings

CLI = settings.BASE_DIR / "skills" / "task-cli.py"
KEY_PLACEHOLDER = "<API_KEY>"

_BASE_URL = re.compile(r'BASE_URL *= *"[^"]*"')
_CLI_VERSION = re.compile(r"^CLI_VERSION *= *(\d+)", re.MULTILINE)


@cache
def cli_version() -> int:
    """Return the version of the command line tool that this server hands out."""
    return int(_CLI_VERSION.search(CLI.read_text(encoding="utf-8"))[1])


def cli_for(url: str) -> str:
    """Return the source of the command line tool, pointed at `url`."""
    return _BASE_URL.sub(lambda _: f"BASE_URL = {json.dumps(url)}", CLI.read_text(encoding="utf-8"), count=1)


def skill_for(agent: Agent, *, key: str) -> str:
    """Return the skill of the agent's role with its own key filled in."""
    return _skill_files(agent, key)["SKILL.md"].decode()


def bundle_for(agent: Agent, *, key: str, url: str) -> bytes:
    """Return the whole skill of the agent's role as a zip: the tool, pointed at `url`, and its own key in it."""
    return pack(_skill_of(agent), _skill_files(agent, key) | {CLI.name: cli_for(url).encode()})


def _skill_files(agent: Agent, key: str) -> dict[str, bytes]:
    files = skill_files(settings.BASE_DIR / "skills" / _skill_of(agent))
    if "SKILL.md" not in files:
        raise NotFound(f"There is no skill for the role {agent.role}.")
    return files | {"SKILL.md": files["SKILL.md"].replace(KEY_PLACEHOLDER.encode(), key.encode())}


def _skill_of(agent: Agent) -> str:
    return f"task-{agent.role}-skill"


def server_url(request) -> str:
    """Return the address of this server for agents: the configured one, else the one they used."""
    configured = SiteSettings.load().external_url
    return (configured or f"{request.scheme}://{request.get_host()}").rstrip("/")
