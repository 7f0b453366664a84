"""The texts for agents, and what they name: commands, calls, words of the system, files, plans.

A block without a language holds commands, one a line, whole; `yaml` and `json` hold plans, `text` anything.
A `code span` is a command, whose missing arguments the reader knows, a call, a file, or a word of the system.
"""

import importlib.util
import io
import re
import shlex
from contextlib import redirect_stderr
from pathlib import Path

from agents.prompts.documents import read
from agents.prompts.library import TEMPLATES
from docs.tests.documents import ROOT, blocks, prose
from openmoss.access import Role
from openmoss.models import usual_events
from openmoss.selectors.details import CLOSE_FINDING, FIRST_STEPS
from patrol import advice
from patrol.models import FindingKind, Severity
from reviews.models import Result
from tasks.models import Action
from tasks.planning import PlannedSubTaskSerializer, PlannedTaskSerializer, PlanSerializer
from tasks.serializers import SubTaskSerializer
from tasks.workflow import Status, TaskStatus

PROMPTS = sorted((ROOT / "prompts").glob("*/*.md"))
SKILLS = sorted((ROOT / "skills").glob("task-*-skill/**/*.md"))
TEXTS = PROMPTS + SKILLS

CALL = re.compile(r"\b(GET|POST|PUT|DELETE) (/api/[\w/{}<>-]*)")
SPAN = re.compile(r"`([^`]+)`")
TOOL = re.compile(r"(?:python3? )?\S*task-cli\.py ")

# The `Do:` lines of briefs and findings, by the role that reads them.
_READERS = dict.fromkeys(("rework", "resume", "assigned", "free"), Role.EXECUTOR) | {"review": Role.REVIEWER}
STEPS = {
    role: [steps for kind, steps in FIRST_STEPS.items() if _READERS.get(kind, Role.PLANNER) == role]
    for role in Role
}
STEPS[Role.PLANNER] += [*advice.FREES.values(), advice.AFTER_A_BLOCK, advice.NOT_TAKEN]
STEPS[Role.PATROL] += advice.LOOK_CLOSER.values()
for role, steps in CLOSE_FINDING.items():
    STEPS[role].append(steps)

CHOICES = (Status, TaskStatus, Action, Role, FindingKind, Severity, Result)
SHAPES = (PlanSerializer, PlannedTaskSerializer, PlannedSubTaskSerializer, SubTaskSerializer)
WORDS = {value for choices in CHOICES for value in choices.values}
WORDS |= {name for shape in SHAPES for name in shape().fields} | set(usual_events())
WORDS |= {skill.parent.name for skill in (ROOT / "skills").glob("*/SKILL.md")}
WORDS |= {"Do:", "ready", "-", "<API_KEY>", "<command>", ".openmoss.json", "task-cli.py", "SKILL.md"}


def load_cli():
    """Return the command line tool as a module."""
    spec = importlib.util.spec_from_file_location("task_cli", ROOT / "skills" / "task-cli.py")
    cli = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(cli)
    return cli


CLI = load_cli()
PARSER = CLI.build_parser()
BY_NAME = {command.name: command for command in CLI.COMMANDS}
_HALF_A_COMMAND = re.compile("<|" + "|".join(rf"\b{name}\b" for name in BY_NAME if " " in name))
FIRST_WORDS = {name.split()[0] for name in BY_NAME}
OPTIONS = {flag for command in CLI.COMMANDS for arg in command.args for flag in arg.flags} | {
    *("--help", "--key", "--url", "--json", "--once")
}


def roles_of(text: Path) -> set[str]:
    """Return the roles that read a text: one, or all of them."""
    folder = text.relative_to(ROOT).parts[1]
    if of_skill := re.fullmatch("task-([a-z]+)-skill", folder):
        return {of_skill[1]}
    if folder == "templates":
        return {role.value for role, slug in TEMPLATES.items() if slug == text.stem}
    named = read(text.read_text(encoding="utf-8")).role
    return {named} if named else set(Role.values)


