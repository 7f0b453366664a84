"""Every command line of the reference's tool, replayed against a real server: it works, and prints its fields."""

import shlex

import pytest

from openmoss.tests.desk import CLI, Desk
from openmoss.tests.server import running_server

pytestmark = [pytest.mark.server, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def office(tmp_path):
    folder = tmp_path / "server"
    folder.mkdir()
    with running_server(folder) as server:
        yield {
            name: Desk(server, tmp_path / name, name, role)
            for name, role in (
                ("pia", "planner"),
                ("erin", "executor"),
                ("ed", "executor"),
                ("rita", "reviewer"),
                ("pat", "patrol"),
            )
        }


# Who, the command line, what it must print, and a name under which later lines know the new id.
LINES = [
    ("pia", "rules", ["{project}", "claim"]),
    ("pia", "task create News", ["{id}"], "task"),
    ("pia", "task create Old --desc Gone --type recurring", ["{id}", "recurring"], "old"),
    ("pia", "task list", ["planning", "News", "{task}"]),
    ("pia", "task list --status planning --page 1 --page-size 1", ["2", "{old}"]),
    ("pia", "task get {task}", ["News", '"status"']),
    ("pia", "task edit {task} --name Digest --desc Daily", ["Digest", "Daily"]),
    ("pia", "task status {task} active", ["active"]),
    ("pia", "task cancel {old}", ["{old}"]),
    ("pia", "module create {task} Collect --desc Sources", ["{id}"], "module"),
    ("pia", "module list {task}", ["Collect", "{module}"]),
    (
        "pia",
        "st create {task} Find --desc D --deliverable F --acceptance A --priority high --type once --module-id {module}",
        ["{id}", "high", "{module}"],
        "st",
    ),
    ("pia", "st create {task} Check --assign {ed}", ["assigned", "{ed}"], "second"),
    ("pia", "st create {task} Spare", ["{id}"], "spare"),
    (
        "pia",
        "st list --task-id {task} --status pending --page 1 --page-size 10",
        ["pending", "Find", "{st}", "-"],
    ),
    ("pia", "st get {st}", ["Find", '"deliverable"']),
    (
        "pia",
        "st edit {st} --name Find2 --desc D2 --deliverable F2 --acceptance A2 --priority low",
        ["Find2", "low"],
    ),
    ("pia", "st reassign {second} {erin}", ["{erin}"]),
    ("pia", "st cancel {spare}", ["{spare}"]),
    ("erin", "st available --page 1 --page-size 5", ["low", "Find2", "{st}"]),
    ("erin", "st claim {st}", ["Find2"]),
    ("erin", "st start {st} --session s-1", ["Find2", "s-1"]),
    ("erin", "st session {st} s-2", ["Find2", "s-2"]),
    ("erin", "st mine --page 1 --page-size 5", ["in_progress", "Find2", "{st}"]),
    ("erin", "st latest {task}", ["in_progress", "Find2", "{st}", "D2", "F2", "A2"]),
    ("erin", "log create delivery 'It lies in F2' --sub-task-id {st}", ["delivery"]),
    ("erin", "st submit {st}", ["Find2"]),
    (
        "rita",
        "review create {st} rejected 2 --comment Hm --issues 'No links'",
        ["1", "rejected", "2"],
        "review",
    ),
    (
        "rita",
        "review list --sub-task-id {st} --page 1 --page-size 5",
        ["rejected", "1", "2", "Hm", "No links"],
    ),
    ("rita", "review get {review}", ["No links"]),
    ("erin", "score me", ["erin", "-5", "0", "1"]),
    ("erin", "score logs --page 1 --page-size 5", ["-5", "Find2"]),
    ("rita", "score agent-logs {erin} --page 1", ["-5"]),
    ("rita", "score leaderboard", ["1", "5", "erin", "executor", "-5"]),
    ("rita", "score adjust {erin} -3 Untidy --sub-task-id {st}", ["-3", "Untidy"]),
    ("rita", "score adjust {erin} 4 Helpful", ["4", "Helpful"]),
    ("erin", "log create reflection 'Check links'", ["reflection"]),
    ("erin", "log mine --action reflection --days 3 --limit 5", ["reflection", "Check links"]),
    (
        "pia",
        "log list --sub-task-id {st} --action delivery --days 3 --limit 5",
        ["delivery", "It lies in F2"],
    ),
    ("erin", "st start {second}", ["Check"]),
    ("pat", "st block {second}", ["Check"]),
    ("erin", "notification", ["enabled", "channels", "events"]),
    ("erin", "agents --role reviewer", ["active", "rita", "reviewer", "{rita}", "0"]),
]


def test_every_old_command_line_works_and_prints_its_fields(office):
    known = {name: desk.id for name, desk in office.items()} | {"project": "Newsroom"}
    for who, line, printed, *keep in LINES:
        words = [word.format(**known) for word in shlex.split(line)]
        desk = office[who]
        said = desk.says("--key", desk.key, *words)
        if keep:
            id = next(
                part
                for part in said.replace('"', " ").split()
                if len(part) == 36 and part not in known.values()
            )
            known |= {keep[0].removeprefix(""): id, "id": id}
        for field in printed:
            assert field.format(**known) in said, f"{line!r} did not print {field!r}:\n{said}"


def test_an_old_agent_updates_itself(office):
    erin = office["erin"]
    copy = erin.folder / "task-cli.py"
    copy.write_text(CLI.read_text().replace("CLI_VERSION = 3", "CLI_VERSION = 2"))

    said = erin.run_file(copy, "--key", erin.key, "update")

    assert said.returncode == 0, said.stdout
    assert f'BASE_URL = "{erin.server.url}"' in copy.read_text()
    assert "CLI_VERSION = 3" in copy.read_text()
    assert erin.key in (erin.folder / "SKILL.md").read_text()
