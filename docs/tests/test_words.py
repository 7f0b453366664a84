"""Prompts, rules and skills against the tool and the server: what they tell an agent to do, it can do.

Every command and call that they name is made, by an agent of the role that reads the text, with ids that exist.
"""

import re
from pathlib import Path
from urllib.parse import urlencode

import pytest
from django.db import transaction
from django.urls import resolve

from agents.prompts.documents import read_strictly
from agents.prompts.onboarding import rendered
from docs.tests import words
from docs.tests.documents import ROOT, name
from docs.tests.words import BY_NAME, CLI, PROMPTS, SKILLS, TEXTS
from openmoss.access import Role
from openmoss.briefing import HEADINGS
from openmoss.models import SiteSettings

LONGEST = {  # characters; about four of them are a token
    "prompts/rules": 4_000,
    "prompts/templates": 4_000,
    "prompts/agents": 1_500,
    "prompts/role": 4_500,
    "prompts/tool": 1_500,
    "skills": 5_500,
}
# For newcomers, gates and monitors; the last is `task status` in another dress.
NOT_IN_SKILLS = {"register", "enrol", "openclaw-cron", "peek", "health", "version", "task complete"}
FOR_HOLDERS = {"st mine", "st latest"}
DONE_OR_LATE = (200, 409)


@pytest.fixture
def team(pia, erin, rita, pat) -> dict:
    return {"planner": pia, "executor": erin, "reviewer": rita, "patrol": pat}


@pytest.fixture
def ids(pia, erin, ed, rita, pat) -> dict:
    """An id for everything that a command can be about."""

    def made(by, address: str, **body) -> str:
        answer = by.post(f"/api/{address}", **body)
        assert answer.status_code == 200, answer.content
        return answer.json()["id"]

    task = made(pia, "tasks", name="News")
    sub_task, other = (made(pia, "sub-tasks", task_id=task, name=name) for name in ("Collect", "Write"))
    for move in ("claim", "start", "submit"):
        erin.post(f"/api/sub-tasks/{sub_task}/{move}")
    verdict = {"result": "rejected", "score": 2, "issues": "1. Dead link"}
    review = made(rita, "review-records", sub_task_id=sub_task, **verdict)
    erin.post(f"/api/sub-tasks/{sub_task}/start")
    return {
        "task": task,
        "sub_task": sub_task,
        "other": other,
        "agent": ed.id,
        "review": review,
        "module": made(pia, f"tasks/{task}/modules", name="Text"),
        "recurrence": made(pia, "recurrences", task_id=task, name="Daily", cron="0 9 * * *"),
        "rule": made(pia, "rules/items", task_id=task, content="Be brief"),
        "finding": made(pat, "findings", kind="stuck", description="A circle", sub_task_id=sub_task),
    }


@pytest.fixture
def faults(team, ids):
    """Let an agent of each of these roles do what a text says, undo it, and return what none of them can."""

    def refusal(
        role: str, method: str, address: str, body: bytes = b"", form: str = "application/json"
    ) -> str:
        with transaction.atomic():
            answer = team[role].raw(method, f"/api{address}", body, form)
            transaction.set_rollback(True)
        if answer.status_code in DONE_OR_LATE:
            return ""
        return f"{role}: {method} {address}: {answer.status_code} {answer.content.decode()[:200]}"

    def of_command(line: str, whole: bool, roles: set[str]) -> str:
        try:
            command, values = words.reading(line, whole=whole)
        except ValueError as wrong:
            return str(wrong)
        if command.keyless or not command.request:
            return ""
        if not values:
            return _closed(*_address_of(command), roles)
        refusals = [refusal(role, *_call(command, values, ids)) for role in sorted(roles)]
        return "" if "" in refusals else f"{line}: {refusals[0]}"

    def found(text: Path, roles: set[str]) -> list[str]:
        seen = [of_command(line, whole, roles) for line, whole in words.commands_in(text)]
        seen += [_closed(*call, roles) for call in words.calls_in(text)]
        for plan in words.plans_in(text):
            dry = f"{plan}\ndry_run: true".encode()
            seen.append(refusal("planner", "POST", "/tasks/plan", dry, "application/yaml"))
        return [fault for fault in seen if fault] + words.unknown_words(text)

    return found


def _call(command, values: dict, ids: dict) -> tuple:
    """Return the call that a command makes, about things that exist."""
    if command.name == "plan":
        plan = f"{CLI.EXAMPLE_PLAN}\ndry_run: true\n".encode()
        return "POST", "/tasks/plan", plan, "application/yaml"
    subject = {"st": "sub_task"}.get(command.name.split()[0], command.name.split()[0])
    for arg in command.args:
        about = {"id": subject, "assigned_agent": "agent", "rework_agent": "agent"}.get(arg.field)
        about = about or arg.field.removesuffix("_id")
        if not values.get(arg.field):
            continue
        if arg.field == "depends_on":
            values[arg.field] = [ids["other"]]
        elif about in ids and arg.field != about:
            values[arg.field] = ids[about]
        elif arg.text and values[arg.field] == "-":
            values[arg.field] = "From standard input"
    asked = CLI.Run(command, values).request()
    query = f"?{urlencode(asked['query'])}" if asked["query"] else ""
    return asked["method"], asked["path"] + query, asked["body"] or b""