def commands_in(text: Path) -> list[tuple[str, bool]]:
    """Return the command lines of a text, each with whether nothing may be missing in it."""
    lines = [line for block in blocks(text) if not block.language for line in block.text.splitlines()]
    shell = [line for block in blocks(text) if block.language == "sh" for line in block.text.splitlines()]
    whole = [line for line in lines if line.strip()] + [line for line in shell if TOOL.search(line)]
    return [(TOOL.split(line)[-1], True) for line in whole] + [
        (TOOL.sub("", span), False) for span in spans_in(text) if is_command(span)
    ]


def as_text(steps: list[str]) -> str:
    """Return the steps of a `Do:` line as a text: commands in a block, all else as a sentence.

    A command stands alone in its step, or at the end after a colon. A step that names one, or an id to put
    into one, in any other way counts as one that cannot be read.
    """
    known = {"round": "1", "role": "executor"}
    commands, sentences = [], []
    for step in steps:
        step = re.sub(r"{(\w+)}", lambda id: known.get(id[1], f"<{id[1]}>"), step)
        said, _, command = step.rpartition(": ")
        if is_command(command):
            commands.append(command)
            sentences.append(said)
        elif not step.startswith("ask a person") and _HALF_A_COMMAND.search(step):
            commands.append(step)
        else:
            sentences.append(step)
    return "\n".join(["```", *commands, "```", *sentences])


def spans_in(text: Path) -> list[str]:
    return SPAN.findall("\n".join(line for _, line in prose(text)))


def is_command(span: str) -> bool:
    span = TOOL.sub("", span)
    return span not in WORDS and span.split()[0] in FIRST_WORDS


def calls_in(text: Path) -> list[tuple[str, str]]:
    """Return the calls of the API that a text names, as method and path."""
    return CALL.findall(text.read_text(encoding="utf-8"))


def plans_in(text: Path) -> list[str]:
    return [block.text for block in blocks(text) if block.language in ("yaml", "json")]


def unknown_words(text: Path) -> list[str]:
    """Return the code spans that are nothing that exists."""
    return [
        span
        for span in spans_in(text)
        if not (is_command(span) or CALL.fullmatch(span) or _is_known(span, text))
    ]


def _is_known(span: str, text: Path) -> bool:
    if TOOL.sub("", span) in WORDS:
        return True
    if span.startswith("--"):
        return span.split()[0] in OPTIONS
    if span.startswith("{{workspace_root}}/"):
        return True  # the team's, not ours
    file = span.replace("{{role}}", Role.EXECUTOR)
    return bool(re.search(r"/|\.\w+$", file)) and any(
        (folder / file).exists() for folder in (text.parent, ROOT)
    )


def reading(line: str, *, whole: bool):
    """Return the command of a line and its values as the tool reads them, none where it is only mentioned.

    Raise ValueError for a line that the tool refuses.
    """
    given = shlex.split(line)
    name = next((" ".join(given[:n]) for n in (2, 1) if " ".join(given[:n]) in BY_NAME), None)
    if name is None:
        raise ValueError(f"There is no such command: {line}")
    command = BY_NAME[name]
    if whole:
        return command, _parsed(given)
    if line == name:
        return command, {}
    # A reader who has the brief knows what it is about and what to say.
    about = [arg.flags[0] for arg in command.args if arg.field.endswith("_id") and not arg.positional]
    if command.either and not set(about) & set(given):
        given.append(f"{about[0]}=x")
    places = [str(arg.options.get("choices", ["4"])[0]) for arg in command.args if arg.positional]
    for missing in range(len(places)):
        try:
            return command, _parsed([*given, *places[len(places) - missing :]])
        except ValueError:
            continue
    return command, _parsed([*given, *places])


def _parsed(given: list[str]) -> dict:
    said = io.StringIO()
    try:
        with redirect_stderr(said):
            return vars(PARSER.parse_args(given))
    except SystemExit:
        raise ValueError(f"{shlex.join(given)}: {said.getvalue().strip().splitlines()[-1]}") from None
