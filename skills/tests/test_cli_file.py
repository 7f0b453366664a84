"""The file itself: what the server and every Python rely on."""

from __future__ import annotations

import ast
import re
from pathlib import Path

TEXT = (Path(__file__).resolve().parents[1] / "task-cli.py").read_text(encoding="utf-8")


def test_server_can_rewrite_the_address_and_read_the_version():
    first = re.search(r'BASE_URL\s*=\s*"[^"]*"', TEXT)

    assert first.group() == 'BASE_URL = "http://127.0.0.1:6565"'
    assert re.findall(r"^CLI_VERSION = (\d+)$", TEXT, re.M) == ["3"]


def test_file_is_python_3_8_and_needs_only_the_standard_library():
    tree = ast.parse(TEXT, feature_version=(3, 8))

    imported = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            imported |= {name.name.split(".")[0] for name in node.names}
        elif isinstance(node, ast.ImportFrom):
            imported.add(node.module.split(".")[0])
    assert not imported & {"requests", "httpx", "django", "yaml"}
    assert imported <= {
        *("__future__", "argparse", "ast", "collections", "email", "functools", "http", "io", "json", "os"),
        *("pathlib", "random", "re", "shlex", "socket", "stat", "subprocess", "sys", "tempfile", "time"),
        *("typing", "urllib", "uuid", "zipfile"),
    }