def _address_of(command) -> tuple[str, str]:
    method, path = command.request.split()
    return method, f"/api{path}"


def _closed(method: str, path: str, roles: set[str]) -> str:
    """Say why nobody of these roles may make a call; nothing when somebody may."""
    view = resolve(re.sub(r"[<{]\w+[>}]", "4e9c3c4e", path)).func
    action = getattr(view, "actions", {}).get(method.lower())
    if action is None:
        return f"There is no {method} {path}"
    return "" if view.cls.access[action] & {*roles, "everyone"} else f"{method} {path} is not for {roles}"


@pytest.mark.parametrize("text", TEXTS, ids=name)
def test_a_text_names_only_what_exists_and_its_reader_can_do(text, faults):
    assert faults(text, words.roles_of(text)) == []


@pytest.mark.parametrize("role", Role.values)
def test_a_brief_tells_its_reader_only_what_exists_and_its_reader_can_do(role, faults, tmp_path):
    text = tmp_path / "text.md"
    seen = []
    for steps in words.STEPS[role]:
        text.write_text(words.as_text(steps))
        seen += faults(text, {role})

    assert seen == []


@pytest.mark.parametrize(
    ("role", "step"),
    [
        ("planner", "plan <file> for it"),
        ("planner", "or: st edit {id} --depends-on <what it needs>"),
        ("planner", "again with st create for its next time"),
        ("planner", "ts cancel {id}"),
        ("executor", "st strat {id}"),
        ("executor", "or: st unblock {sub_task}"),
        ("reviewer", "then: finding resolve {id}"),
        ("patrol", "tell `channels`"),
    ],
)
def test_each_kind_of_fault_in_a_brief_is_seen(role, step, faults, tmp_path):
    text = tmp_path / "text.md"
    text.write_text(words.as_text(["do it", step]))

    assert len(faults(text, {role})) == 1


@pytest.mark.parametrize("text", PROMPTS, ids=name)
def test_a_prompt_has_no_variable_that_nobody_fills(text):
    told = SiteSettings().fill(text.read_text(encoding="utf-8"))
    if text.parent.name == "tool":
        told = rendered(told, role="executor", url="http://moss", code="c")

    assert "{{" not in told
    assert read_strictly(told).body


@pytest.mark.parametrize("text", SKILLS, ids=name)
def test_a_skill_has_no_variable(text):
    assert "{{" not in text.read_text(encoding="utf-8")


@pytest.mark.parametrize("text", TEXTS, ids=name)
def test_a_text_is_no_longer_than_it_may_be(text):
    longest = next(most for folder, most in LONGEST.items() if name(text).startswith(folder))

    assert len(text.read_text(encoding="utf-8")) <= longest


@pytest.mark.parametrize("role", Role.values)
def test_a_skill_lists_every_command_that_its_role_may_use(role):
    skill = ROOT / "skills" / f"task-{role}-skill" / "SKILL.md"

    listed = {words.reading(line, whole=True)[0].name for line, whole in words.commands_in(skill) if whole}

    of_others = NOT_IN_SKILLS if role == Role.EXECUTOR else NOT_IN_SKILLS | FOR_HOLDERS
    usable = {
        command.name
        for command in BY_NAME.values()
        if not (command.request and _closed(*_address_of(command), {role}))
    }
    assert listed == usable - of_others


def test_the_planner_is_told_what_to_do_with_each_kind_of_item():
    template = (ROOT / "prompts" / "templates" / "task-planner.md").read_text(encoding="utf-8")
    kinds = ("blocked", "stranded", "help", "finding", "unplanned", "closable", "repeat")

    assert re.findall(r"^\| ([A-Z][\w -]+) \| ", template, re.MULTILINE) == [HEADINGS[kind] for kind in kinds]


FAULTY = {
    "a command that is none": ("executor", "```\nst strat <sub_task_id>\n```"),
    "an option that is none": ("executor", "```\nst submit <sub_task_id> --force\n```"),
    "a missing argument": ("patrol", "```\nst block\n```"),
    "a missing option": ("patrol", "Then `finding ignore <id>`."),
    "a kind of entry that is none": ("executor", "Then `log create finished`."),
    "a status that is none": ("planner", "`task status <id> closed`"),
    "a score that does not fit": ("reviewer", "`review create <id> approved 2`"),
    "a command of another role": ("executor", "Take it back with `st unblock`."),
    "a command line of another role": ("patrol", "```\nst reassign <sub_task_id> <agent_id>\n```"),
    "an address that is none": ("planner", "Ask `GET /api/sub-task`."),
    "a method that is none": ("planner", "Send `DELETE /api/tasks`."),
    "a call of another role": ("executor", "Send `POST /api/tasks/plan`."),
    "a plan that is refused": ("planner", "```yaml\ntask: {name: News}\nsub_tasks: [{name: Collect}]\n```"),
    "a word that is none": ("executor", "It is `in_review` then."),
    "an option in a sentence that is none": ("executor", "Add `--hurry`."),
    "a file that is none": ("executor", "Read `references/plans.md`."),
}


@pytest.mark.parametrize("fault", FAULTY)
def test_each_kind_of_fault_is_seen_once(fault, faults, tmp_path):
    role, said = FAULTY[fault]
    text = tmp_path / "text.md"
    text.write_text(said)

    assert len(faults(text, {role})) == 1
