import json

import pytest
from django.core.management import call_command

from openmoss.tests.old_server import OldServer


@pytest.fixture
def old(tmp_path) -> OldServer:
    """The folder of an earlier OpenMOSS."""
    return OldServer(tmp_path / "old")


@pytest.fixture
def bring(db, old, capsys):
    """Bring over what the old server holds; return the exit code and the report."""

    def bring(*words: str) -> tuple[int, dict]:
        code = 0
        try:
            call_command("import_legacy", old.folder, "--timezone", "Asia/Shanghai", "--json", *words)
        except SystemExit as end:
            code = end.code
        return code, json.loads(capsys.readouterr().out)

    return bring
