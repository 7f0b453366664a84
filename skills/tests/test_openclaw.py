"""The gate that OpenClaw runs each minute, and the commands that install it."""

from __future__ import annotations

import json
import re
import shlex
import shutil
import subprocess
from pathlib import Path

import pytest

GATE = Path(__file__).resolve().parents[1] / "openclaw" / "openmoss-gate.js"
WAKE = {"wake": True, "reason": "1 rework", "cursor": "c1", "retry_after": 0}
needs_node = pytest.mark.skipif(not shutil.which("node"), reason="no node here")

# Runs a gate as each generation of OpenClaw does: with its own way to execute a command.
RUN = """
const [gate, generation, given] = process.argv.slice(1);
const { out, state, fails } = JSON.parse(given);
const commands = [], said = [];
const ran = ({ command }) => { commands.push(command); if (fails) throw eval(fails); return out; };
const globals = generation === "2026.7"
  ? { tools: { call: async (name, args) => ({ result: { details: name === "exec" ? ran(args) : null } }) } }
  : { exec: async (args) => ran(args) };
Object.assign(globals, { trigger: Object.freeze({ state }), json: (value) => { said.push(value); } });
const Script = Object.getPrototypeOf(async () => {}).constructor;
new Script(...Object.keys(globals), require("fs").readFileSync(gate, "utf8"))(...Object.values(globals))
  .then(() => console.log(JSON.stringify({ said, commands })));
"""


@pytest.fixture(params=["2026.7", "2026.8"])
def gate(request):
    """Run the gate in one generation on what the command printed; return what it told OpenClaw."""

    def run(
        printed=None,
        *,
        out=None,
        state=None,
        fails: str = "",
        file: Path = GATE,
        commands: list | None = None,
    ):
        out = {"aggregated": printed} if out is None else out
        given = json.dumps({"out": out, "state": state, "fails": fails})
        done = subprocess.run(
            ["node", "-e", RUN, str(file), request.param, given], capture_output=True, text=True, timeout=20
        )
        assert (done.returncode, done.stderr) == (0, "")
        answer = json.loads(done.stdout)
        if commands is not None:
            commands += answer["commands"]
        (said,) = answer["said"]
        return said

    return run


def line(**changes) -> str:
    return json.dumps({**WAKE, **changes}, separators=(",", ":")) + "\n"


@needs_node
def test_gate_fires_when_there_is_work_now(gate):
    assert gate(line()) == {
        "fire": True,
        "message": "OpenMOSS: 1 rework",
        "state": {"errors": 0, "reason": "1 rework"},
    }


@needs_node
def test_gate_finds_the_answer_among_warnings(gate):
    printed = f"Warning: {{x}} can be read by other users.\n{line()}Warning: late\n"

    assert gate(printed)["fire"] is True


@needs_node
@pytest.mark.parametrize(
    "changes",
    [
        {"wake": False},
        {"wake": "true"},
        {"wake": 1},
        {"retry_after": 300},
        {"retry_after": "0"},
        {"retry_after": None},
        {"retry_after": False},
        {"wake": False, "reason": "idle", "retry_after": 289},
    ],
)
def test_gate_lets_the_server_decide_when(gate, changes):
    said = gate(line(**changes), state={"errors": 4})

    assert said == {"fire": False, "state": {"errors": 0, "reason": changes.get("reason", "1 rework")}}


@needs_node
@pytest.mark.parametrize(
    "printed",
    [
        "",
        "null",
        "[]",
        "5",
        "<html>",
        '{"wake":',
        '{"wake":tru',
        "Traceback\nKeyError\n",
        None,
        7,
        {"a": 1},
        "\x00" * 9,
    ],
)
def test_gate_counts_what_is_no_answer(gate, printed):
    said = gate(printed, state={"errors": 2})

    assert (said["fire"], said["state"]["errors"]) == (False, 3)
    assert "message" not in said


@needs_node
@pytest.mark.parametrize("state", [None, {}, {"errors": "x"}, {"errors": {}}, {"errors": 1.5}, "odd", 7])
def test_gate_counts_from_one_when_it_knows_of_none(gate, state):
    assert gate("", state=state)["state"]["errors"] == 1


@needs_node
@pytest.mark.parametrize(
    "fails", ["new Error('exec denied')", "null", "'text'", "({message: 1})", "Object.create(null)"]
)
def test_gate_survives_a_command_that_cannot_run(gate, fails):
    said = gate(state={"errors": 1}, fails=fails)

    assert said["state"] == {"errors": 2, "reason": "exec denied" if "denied" in fails else "no answer"}


