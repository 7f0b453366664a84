"""Running the script of a skill: in a folder of its own, with nothing of what this machine has set."""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

SKILLS = Path(__file__).resolve().parents[1]
PYTHON = os.environ.get("CLI_PYTHON", sys.executable)
KEY = "sk-erin-0123456789"


@dataclass
class Said:
    """What one command line printed and how it ended."""

    code: int
    out: str
    err: str

    @property
    def data(self) -> Any:
        """Return standard output as JSON."""
        return json.loads(self.out)


class Script:
    """A script, a home and a working folder for it, and the environment it runs in."""

    def __init__(self, path: str, root: Path, **env: str) -> None:
        self.path, self.desk, self.home = SKILLS / path, root / "desk", root / "home"
        self.desk.mkdir()
        self.home.mkdir()
        self.env = {"PATH": os.environ["PATH"], "HOME": str(self.home), **env}

    def command(self, *words: str) -> list[str]:
        """Return the full command line."""
        return [PYTHON, str(self.path), *words]

    def environment(self, **env: str | None) -> dict[str, str]:
        """Return the environment with changes; `NAME=None` takes a variable out."""
        return {name: value for name, value in {**self.env, **env}.items() if value is not None}

    def run(self, *words: str, **env: str | None) -> Said:
        """Run one command line; whatever happens, the key shows nowhere and there is no traceback."""
        done = subprocess.run(
            self.command(*words),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            cwd=self.desk,
            env=self.environment(**env),
            timeout=20,
        )
        said = Said(done.returncode, done.stdout.decode(), done.stderr.decode())
        assert "Traceback" not in said.out + said.err
        assert KEY not in said.out + said.err
        return said

    def load(self) -> ModuleType:
        """Return the script as a module, for what cannot be seen from outside."""
        spec = importlib.util.spec_from_file_location(self.path.stem, self.path)
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        return module
