"""Let command lines with the script's earlier path go on working."""

import runpy
import sys
from pathlib import Path

SCRIPTS = Path(__file__).resolve().parents[3] / "scripts"

sys.path.insert(0, str(SCRIPTS))
runpy.run_path(str(SCRIPTS / "grok_search.py"), run_name="__main__")