@needs_node
@pytest.mark.parametrize("out", [5, "text", [], {}, {"aggregated": {"toString": 1}}])
def test_gate_survives_a_result_of_another_shape(gate, out):
    assert gate(out=out)["fire"] is False


@needs_node
def test_gate_counts_a_server_that_was_not_reached(gate):
    printed = '{"wake":false,"reason":"unreachable","cursor":"","retry_after":60}\n'

    assert gate(printed, state={"errors": 2}) == {
        "fire": False,
        "state": {"errors": 3, "reason": "unreachable"},
    }


@needs_node
def test_gate_says_little(gate):
    said = gate(line(reason="x" * 50_000))

    assert len(said["message"]) < 300
    assert len(said["state"]["reason"]) == 200


# What installs it


@pytest.fixture
def erin(desk, office):
    """Erin's desk with her credentials in the folder and nothing in the environment."""
    desk.saves(url=office.url, api_key="ock_erin", name="Erin K.", role="executor")
    desk.env = {k: v for k, v in desk.env.items() if not k.startswith("OPENMOSS_")}
    return desk


@pytest.fixture
def openclaw(erin, tmp_path):
    """Put an OpenClaw of some version first in the path; it notes how it was called, one line each."""
    calls = tmp_path / "calls"

    def install(version: str) -> Path:
        folder = tmp_path / "bin"
        folder.mkdir()
        (folder / "openclaw").write_text(
            f'#!/bin/sh\nif [ "$1" = --version ]; then echo "{version}"; else printf "%s\\n" "$*" >> {calls}; fi\n'
        )
        (folder / "openclaw").chmod(0o755)
        erin.env["PATH"] = f"{folder}:{erin.env['PATH']}"
        return calls

    return install


def gate_in(text: str) -> str:
    return re.search(r"<<'OPENMOSS_GATE'\n(.*?\n)OPENMOSS_GATE\n", text, re.S).group(1)


def test_installed_gate_is_the_shipped_one_but_for_its_command(erin):
    printed = gate_in(erin.run("openclaw-cron", "--generation", "2026.8").out)

    shipped = GATE.read_text()
    command = re.compile("^const command = .*;$", re.M)
    assert command.sub("", printed) == command.sub("", shipped)
    (ours,) = command.findall(printed)
    told = json.loads(ours[len("const command = ") : -1])
    assert told.startswith(f"cd {erin.home} && /")
    assert told.endswith(f" {erin.script} peek")


@pytest.mark.parametrize(
    ("version", "has", "lacks"),
    [
        ("OpenClaw 2026.9.6 (abc)", "openclaw automations add", "cron.triggers.enabled"),
        ("2026.11.5", "openclaw automations add", "cron.triggers.enabled"),
        ("2027.1.0", "openclaw automations add", "cron.triggers.enabled"),
        ("2026.7.1-2", "openclaw config set cron.triggers.enabled true", "automations"),
        ("2026.6.11", "runs no gate", "--trigger-script"),
        ("what?", "# OpenClaw 2026.7\n", "runs no gate"),
    ],
)
def test_installed_generation_decides(erin, openclaw, version, has, lacks):
    openclaw(version)

    said = erin.run("openclaw-cron")

    assert (said.code, said.err) == (0, "")
    assert has in said.out
    assert lacks not in said.out


def test_without_openclaw_both_generations_are_printed(erin):
    said = erin.run("openclaw-cron", PATH="/nowhere")

    assert said.code == 0
    assert "# OpenClaw 2026.8 and later\n" in said.out
    assert "# OpenClaw 2026.7\n" in said.out


@pytest.mark.parametrize(("version", "verb"), [("2026.9.6", "automations add"), ("2026.7.1", "cron add")])
def test_whole_block_can_be_pasted(erin, openclaw, office, version, verb):
    calls = openclaw(version)
    office.says({"name": "Erin K.", "id": "E", "role": "executor"})
    block = erin.run("openclaw-cron").out

    done = subprocess.run(["sh", "-eu"], input=block, capture_output=True, text=True, cwd="/", env=erin.env)

    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("Erin K.\n")  # the last line sees whether server and key are right
    assert (erin.home / "openmoss-gate.js").read_text() == gate_in(block)
    added = [call for call in calls.read_text().splitlines() if " add " in call]
    (job,) = added
    assert job.startswith(
        f"{verb} --name openmoss:erin-k --declaration-key openmoss:erin-k --agent erin-k --every 60s "
        f"--trigger-script {erin.home}/openmoss-gate.js --session isolated --light-context --no-deliver "
        "--timeout-seconds 3600 --message OpenMOSS has work for you. Run `cd "
    )
    assert job.endswith("If it lists nothing, reply NO_REPLY.")


