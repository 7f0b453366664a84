"""An agent as it really works: the command line tool in a folder of its own."""

import json
import os
import subprocess
import sys
from pathlib import Path

from django.conf import settings

from openmoss.tests.server import REGISTRATION_TOKEN, Server

CLI = settings.BASE_DIR / "skills" / "task-cli.py"


class Desk:
    """A registered agent; every command is a process of its own, as for an agent that wakes up."""

    def __init__(self, server: Server, folder: Path, name: str, role: str) -> None:
        folder.mkdir()
        self.folder, self.server = folder, server
        joined = self.json("register", "--name", name, "--role", role, "--token", REGISTRATION_TOKEN)
        self.id, self.key = joined["id"], joined["api_key"]

    def run(self, *words: str) -> subprocess.CompletedProcess:
        """Run a command of the tool that the project ships."""
        return self.run_file(CLI, *words)

    def run_file(self, tool: Path, *words: str) -> subprocess.CompletedProcess:
        """Run a command of another copy of the tool."""
        environment = {"PATH": os.environ["PATH"], "OPENMOSS_URL": self.server.url}
        return subprocess.run(
            [sys.executable, str(tool), *words],
            cwd=self.folder,
            env=environment,
            capture_output=True,
            text=True,
            timeout=60,
        )

    def says(self, *words: str) -> str:
        """Run a command that must succeed and return what it printed."""
        done = self.run(*words)
        assert done.returncode == 0, f"{words}: {done.stdout}{done.stderr}"
        return done.stdout

    def json(self, *words: str):
        """Run a command that must succeed and return the server's answer."""
        return json.loads(self.says(*words, "--json"))

    def refused(self, *words: str) -> str:
        """Run a command that must be refused and return why."""
        done = self.run(*words)
        assert done.returncode == 1, f"{words}: {done.stdout}{done.stderr}"
        return done.stdout
