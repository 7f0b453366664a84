"""The prompts that OpenMOSS ships: Markdown files under `prompts/`."""

import hashlib

from django.conf import settings

from agents.models import PromptKind
from openmoss.access import Role

FOLDERS = {PromptKind.TEMPLATE: "templates", PromptKind.AGENT: "agents", PromptKind.TOOL: "tool"}
TEMPLATES = {
    Role.PLANNER: "task-planner",
    Role.EXECUTOR: "executor",
    Role.REVIEWER: "task-reviewer",
    Role.PATROL: "task-patrol",
}
ONBOARDING = "agent-onboarding"


def shipped(kind: str) -> dict[str, str]:
    """Return the texts of all shipped files of a kind, by slug."""
    folder = settings.BASE_DIR / "prompts" / FOLDERS[PromptKind(kind)]
    return {file.stem: file.read_text(encoding="utf-8") for file in sorted(folder.glob("*.md"))}


def digest(text: str | None) -> str:
    """Return by what a shipped text is known again; nothing for one that is not there."""
    return "" if text is None else hashlib.sha256(text.encode()).hexdigest()
