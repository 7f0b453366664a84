"""The commands in the documents, run as a reader runs them: in order, in one shell, against a fresh server.

In a `sh` block every command must succeed. In a `console` block `$ ` begins a command, `> ` goes on with
it, and the lines below must be what it prints. There, `…` stands for anything within a line, and alone on a
line for any number of lines; ids, keys, times and digests may be others than those in the document.
"""

import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest
from django.db import connection

from docs.tests.documents import DOCUMENTS, ROOT, SHELL, Block, blocks, name
from openmoss.tests.server import Server

ADDRESS = "127.0.0.1:6565"
README = ROOT / "README.md"
RUN = [document for document in DOCUMENTS if any(block.mark == "run" for block in blocks(document))]

_VARYING = [
    (re.compile(r"\b[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}\b"), "<id>"),
    (re.compile(r"\bock_[0-9a-f]{40}\b"), "<key>"),
    (re.compile(r"\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z"), "<time>"),
    (re.compile(r"\b\d\d:\d\d UTC\b"), "<time>"),
    (re.compile(r"\b[0-9a-f]{32}\b"), "<token>"),
    (re.compile(r"\b[0-9a-f]{20}\b|\b[0-9a-f]{12}\b"), "<digest>"),
    (re.compile(r"\b(?=[0-9a-f]*\d)[0-9a-f]{8}\b"), "<short id>"),
    (re.compile(r"\blast seen [\w ]+|\bnot seen yet\b"), "<seen>"),
]


@dataclass(frozen=True)
class Step:
    """Something to run: the whole text of a `sh` block, or one command of a `console` block."""

    place: str
    command: str
    prints: str | None = None


def steps(block: Block) -> list[Step]:
    """Return what to run of a block."""
    if block.language == "sh":
        return [Step(block.place, block.text)]
    found: list[Step] = []
    for part in re.split(r"^\$ ", block.text, flags=re.MULTILINE)[1:]:
        lines = part.splitlines()
        more = 1
        while more < len(lines) and lines[more].startswith("> "):
            more += 1
        command = "\n".join([lines[0], *(line[2:] for line in lines[1:more])])
        found.append(Step(block.place, command, "\n".join(lines[more:])))
    assert found, f"{block.place} is a console block without a command"
    return found


def matches(prints: str, said: str) -> bool:
    """Say whether a command printed what the document says."""
    lines = alike(prints.strip()).splitlines()
    pattern = "".join(
        r"(?:.*\n)*" if line == "…" else re.escape(line).replace("…", ".*") + r"\n" for line in lines
    )
    return (
        re.fullmatch(pattern, "".join(f"{line}\n" for line in alike(said.strip()).splitlines())) is not None
    )


def alike(text: str) -> str:
    """Return a text with the same word for everything that differs from run to run."""
    for pattern, word in _VARYING:
        text = pattern.sub(word, text)
    return "\n".join(line.rstrip() for line in text.splitlines())


class Reader:
    """Somebody with a checkout, a home and a running server, who types what the document says."""

    def __init__(self, folder: Path, server: Server) -> None:
        self.folder, self.server = folder, server
        self.checkout = folder / "openmoss"
        self.checkout.mkdir()
        for entry in ROOT.iterdir():
            if entry.name not in {".venv", ".env", ".git", "data", "logs"}:
                (self.checkout / entry.name).symlink_to(entry)
        (self.checkout / "data").symlink_to(server.folder)
        for python in (self.checkout / ".venv" / "bin" / "python", folder / "bin" / "python3"):
            python.parent.mkdir(parents=True)
            python.write_text(f'#!/bin/sh\nexec "{sys.executable}" "$@"\n')
            python.chmod(0o755)
        (folder / "home").mkdir()
        (folder / "said").mkdir()
        self.environment = server.environment | {
            "HOME": str(folder / "home"),
            "PATH": f"{folder / 'bin'}:{os.environ['PATH']}",
            "OPENMOSS_URL": server.url,
        }

    def types(self, todo: list[Step]) -> list[str]:
        """Run the steps in one shell and return what each one printed."""
        script = ["set -e"]
        for number, step in enumerate(todo):
            command = step.command.replace(ADDRESS, f"127.0.0.1:{self.server.port}")
            said = self.folder / "said" / str(number)
            may_fail = " || true" if step.prints is not None else ""
            script.append(f"{{\n{command}\n}} >{said} 2>&1 </dev/null{may_fail}\n: >{said}.done")
        file = self.folder / "session.sh"
        file.write_text("\n".join(script))
        subprocess.run(["bash", str(file)], cwd=self.checkout, env=self.environment, timeout=300)
        answers = []
        for number, step in enumerate(todo):
            said = (self.folder / "said" / str(number)).read_text()
            assert (self.folder / "said" / f"{number}.done").exists(), f"{step.place} failed:\n{said}"
            answers.append(said.replace(f"127.0.0.1:{self.server.port}", ADDRESS))
        return answers