@needs_node
def test_installed_gate_asks_as_this_agent_from_any_folder(erin, office, gate, tmp_path):
    block, commands = erin.run("openclaw-cron", "--generation", "2026.8").out, []
    (tmp_path / "gate.js").write_text(gate_in(block))
    gate("", file=tmp_path / "gate.js", commands=commands)
    office.says(WAKE)

    (command,) = commands
    done = subprocess.run(["sh", "-c", command], capture_output=True, text=True, cwd="/", env=erin.env)

    assert (done.stdout, done.stderr) == (line(), "")
    assert office.calls[0].headers["authorization"] == "Bearer ock_erin"


@pytest.mark.parametrize(
    ("answer", "starts"),
    [
        (WAKE, True),
        ({**WAKE, "retry_after": 300}, False),
        ({**WAKE, "wake": False}, False),
        ({**WAKE, "wake": False, "reason": "'wake':true,"}, False),
        ({**WAKE, "retry_after": 60, "reason": "'retry_after':0}"}, False),
        ({**WAKE, "retry_after": 60, "reason": 'x","retry_after":0}'}, False),
    ],
)
@pytest.mark.parametrize("way", ["openclaw", "crontab"])
def test_host_without_triggers_asks_first(erin, openclaw, office, answer, starts, way):
    calls = openclaw("2026.6.1")
    office.says(answer)
    printed = erin.run("openclaw-cron").out
    if way == "openclaw":
        (words,) = re.findall("--command (.*)$", printed, re.M)
        command = f"sh -c {words}"
    else:
        (command,) = re.findall(r"^# \*/10 \* \* \* \* (.*)$", printed, re.M)
        command = command.replace("\\%", "%").replace("your-agent", "openclaw agent")

    done = subprocess.run(["sh", "-c", command], capture_output=True, text=True, cwd="/", env=erin.env)

    assert done.stderr == ""
    assert calls.exists() is starts
    if starts:
        assert calls.read_text().startswith("agent ")
        assert "reply NO_REPLY." in calls.read_text()
    elif way == "openclaw":
        assert done.stdout == "NO_REPLY\n"


@pytest.mark.parametrize(
    ("role", "minutes"), [("planner", 20), ("executor", 10), ("reviewer", 15), ("patrol", 45)]
)
def test_role_decides_how_often_a_plain_job_looks(erin, role, minutes):
    said = erin.run("openclaw-cron", "--role", role, "--agent", "Some_1", "--every", "5m")

    assert f"--agent Some_1 --every {minutes}m" in said.out
    assert f"# */{minutes} * * * * " in said.out
    assert "--agent Some_1 --every 5m" in said.out
    assert f"task-{role}-skill" in said.out


def test_any_folder_can_be_the_workspace(erin, openclaw, office, tmp_path):
    openclaw("2026.9.6")
    odd = tmp_path / "it's 50% $HOME `x`"
    odd.mkdir()
    (erin.home / ".openmoss.json").rename(odd / ".openmoss.json")
    office.says({"name": "Erin K."})
    block = erin.run("openclaw-cron", cwd=odd).out

    done = subprocess.run(["sh", "-eu"], input=block, capture_output=True, text=True, cwd="/", env=erin.env)

    assert (done.returncode, done.stderr, done.stdout) == (0, "", "Erin K.\n")
    assert (odd / "openmoss-gate.js").exists()
    (crontab,) = re.findall(r"^# \*/10 .*$", block, re.M)
    assert not re.search(r"(?<!\\)%", crontab)  # cron takes a bare one for the end of the line


def test_installing_shows_no_key_and_asks_no_server(erin, office):
    said = erin.run("openclaw-cron", "--generation", "2026.8")

    assert "ock_erin" not in said.out
    assert office.calls == []


def test_unknown_agent_is_asked_for(desk, office):
    said = desk.run("openclaw-cron")

    assert said.code == 2
    assert "--role and --agent" in said.out

    said = desk.run("openclaw-cron", "--role", "patrol", "--agent", "pat", "--generation", "2026.7")

    assert (said.code, said.out.count("openmoss:pat")) == (0, 3)
    assert "Register first" in said.err


@pytest.mark.parametrize(
    "line",
    [
        "--every 29s",
        "--every 0m",
        "--every soon",
        "--generation 2025",
        "--role boss",
        "--agent a;b",
        "--agent 'a b'",
    ],
)
def test_senseless_wish_is_refused(erin, line):
    said = erin.run("openclaw-cron", *shlex.split(line))

    assert said.code == 2
    assert "openclaw cron add" not in said.out
