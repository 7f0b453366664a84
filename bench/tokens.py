"""What a wake-up costs an agent: calls, bytes and tokens, the old way and through `wake`.

Needs a tokenizer that ships its vocabulary: `pip install bpe-openai`. Everything else is the project's own:
a server of its own on a temporary SQLite database, and the command line tool as an agent runs it.
"""

import argparse
import os
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
os.environ["DJANGO_SETTINGS_MODULE"] = "openmoss.settings"
os.environ["OPENMOSS_ENV_FILE"] = os.devnull

ENCODING = "o200k_base"
TEXT = "Every source is opened by hand and listed with its feed, its language and how often it changes. "


@dataclass
class Wake:
    """What an agent read and sent in one wake-up."""

    calls: int = 0
    said: list[str] = field(default_factory=list)

    def run(self, desk, *words: str) -> str:
        """Run a command and count the command line and its answer."""
        answer = desk.says(*words)
        self.calls += 1
        self.said += [" ".join(["python task-cli.py", *words]), answer]
        return answer

    def row(self, tokenizer) -> tuple[int, int, int]:
        """Return calls, bytes and tokens."""
        text = "\n".join(self.said)
        return self.calls, len(text.encode()), len(tokenizer.encode(text))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--markdown", action="store_true", help="Print the table as Markdown.")
    options = parser.parse_args()
    try:
        from bpe_openai import get_encoding
    except ImportError:
        sys.exit("The tokenizer is missing: pip install bpe-openai")
    tokenizer = get_encoding(ENCODING)
    with tempfile.TemporaryDirectory() as folder:
        os.environ["OPENMOSS_DATA_DIR"] = folder
        import django

        django.setup()
        rows = measure(Path(folder), tokenizer)
    show(rows, markdown=options.markdown)


def measure(folder: Path, tokenizer) -> list[tuple]:
    """Return rows of scene, way, calls, bytes, tokens."""
    from openmoss.tests.desk import Desk
    from openmoss.tests.server import running_server

    (folder / "server").mkdir()
    rows = []
    with running_server(folder / "server") as server:
        team = {
            name: Desk(server, folder / name, name, role)
            for name, role in (
                ("Pia", "planner"),
                ("Erin", "executor"),
                ("Ed", "executor"),
                ("Rita", "reviewer"),
                ("Pat", "patrol"),
            )
        }
        pia, erin, rita = team["Pia"], team["Erin"], team["Rita"]

        def scene(name: str, *ways: tuple[str, Wake]) -> None:
            rows.extend((name, way, *wake.row(tokenizer)) for way, wake in ways)

        digest = erin.json("wake")["rules"]["digest"]
        scene(
            "executor, nothing to do",
            ("old calls", old_executor(erin)),
            ("gate (`peek`, no model)", Wake()),
            ("`peek`", waking(erin, "peek")),
            ("`wake`", waking(erin, "wake", "--rules", digest)),
        )
        busy_office(pia, erin, rita)
        scene(
            "executor, rework",
            ("old calls", old_executor(erin)),
            ("`wake`, first time", waking(erin, "wake")),
            ("`wake`, rules known", waking(erin, "wake", "--rules", digest)),
        )
        scene(
            "reviewer, 3 to judge",
            ("old calls", old_reviewer(rita)),
            ("`wake`, rules known", waking(rita, "wake", "--rules", digest)),
        )
        scene(
            "planner, a call for help",
            ("old calls", old_planner(pia)),
            ("`wake`, rules known", waking(pia, "wake", "--rules", digest)),
        )
    return rows


def waking(desk, *words: str) -> Wake:
    wake = Wake()
    wake.run(desk, *words)
    return wake


def old_executor(desk) -> Wake:
    """Read what the reference's prompts tell an executor to read."""
    wake = Wake()
    wake.run(desk, "rules")
    wake.run(desk, "log", "mine", "--action", "reflection")
    wake.run(desk, "score", "logs")
    wake.run(desk, "st", "mine")
    wake.run(desk, "st", "available")
    mine = [row for row in desk.json("st", "mine")["items"] if row["status"] == "rework"]
    for row in mine:
        wake.run(desk, "st", "get", row["id"])
        wake.run(desk, "review", "list", "--sub-task-id", row["id"])
    return wake


