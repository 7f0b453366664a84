"""How a newcomer joins: one command, rendered for each reader and never stored."""

import json
import re
import shlex

# How such a part begins: in the library, and in prompts that an earlier OpenMOSS saved with it inside.
HEADINGS = ("## Join OpenMOSS", "## 🔧 平台对接")
SEPARATOR = "\n\n---\n\n"


def rendered(template: str, *, role: str, url: str, code: str) -> str:
    """Return an onboarding text with its variables filled in."""
    values = {"role": role, "server_url": url, **commands(url=url, code=code)}
    return re.sub(r"\{\{(\w+)\}\}", lambda found: values.get(found[1], found[0]), template)


def commands(*, url: str, code: str) -> dict[str, str]:
    """Return the one command with which a newcomer joins, and how it goes without curl."""
    tool = f"{url}/api/tools/cli"
    fetch = f'from urllib.request import urlretrieve as fetch; fetch({json.dumps(tool)}, "task-cli.py")'
    enrol = f"python3 task-cli.py enrol {code}"
    return {
        "command": f"curl -fsS {shlex.quote(tool)} -o task-cli.py && {enrol}",
        "command_without_curl": f"python3 -c {shlex.quote(fetch)} && {enrol}",
    }


def without_onboarding(text: str) -> str:
    """Return a prompt without an onboarding part that was saved inside it: its address and token are old."""
    kept, inside, fenced = [], False, False
    for line in text.splitlines():
        if line.lstrip().startswith("```"):
            fenced = not fenced
        elif not fenced and re.match("#{1,2} ", line):
            inside = line.startswith(HEADINGS)
            if inside and "".join(kept[-2:]).strip() == "---":
                del kept[-2:]
        if not inside:
            kept.append(line)
    return "\n".join(kept).strip()