@pytest.fixture
def reader(tmp_path):
    if connection.vendor != "sqlite":
        pytest.skip("The examples have a SQLite database of their own; one run is enough.")
    folder = tmp_path / "server"
    folder.mkdir()
    server = Server(folder, f"sqlite:///{folder / 'openmoss.sqlite3'}")
    server.manage("migrate", "-v0")
    server.start()
    yield Reader(tmp_path, server)
    if server.process.poll() is None:
        server.kill()


@pytest.mark.server
@pytest.mark.parametrize("document", RUN, ids=name)
def test_the_commands_of_a_document_do_what_it_says(document, reader):
    """The other documents go on where the first team of the README is at work."""
    path = [README] if document == README else [README, document]
    todo = [step for each in path for block in blocks(each) if block.mark == "run" for step in steps(block)]
    if any("curl" in step.command for step in todo) and not shutil.which("curl"):
        pytest.skip("There is no curl here.")

    answers = reader.types(todo)

    for step, said in zip(todo, answers, strict=True):
        if step.prints is not None:
            assert matches(step.prints, said), (
                f"{step.place}\n$ {step.command}\n--- says\n{step.prints}\n--- but it is\n{said}"
            )
    assert "Traceback" not in reader.server.log.read_text()


COMMANDS = [block for document in DOCUMENTS for block in blocks(document) if block.language in SHELL]


def test_the_documents_have_examples():
    assert {name(document) for document in RUN} >= {"README.md", "docs/api.md", "docs/cli.md"}
    assert len([block for block in COMMANDS if block.mark == "run"]) > 20


@pytest.mark.parametrize("block", COMMANDS, ids=lambda block: block.place)
def test_a_block_of_commands_says_whether_it_is_run(block):
    assert block.mark == "run" or re.fullmatch(r"not run: \w.+", block.mark), block.place


@pytest.mark.parametrize("block", COMMANDS, ids=lambda block: block.place)
def test_commands_are_sound(block):
    for step in steps(block):
        checked = subprocess.run(["bash", "-n"], input=step.command, capture_output=True, text=True)
        assert checked.returncode == 0, f"{block.place}: {checked.stderr}"


def test_what_differs_from_run_to_run_may_differ_and_nothing_else():
    document = 'id: 4e9c3c4e-6f0f-4bb2-9b0e-5d2b6c1a7f10\n…\nError: not yours; "retry_after": …}'

    assert matches(
        document, 'id: 00000000-0000-4000-8000-00000000000a\na\nb\nError: not yours; "retry_after": 3}'
    )
    assert matches(document, 'id: 00000000-0000-4000-8000-00000000000a\nError: not yours; "retry_after": 3}')
    assert not matches(document, 'id: 00000000-0000-4000-8000-00000000000a\nError: yours; "retry_after": 3}')
    assert matches("", "")
    assert not matches("", "Error")
    assert not matches(document, 'id: abc\nError: not yours; "retry_after": 3}')
