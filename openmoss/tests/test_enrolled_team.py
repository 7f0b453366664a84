"""Four agents who were told one text each: they join by it, literally, and work with what it gave them."""

import re
import shlex
import subprocess

import pytest

from openmoss.tests.desk import Desk
from openmoss.tests.server import running_server

pytestmark = [pytest.mark.server, pytest.mark.django_db(transaction=True)]


class Recruit(Desk):
    """An agent in an empty folder, without any environment, who does what its onboarding text says."""

    def __init__(self, server, folder, name: str, role: str, *, block: int = 0) -> None:
        folder.mkdir()
        self.folder, self.server = folder, server
        told = server.manage("enrol", name, "--role", role, "--url", server.url)
        self.command = re.findall(r"```sh\n(.+?)\n *```", told, re.DOTALL)[block].strip()
        self.joined = self.shell(self.command)
        self.skill = (folder / "skills" / f"task-{role}-skill" / "SKILL.md").read_text("utf-8")

    def shell(self, command: str) -> subprocess.CompletedProcess:
        """Run a line as it stands, with nothing around it."""
        return subprocess.run(
            ["sh", "-c", command], cwd=self.folder, env={}, capture_output=True, text=True, timeout=60
        )

    def run(self, *words: str) -> subprocess.CompletedProcess:
        """Run a command, which the skill must know."""
        verb = " ".join(words[:2]) if words[0] in {"st", "task", "log", "review"} else words[0]
        assert f"\n{verb}" in self.skill, f"{verb} stands in no line of the skill"
        return self.shell(f"python3 task-cli.py {shlex.join(words)}")


@pytest.fixture
def server(tmp_path):
    folder = tmp_path / "server"
    folder.mkdir()
    with running_server(folder) as running:
        yield running


def test_four_agents_join_by_one_text_each_and_finish_a_task(server, tmp_path):
    roles = {"Pia": "planner", "Erin": "executor", "Rita": "reviewer", "Pat": "patrol"}
    team = {name: Recruit(server, tmp_path / name, name, role) for name, role in roles.items()}
    for name, recruit in team.items():
        assert recruit.joined.returncode == 0, recruit.joined.stdout + recruit.joined.stderr
        assert recruit.joined.stderr == ""
        assert recruit.joined.stdout.splitlines()[-1] == "ready"
        assert recruit.joined.stdout.startswith(f"You are {name}, {roles[name]}.")
        assert (recruit.folder / ".openmoss.json").stat().st_mode & 0o777 == 0o600
        assert "ock_" not in recruit.skill
    pia, erin, rita, pat = team.values()

    # Pia plans, and only Erin has something to do.
    (pia.folder / "plan.yaml").write_text(pia.says("plan", "--example"))
    pia.says("plan", "plan.yaml", "--dry-run")
    planned = pia.json("plan", "plan.yaml")
    assert planned["sub_tasks"][0]["name"] in erin.says("wake")
    assert planned["sub_tasks"][0]["name"] not in pat.says("wake")

    # Erin works, Rita sends it back, Erin mends it.
    first = erin.json("st", "next")["sub_task"]["id"]
    erin.says("st", "start", first)
    erin.says("log", "create", "delivery", "sources.md; I opened each link", "--sub-task-id", first)
    erin.says("st", "submit", first)
    assert "I opened each link" in rita.says("wake")
    rita.says("review", "create", first, "rejected", "2", "--issues", "1. Link 7 is dead.")
    assert "Link 7 is dead." in erin.says("wake")
    erin.says("log", "create", "reflection", "Open every link again at the end", "--sub-task-id", first)
    erin.says("st", "start", first)
    erin.says("st", "submit", first)
    rita.says("review", "create", first, "approved", "5")

    # The rest goes through at once; then Pia closes the task.
    for _ in planned["sub_tasks"][1:]:
        part = erin.json("st", "next")["sub_task"]["id"]
        erin.says("st", "start", part)
        erin.says("st", "submit", part)
        rita.says("review", "create", part, "approved", "4")
    pia.says("task", "status", planned["task_id"], "completed")
    assert pia.json("task", "get", planned["task_id"])["status"] == "completed"
    assert erin.json("score", "me")["total_score"] == -5 + 5 + 5 * (len(planned["sub_tasks"]) - 1)
    assert server.log.read_text().count("Traceback") == 0


def test_the_same_text_again_makes_no_twin_and_elsewhere_it_is_worth_nothing(server, tmp_path):
    erin = Recruit(server, tmp_path / "Erin", "Erin", "executor")

    again = erin.shell(erin.command)
    (tmp_path / "Eve").mkdir()
    elsewhere = subprocess.run(
        ["sh", "-c", erin.command], cwd=tmp_path / "Eve", env={}, capture_output=True, text=True, timeout=60
    )

    assert (again.returncode, again.stdout.splitlines()[-1]) == (0, "ready")
    assert again.stdout.startswith("This folder is Erin's already; the code was not used.")
    assert elsewhere.returncode == 1
    assert "This enrolment code was used at" in elsewhere.stdout
    assert not (tmp_path / "Eve" / ".openmoss.json").exists()
    assert [agent["name"] for agent in erin.json("agents")] == ["Erin"]


def test_without_curl_the_other_command_does_the_same(server, tmp_path):
    erin = Recruit(server, tmp_path / "Erin", "Erin", "executor", block=1)

    assert "curl" not in erin.command
    assert (erin.joined.returncode, erin.joined.stdout.splitlines()[-1]) == (0, "ready")
