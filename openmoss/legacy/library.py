"""Prompts of an earlier server: those of its own become own prompts here."""

from pathlib import Path

from django.utils.text import slugify

from agents.models import PromptKind, PromptVersion
from agents.prompts import documents
from agents.prompts.library import shipped
from agents.services import create_prompt
from openmoss.access import Role
from openmoss.errors import Refusal
from openmoss.legacy.report import Change, LeftOut
from openmoss.legacy.writing import Writer


def bring_prompts(folder: Path, writer: Writer, *, by) -> None:
    """Create the agent prompts that are not here yet; templates are only compared with ours."""
    examples = 0
    agents = folder / "agents" if (folder / "agents").is_dir() else folder
    for file in sorted(agents.glob("*.md")):
        text = _read(file)
        if _is_example(file, text):
            examples += 1
        else:
            _bring(file, text, writer, by=by)
    if examples:
        writer.report.tell(f"Example prompts: {examples} were left, as OpenMOSS ships its own.")
    ours = shipped(PromptKind.TEMPLATE)
    theirs = {file.stem: _read(file) for file in sorted((folder / "templates").glob("*.md"))}
    if different := [slug for slug, text in theirs.items() if text.strip() != ours.get(slug, "").strip()]:
        writer.report.tell(
            f"Role templates were not taken over, as ours know what this server can do: {', '.join(different)}. "
            "If somebody edited them, bring that over by hand."
        )


def _bring(file: Path, text: str, writer: Writer, *, by) -> None:
    report, document = writer.report, documents.read(text)
    slug = slugify(file.stem.replace("_", "-"))
    role = document.role or slug.partition("-")[0]
    if slug in shipped(PromptKind.AGENT):
        report.leave_out(LeftOut.TAKEN, "prompts", file.stem)
        return
    if role not in Role.values:
        report.leave_out(LeftOut.UNFIT, "prompts", f"{file.stem}: for no role that is known")
        return
    slug = slug if slug.startswith(f"{role}-") else f"{role}-{slug}"
    # Also one that was deleted here: nothing comes back that somebody threw away.
    if PromptVersion.objects.filter(kind=PromptKind.AGENT, slug=slug).exists():
        report.count("prompts", already_there=1)
        return
    try:
        with writer.transaction():
            create_prompt(role=role, slug=slug, text=text, by=by)
    except Refusal as refusal:
        report.leave_out(LeftOut.UNFIT, "prompts", f"{file.stem}: {refusal.detail} {refusal.hint}".strip())
        return
    report.count("prompts", new=1)
    if slug != file.stem:
        report.change(Change.NAME, "prompts", file.stem)


def _is_example(file: Path, text: str) -> bool:
    return documents.read(text).example and file.stem in shipped(PromptKind.AGENT)


def _read(file: Path) -> str:
    return file.read_text(encoding="utf-8", errors="replace").replace("\x00", "")