def old_reviewer(desk) -> Wake:
    wake = Wake()
    wake.run(desk, "rules")
    wake.run(desk, "log", "mine", "--action", "reflection")
    wake.run(desk, "score", "logs")
    wake.run(desk, "st", "list", "--status", "review")
    for row in desk.json("st", "list", "--status", "review")["items"]:
        wake.run(desk, "st", "get", row["id"])
        wake.run(desk, "log", "list", "--sub-task-id", row["id"])
        wake.run(desk, "review", "list", "--sub-task-id", row["id"])
    return wake


def old_planner(desk) -> Wake:
    wake = Wake()
    wake.run(desk, "rules")
    wake.run(desk, "score", "leaderboard")
    wake.run(desk, "agents")
    wake.run(desk, "log", "list", "--action", "blocked")
    wake.run(desk, "st", "list", "--status", "blocked")
    wake.run(desk, "task", "list")
    for task in desk.json("task", "list")["items"]:
        wake.run(desk, "st", "list", "--task-id", task["id"])
    for row in desk.json("log", "list", "--action", "blocked"):
        wake.run(desk, "st", "get", row["sub_task_id"])
        wake.run(desk, "log", "list", "--sub-task-id", row["sub_task_id"])
    return wake


def busy_office(pia, erin, rita) -> None:
    """Make a task with 30 sub-tasks, a rejected one with three rounds, three in review, and 40 log entries."""
    task = pia.json("task", "create", "Collect tech news", "--desc", TEXT * 3)["id"]
    ids = []
    for n in range(30):
        brief = ("--desc", TEXT * 3, "--deliverable", f"part-{n}.md", "--acceptance", TEXT * 2)
        ids.append(pia.json("st", "create", task, f"Part {n}", *brief)["id"])
    rework, asking, *reviewed = ids[:5]
    for id in (rework, asking, *reviewed):
        erin.says("st", "claim", id)
        erin.says("st", "start", id)
    for round in range(3):
        for n in range(3):
            erin.says("log", "create", "coding", f"Step {n}: {TEXT}", "--sub-task-id", rework)
        erin.says("log", "create", "delivery", f"It lies in part-0.md. {TEXT}", "--sub-task-id", rework)
        erin.says("st", "submit", rework)
        rita.says("review", "create", rework, "rejected", "2", "--issues", f"1. {TEXT} 2. {TEXT}")
        erin.says(
            "log", "create", "reflection", f"Check it before handing in. {TEXT}", "--sub-task-id", rework
        )
        if round < 2:
            erin.says("st", "start", rework)
    for id in reviewed:
        for n in range(5):
            erin.says("log", "create", "coding", f"Step {n}: {TEXT}", "--sub-task-id", id)
        erin.says("log", "create", "delivery", f"It lies in part.md. {TEXT}", "--sub-task-id", id)
        erin.says("st", "submit", id)
    erin.says("log", "create", "blocked", f"Which language? {TEXT}", "--sub-task-id", asking)


def show(rows: list[tuple], *, markdown: bool) -> None:
    """Print the table."""
    head = ("wake-up", "way", "calls", "bytes", f"tokens ({ENCODING})")
    if markdown:
        print(f"| {' | '.join(head)} |\n|---|---|---:|---:|---:|")
        for scene, way, *numbers in rows:
            print(f"| {scene} | {way} | {' | '.join(f'{number:,}' for number in numbers)} |")
        return
    print(f"{head[0]:28} {head[1]:26} {head[2]:>6} {head[3]:>8} {head[4]:>20}")
    for scene, way, calls, size, tokens in rows:
        print(f"{scene:28} {way:26} {calls:6} {size:8,} {tokens:20,}")


if __name__ == "__main__":
    main()
