#!/usr/bin/env python3
"""Pack each role's skill as skills/dist/task-ROLE-skill.zip, with the tool in it and no key filled in."""

import argparse
import shutil
import sys
from pathlib import Path

SKILLS = Path(__file__).resolve().parent
sys.path.insert(0, str(SKILLS.parent))

from agents.bundles import pack, skill_files  # noqa: E402

ROLES = ("planner", "executor", "reviewer", "patrol")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--all", action="store_true", help="Pack every other skill too.")
    parser.add_argument("--to", type=Path, default=SKILLS / "dist", help="The folder to make (skills/dist).")
    options = parser.parse_args()
    tool = {"task-cli.py": (SKILLS / "task-cli.py").read_bytes()}
    skills = {f"task-{role}-skill": tool for role in ROLES}
    if options.all:
        skills = {file.parent.name: {} for file in SKILLS.glob("*/SKILL.md")} | skills
    shutil.rmtree(options.to, ignore_errors=True)
    options.to.mkdir(parents=True)
    for name, more in sorted(skills.items()):
        file = options.to / f"{name}.zip"
        file.write_bytes(pack(name, skill_files(SKILLS / name) | more))
        print(file)


if __name__ == "__main__":
    main()
