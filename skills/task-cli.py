#!/usr/bin/env python3
"""Talk to an OpenMOSS server from a shell: one command, one answer.

Needs Python 3.8 or newer and nothing else. `task-cli.py --help` lists every command.
"""

from __future__ import annotations

import argparse
import ast
import http.client
import io
import json
import os
import random
import re
import shlex
import socket
import stat
import subprocess
import sys
import tempfile
import time
import uuid
import zipfile
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from email.utils import mktime_tz, parsedate_tz
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.error import HTTPError, URLError
from urllib.parse import quote, urlencode, urlsplit
from urllib.request import HTTPRedirectHandler, ProxyHandler, Request, build_opener, getproxies, proxy_bypass

# The server rewrites the first of these two lines when it hands this file out, and reads the second.
BASE_URL = "http://127.0.0.1:6565"
CLI_VERSION = 3

CREDENTIALS = ".openmoss.json"
TIMEOUT = 8.0  # seconds one try may take; a whole command may take one more
PAUSES = (0.5, 2.0)  # seconds between tries
LONGEST_WAIT = 3.0  # a Retry-After beyond this is the caller's to wait for
TRY_AGAIN = (429, 502, 503, 504)
LOOPBACK = ("localhost", "127.0.0.1", "::1")
LARGEST_DOWNLOAD = 1024 * 1024
ROOM = 256 * 1024  # bytes that joining needs on the disk, for the key and the skill
LARGEST_SKEW = 120  # seconds between two clocks that are worth a word

# Minutes between two looks at the work where nothing cheaper than a model can look.
ROLES = {"planner": 20, "executor": 10, "reviewer": 15, "patrol": 45}
TYPES = ["once", "recurring"]
PRIORITIES = ["high", "medium", "low"]

if TYPE_CHECKING:
    Printer = Callable[[Any, "Run"], list[str]]


# ------------------------------------------------------------------------------------------ what goes wrong


class Problem(Exception):
    """Say why a command failed and how to go on."""

    def __init__(self, detail: str, hint: str = "", *, code: str = "", status: int = 0, exit_code: int = 1):
        super().__init__(detail)
        self.detail, self.hint, self.code, self.status, self.exit_code = detail, hint, code, status, exit_code
        self.answer: dict[str, Any] = {}

    @classmethod
    def from_answer(cls, status: int, data: bytes) -> Problem:
        """Return the Problem in an error answer of any shape."""
        try:
            answer = json.loads(data)
        except (ValueError, RecursionError):
            answer = None
        if not isinstance(answer, dict):
            why = f"The server answered {status} without saying why in JSON."
            return cls(why, "Is this the address of an OpenMOSS server?", code="not_json", status=status)
        detail = answer.get("detail", answer)
        if isinstance(detail, list):
            detail = "; ".join(map(complaint, detail))
        hint, code = one_line(answer.get("hint")), one_line(answer.get("code"))
        problem = cls(one_line(detail), hint, code=code, status=status)
        problem.answer = answer
        return problem

    def as_json(self) -> dict[str, Any]:
        """Return the server's own error object, or ours in the same shape."""
        ours = {"code": self.code or "cli_error", "detail": self.detail, "hint": self.hint, "fields": {}}
        return self.answer or ours

    def lines(self) -> list[str]:
        """Return the error as people and agents read it."""
        label = " ".join(str(part) for part in ("Error", self.status, self.code) if part)
        lines = [f"{label}: {self.detail}", *([f"Hint: {self.hint}"] if self.hint else [])]
        fields = self.answer.get("fields")
        for name in sorted(fields, key=by_number) if isinstance(fields, dict) else ():
            lines += [f"- {one_line(name)}: {one_line(text)}" for text in as_list(fields[name])]
        return lines


def as_list(value: Any) -> list[Any]:
    """Return a list of one where there was none."""
    return value if isinstance(value, list) else [value]


def by_number(place: str) -> str:
    """Return a key that sorts `sub_tasks.9` before `sub_tasks.10`."""
    return re.sub("[0-9]+", lambda number: number.group().zfill(6), place)


def complaint(item: Any) -> str:
    """Return one entry of a validation list as `place: message`."""
    if isinstance(item, dict) and "msg" in item:
        return ": ".join(filter(None, (".".join(map(str, item.get("loc") or ())), one_line(item["msg"]))))
    return one_line(item)


def warn(message: str) -> None:
    """Tell the caller something that is not the answer."""
    print(f"Warning: {message}", file=sys.stderr)


# ------------------------------------------------------------------------------------ address, key, files


class Setting(NamedTuple):
    """A value and where it came from."""

    value: str
    origin: str


def find_settings(url: str, key: str, *, keyless: bool) -> tuple[Setting, Setting]:
    """Return the server's address and the API key; the key is empty when there is none."""
    urls = [Setting(url, "--url"), Setting(os.environ.get("OPENMOSS_URL", ""), "OPENMOSS_URL")]
    keys = [Setting(key, "--key"), Setting(os.environ.get("OPENMOSS_API_KEY", ""), "OPENMOSS_API_KEY")]
    if not first(urls).value or not (keyless or first(keys).value):
        saved, file = find_credentials()
        urls += [Setting(one_line(saved.get("url")), file), Setting(BASE_URL, "this file")]
        keys += [Setting(one_line(saved.get("api_key")), file)]
    return checked_url(first(urls)), Setting("", "") if keyless else checked_header(first(keys))


def first(settings: list[Setting]) -> Setting:
    """Return the first setting that holds something, stripped."""
    return next((Setting(s.value.strip(), s.origin) for s in settings if s.value.strip()), Setting("", ""))


def checked_url(setting: Setting) -> Setting:
    """Return the address without a trailing slash or `/api`."""
    try:
        parts = urlsplit(setting.value)
        good = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
        good = good and not re.search("[^!-~]|[@?#]", setting.value)
    except ValueError:
        good = False
    if not good:
        hint = "It must look like http://host:6565"
        raise Problem(f"The address from {setting.origin} is not usable.", hint)
    return setting._replace(value=re.sub("(/+api)?/*$", "", setting.value))


def checked_header(setting: Setting) -> Setting:
    """Return a key that can stand in a header."""
    if re.search("[^!-~]", setting.value):
        raise Problem(f"The value from {setting.origin} holds a space or a character that no key has.")
    return setting


def find_credentials() -> tuple[dict[str, Any], str]:
    """Return the nearest saved credentials and their path, looking upwards from here, then from this file."""
    for folder in credential_folders():
        file = folder / CREDENTIALS
        if not os.path.isfile(file):
            continue
        found = os.stat(file)
        if hasattr(os, "getuid") and found.st_uid not in (os.getuid(), 0):
            # Somebody else's file in a shared folder could send this agent's key to their server.
            warn(f"{file} belongs to another user and is ignored.")
            continue
        if os.name == "posix" and found.st_mode & 0o077:
            warn(f"{file} can be read by other users. Run: chmod 600 {shlex.quote(str(file))}")
        return read_credentials(file), str(file)
    return {}, ""


def credential_folders() -> Iterator[Path]:
    """Return the folders that may hold credentials, nearest first."""
    beside = Path(__file__).resolve().parent
    try:
        here = Path.cwd()
    except OSError:
        here = beside
    yield from (here, *here.parents, beside, *beside.parents)


def read_credentials(file: Path) -> dict[str, Any]:
    """Return what a credentials file holds."""
    try:
        saved = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        saved = None
    if not isinstance(saved, dict):
        # To go on to the next file would be to act under another agent's name.
        raise Problem(f"{file} holds no credentials.", "Repair or delete it, or give both --key and --url.")
    return saved


def save(
    path: Path, data: bytes, mode: int, new: bool = False, ready: Callable[[str], None] | None = None
) -> None:
    """Put a whole file in place or leave all as it was; if `new`, never over another file."""
    handle, draft = tempfile.mkstemp(dir=str(path.parent), prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(data)
            stream.flush()
            os.fsync(stream.fileno())
        os.chmod(draft, mode)
        if ready:
            ready(draft)
        if new:
            os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, mode))
        os.replace(draft, path)
    finally:
        if os.path.exists(draft):
            os.unlink(draft)


# ------------------------------------------------------------------------------------------------- HTTP


class StayWithServer(HTTPRedirectHandler):
    """Turn redirects into errors: a server that was not asked must not see the key."""

    def redirect_request(self, *_: Any) -> None:
        """Return no further request."""


class Client:
    """One server, one key, and the time that one command may take."""

    def __init__(
        self, url: Setting, key: Setting, once: str, deadline: float = 0.0, patience: float = TIMEOUT
    ) -> None:
        self.url, self.key, self.once = url, key, once
        try:
            asked = float(os.environ.get("OPENMOSS_TIMEOUT", ""))
        except ValueError:
            asked = patience
        self.timeout = asked if 0 < asked <= 600 else patience
        self.date = ""  # the server's, in its last answer
        self.deadline = deadline or time.monotonic() + self.timeout + 1.0
        # A proxy cannot reach the caller's own machine.
        loopback = urlsplit(url.value).hostname in LOOPBACK
        self.opener = build_opener(StayWithServer(), *([ProxyHandler({})] if loopback else []))

    def send(
        self,
        method: str,
        path: str,
        query: dict[str, Any] | None = None,
        body: bytes | None = None,
        headers: dict[str, str] | None = None,
        *,
        repeatable: bool = True,
        pauses: tuple[float, ...] = PAUSES,
    ) -> bytes:
        """Return the body of the answer; try again where that is safe; raise Problem for everything else.

        What is not `repeatable` is sent again only if it certainly never arrived.
        """
        write = method != "GET"
        sent = {"Accept": "application/json", "User-Agent": f"openmoss-cli/{CLI_VERSION}"}
        sent.update({"Authorization": f"Bearer {self.key.value}"} if self.key.value else {})
        sent.update({"Content-Type": "application/json"} if write else {})
        sent.update({"Idempotency-Key": self.once} if write and repeatable else {})
        url = f"{self.url.value}/api{path}" + (f"?{urlencode(query)}" if query else "")
        request = Request(url, data=body, headers={**sent, **(headers or {})}, method=method)
        for pause in (*pauses, None):
            left = self.deadline - time.monotonic()
            wait = None if pause is None else pause * random.uniform(0.8, 1.2)
            try:
                with self.opener.open(request, timeout=max(0.1, min(self.timeout, left))) as answer:
                    data: bytes = answer.read()
                    self.date = answer.headers.get("Date") or ""
                    return data
            except HTTPError as error:
                problem, asked = self.refused(error)
                again, unknown = repeatable and error.code in TRY_AGAIN, error.code in (502, 504)
                wait = asked if wait is not None and asked is not None else wait
            except (OSError, http.client.HTTPException, ValueError) as error:
                reason = error.reason if isinstance(error, URLError) else error
                arrived = not isinstance(reason, (ConnectionRefusedError, socket.gaierror))
                problem, again, unknown = self.unreachable(reason), repeatable or not arrived, arrived
            if write and unknown:
                again_safely = f"To repeat it without doing it twice, add: --once {self.once}"
                taken = "If its name is taken now, ask the admin."
                problem.hint = f"It may have been done. {again_safely if repeatable else taken}"
            if not again or wait is None or time.monotonic() + wait >= self.deadline:
                raise problem
            time.sleep(wait)
        raise AssertionError("the last try returns or raises")

    def refused(self, error: HTTPError) -> tuple[Problem, float | None]:
        """Return the Problem in an error answer, and the seconds to wait if the server named them."""
        if 300 <= error.code < 400:
            target = one_line(error.headers.get("Location")) or "nowhere"
            why = f"{self.url.value} redirects to {target}; the key was not sent there."
            return Problem(why, "If that is your server, give its address with --url.", code="redirect"), None
        try:
            problem = Problem.from_answer(error.code, error.read())
        except (OSError, http.client.HTTPException):
            problem = Problem.from_answer(error.code, b"")
        if error.code == 401 and self.key.value:
            problem.hint = f"{problem.hint} The key came from {self.key.origin}.".strip()
        asked = error.headers.get("Retry-After", "")
        if not re.fullmatch("[0-9]{1,9}", asked):
            return problem, None
        problem.hint = problem.hint or f"Try again in {asked} s."
        return problem, float(asked) if float(asked) <= LONGEST_WAIT else float("inf")

    def unreachable(self, reason: Any) -> Problem:
        """Return the Problem of a server that gave no answer."""
        why = "it took too long" if "timed out" in str(reason) else one_line(reason) or type(reason).__name__
        why = "nothing listens there" if isinstance(reason, ConnectionRefusedError) else why
        hint = f"The address came from {self.url.origin}. Check it, or try again in a minute."
        return Problem(f"No answer from {self.url.value}: {why}.", hint, code="unreachable")

    def json(self, method: str, path: str, **parts: Any) -> Any:
        """Return the answer as data."""
        data = self.send(method, path, **parts)
        try:
            return json.loads(data) if data.strip() else {}
        except (ValueError, RecursionError):
            hint = "Is this the address of an OpenMOSS server?"
            raise Problem(f"The answer of {self.url.value} is not JSON.", hint, code="not_json") from None

    def text(self, path: str, query: dict[str, Any] | None = None) -> str:
        """Return a text that the server hands out."""
        data = self.send("GET", path, query, headers={"Accept": "text/plain, */*"})
        try:
            text = data.decode("utf-8")
        except UnicodeDecodeError:
            text = ""
        if not text.strip() or len(data) >= LARGEST_DOWNLOAD:
            raise Problem("what the server sent is empty, not text, or larger than 1 MiB.")
        return text


# --------------------------------------------------------------------------------------------- printers
# A printer turns one shape of answer into lines; names of fields may carry a label: `field=label`.


def compact(data: Any) -> str:
    """Return data as JSON on one line."""
    return json.dumps(data, ensure_ascii=False, separators=(",", ":"))


def clean(value: Any) -> str:
    """Return text that cannot move the cursor or hide what follows."""
    text = "" if value is None else str(value)
    return re.sub("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029]", " ", text).strip()


def one_line(value: Any) -> str:
    """Return any value as text that cannot pass for a line of its own."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return ", ".join(map(one_line, value)) or "none"
    return " ".join(clean(compact(value) if isinstance(value, dict) else value).split())


def facts(data: dict[str, Any], names: Iterable[str]) -> list[str]:
    """Return `label: value` for the fields that are set."""
    pairs = [(name.split("=")[-1], one_line(data.get(name.split("=")[0]))) for name in names]
    return [f"{label}: {value}" for label, value in pairs if value]


def indented(data: dict[str, Any], names: Iterable[str]) -> list[str]:
    """Return the longer texts that are set, each under its name."""
    lines = []
    for name in names:
        text = clean(data.get(name))
        lines += [f"{name}:", *("  " + line for line in text.split("\n"))] if text else []
    return lines


def filled(head: str, data: dict[str, Any]) -> str:
    """Return a heading with the fields of the data in it."""
    return head.format_map(defaultdict(str, {name: one_line(value) for name, value in data.items()}))


def card(head: str, *names: str, texts: Iterable[str] = ()) -> Printer:
    """Print one object, a line for each field that is set."""
    return lambda data, run: [filled(head, data), *facts(data, names), *indented(data, texts)]


def row(head: str, *names: str, texts: Iterable[str] = ()) -> Callable[[Any], list[str]]:
    """Print one object of a list on one line, its longer texts below."""
    return lambda data: [
        " | ".join([f"- {filled(head, data)}", *facts(data, names)]),
        *("  " + line for line in indented(data, texts)),
    ]


def listing(noun: str, line: Callable[[Any], list[str]]) -> Printer:
    """Print an envelope or a bare array: how many, the rows, and how to see more."""

    def show(data: Any, run: Run) -> list[str]:
        page = data if isinstance(data, dict) else {}
        items = data["items"] if isinstance(data, dict) else data
        total, pages, number = page.get("total", len(items)), page.get("total_pages", 1), page.get("page", 1)
        lines = [f"{noun}: {total}" + (f" in all, page {number} of {pages}" if pages > 1 else "")]
        lines += [text for item in items for text in line(item)]
        limited = any(arg.field == "limit" for arg in run.command.args)
        limit = run.values.get("limit") or 20
        if not items:
            lines.append("Nothing on this page." if total else run.command.empty)
        elif page.get("has_more"):
            lines.append(f"More: {run.again(page=number + 1)}")
        elif limited and limit <= len(items) < 500:
            lines.append(f"There may be more: {run.again(limit=min(limit * 5, 500))}")
        return lines

    return show


def show_fields(data: Any, run: Run) -> list[str]:
    """Print every field of a flat object."""
    return facts(data, data)


def show_rules(data: Any, run: Run) -> list[str]:
    """Print the rules, and how to update an old CLI."""
    lines = [clean(data["content"]) or "There are no rules."]
    if data.get("update_available"):
        newest = one_line(data.get("latest_version"))
        lines += [f"Update available: version {newest}, this is {CLI_VERSION}."]
        lines += [clean(data["update_instructions"])]
    return lines


def show_sub_task(data: Any, run: Run) -> list[str]:
    """Print one sub-task so that work on it can begin, with the last review if it came back."""
    lines = SUB_TASK(data, run)
    if data["status"] != "rework":
        return lines
    query = {"sub_task_id": data["id"], "page_size": 1}
    try:
        reviews = run.client.json("GET", "/review-records", query=query)["items"]
    except Problem as problem:
        return [*lines, f"The last review could not be read: {problem.detail}"]
    return [*lines, "last review:", *(line for review in reviews[:1] for line in REVIEW_ROW(review))]


def show_new_sub_task(data: Any, run: Run) -> list[str]:
    """Print a sub-task that was created, and when the clock creates it again."""
    lines = show_sub_task(data, run)
    if not data.get("recurrence_id"):
        return lines
    try:
        found = run.client.json("GET", f"/recurrences/{data['recurrence_id']}")
    except Problem as problem:
        return [*lines, f"Its next times could not be read: {problem.detail}"]
    return [*lines, *facts(found, ["next=next times"])]


def show_next(data: Any, run: Run) -> list[str]:
    """Print the sub-task that is the caller's now, or when to look again."""
    found = data["sub_task"]
    if found is None:
        return [f"Nothing to do. Look again in {one_line(data['retry_after'])} s."]
    return [*show_sub_task(found, run), f"Next: st start {one_line(found['id'])}"]


def show_plan(data: Any, run: Run) -> list[str]:
    """Print what a plan became: its refs and their ids, which a dry run does not have."""
    dry, task_id = data["dry_run"], one_line(data["task_id"])
    head = "No fault found, nothing written: {task_name}" if dry else "Written: {task_name}"
    lines = [filled(head, data), *([] if dry else facts(data, ("task_id=task", "status")))]
    part = row("{ref}: {name}", *([] if dry else ["id"]))
    for noun, items in (("Modules", data["modules"]), ("Sub-tasks", data["sub_tasks"])):
        lines += [f"{noun}: {len(items)}", *(text for item in items for text in part(item))]
    then = [f"task status {task_id} active"] if data["status"] == "planning" else []
    then += ['log create plan "<what and why>"', f"st list --task-id {task_id}"]
    return [*lines, f"Next: {'the same without the dry run' if dry else ', then '.join(then)}"]


def show_why(data: Any, run: Run) -> list[str]:
    """Print what holds each task up and what frees it; of those that move, only how many there are."""
    only = bool(run.values.get("task_id"))
    lines = []
    for standing in data["items"]:
        if standing["moving"] and not only:
            continue
        lines.append(filled("{name}: ", standing["task"]) + one_line(standing["sentence"]))
        if standing["waiting"]:
            lines.append(f"  Sub-tasks that wait for it: {standing['waiting']}")
        if standing["action"]:
            lines.append(filled("  {who}: {action} {do}", standing).rstrip())
    if not data["held_up"]:
        lines.append("Everything that can move is moving.")
    elif data["moving"]:
        lines.append(f"{data['moving']} more are moving.")
    return lines


def moved(done: str) -> Printer:
    """Print what a move did to a sub-task."""
    held = ("assigned_agent=assignee", "current_session_id=session", "blocked_reason=reason")
    return card(done + ": {name}", "id", "status", "attempt", *held, "can")


SUB_TASK = card(
    "{name}",
    *("id", "status", "can", "priority", "attempt", "rework_count=rework count", "assigned_agent=assignee"),
    *("task_id=task", "module_id=module", "depends_on=depends on", "current_session_id=session"),
    *("blocked_reason=blocked because", "completed_at=completed"),
    *("occurrence=for the time", "recurrence_id=recurrence"),
    texts=("description", "deliverable", "acceptance"),
)
RECURRENCE = card(
    "{name}",
    *("id", "state", "cron", "timezone=time zone", "overlap", "catch_up=catch up", "next=next times"),
    *("open_sub_task=unfinished", "priority", "assigned_agent=assignee", "task_id=task", "module_id=module"),
    *("paused_at=paused", "ended_at=ended"),
    texts=("description", "deliverable", "acceptance"),
)
SUB_TASK_ROW = row("[{status}] {name}", "id", "priority", "assigned_agent=assignee", "blocked_reason=because")
VERDICT = "{result} with score {score} in round {round}"
REVIEW_FACTS = ("id", "sub_task_id=sub-task", "reviewer_agent=reviewer", "created_at=at")
REVIEW = card(VERDICT, *REVIEW_FACTS, "rework_agent=handed to", texts=("issues", "comment"))
REVIEW_ROW = row(VERDICT, *REVIEW_FACTS, texts=("issues", "comment"))
TASK = card("{name}", "id", "status", "type", "created_at=created", texts=["description"])
AGENT = card("{name}", "id", "role", "status", "total_score=score", texts=["description"])
SCORE_ROW = row("{sign}{score_delta} {reason}", "sub_task_id=sub-task", "created_at=at")
LOG_FACTS = ("agent_id=agent", "sub_task_id=sub-task", "session_id=session")

TASKS = listing("Tasks", row("[{status}] {name}", "id"))
MODULES = listing("Modules", row("{name}", "id", "description"))
SUB_TASKS = listing("Sub-tasks", SUB_TASK_ROW)
RECURRENCES = listing(
    "Recurrences", row("[{state}] {name}", "id", "cron", "timezone=time zone", "next=next times")
)
REVIEWS = listing("Reviews", REVIEW_ROW)
SCORES = listing("Score entries", lambda data: SCORE_ROW({**data, "sign": "+" * (data["score_delta"] > 0)}))
RANKS = listing("Agents", row("{rank}. {agent_name}", "role", "total_score=score", "agent_id=id"))
LOGS = listing("Log entries", row("{created_at} {action}", *LOG_FACTS, texts=["summary"]))
FOUND = "{kind}, {severity}: {description}"
FINDING_FACTS = ("status", "since", "action_taken=done about it")
FINDING = card(FOUND, "id", *FINDING_FACTS, "do")
FINDINGS = listing("Findings", row(FOUND, "id", *FINDING_FACTS, "do"))
RULES = listing("Rules", row("{scope} rule", "id", "task_id=task", "sub_task_id=sub-task", texts=["content"]))
AGENTS = listing("Agents", row("[{status}] {name}", "role", "id", "total_score=score", "description"))


# ---------------------------------------------------------------------- commands that do more than ask


def register(run: Run) -> list[str]:
    """Join the team and save the key where later commands find it."""
    file = Path.cwd() / CREDENTIALS
    wanted, new = not run.values.get("no_save"), not os.path.lexists(file)
    if wanted and not new and not run.values.get("force") and holds_key(file):
        # Refused before the request: a key is shown only once and must not end up unsaved.
        hint = "Register from another folder, or add --no-save, or --force to replace that file."
        raise Problem(f"{file} already holds credentials.", hint)
    token = run.values["token"].strip()
    if not token.isprintable():
        raise Problem("The value from --token holds a character that no token has.")
    # A header is sent as Latin-1; these are the bytes of UTF-8.
    data = run.call(headers={"X-Registration-Token": token.encode().decode("latin-1")}, repeatable=False)
    lines = [compact(data)] if run.json else ["Registered.", *facts(data, ("id", "name", "api_key", "role"))]
    if not wanted:
        return lines
    own = {name: data.get(name) for name in ("url", "api_key", "id", "name", "role")}
    own["url"] = run.client.url.value
    try:
        save(file, json.dumps(own, indent=2, ensure_ascii=False).encode() + b"\n", 0o600, new=new)
        note = f"Saved in {file}, for every command started there or below. Keep it out of version control."
    except OSError as error:
        note = f"Not saved ({error.strerror}): keep the key yourself, it is not shown again."
    if run.json:
        print(note, file=sys.stderr)
    return lines if run.json else [*lines, note]


def holds_key(file: Path) -> bool:
    """Return whether a file may hold somebody's key."""
    try:
        return bool(read_credentials(file).get("api_key"))
    except Problem:
        return True


def enrol(run: Run) -> list[str]:
    """Join with a code: make room for the key first, then use the code, fetch the skill, and look."""
    file, code = Path.cwd() / CREDENTIALS, run.values["code"].strip()
    saved = read_credentials(file) if os.path.lexists(file) else {}
    if saved.get("api_key"):
        name = one_line(saved.get("name")) or "another agent"
        return [f"This folder is {name}'s already; the code was not used.", *doctor(run)]
    if not re.fullmatch("oec_[0-9a-f]{40}", code):
        hint = "Copy it whole: `oec_` and 40 more characters."
        raise Problem("This is no enrolment code.", hint, exit_code=2)
    # Not the address in a folder above: this file comes from the server that gave out the code.
    given = [Setting(str(run.values.get("url") or ""), "--url"), Setting(BASE_URL, "this file")]
    given.insert(1, Setting(os.environ.get("OPENMOSS_URL", ""), "OPENMOSS_URL"))
    url = checked_url(first(given))
    # It stays until the key is saved: after a lost answer the same attempt asks again.
    attempt = one_line(saved.get("attempt")) or str(uuid.uuid4())
    reserve(file, {"url": url.value, "attempt": attempt}, new=not saved)
    client = Client(url, Setting("", ""), checked_header(Setting(attempt, str(file))).value)
    try:
        data = client.json("POST", "/agents/enrol", body=json.dumps({"code": code}).encode())
    except Problem as problem:
        if 400 <= problem.status < 500:
            file.unlink()
        elif problem.hint.startswith("It may have been done"):
            problem.hint = "It may have been done. Run the same command again, in this folder."
        raise
    own = {"url": url.value, **{name: data[name] for name in ("api_key", "id", "name", "role")}}
    try:
        write_in_place(file, own)
    except OSError as error:
        return [
            f"You have joined, but your key cannot be saved ({error.strerror}). Keep it:",
            *facts(own, own),
        ]
    name, role = one_line(own["name"]), one_line(own["role"])
    lines = [f"You are {name}, {role}. Your key is in {file}, for you only."]
    try:
        lines.append(install_skill(Client(url, Setting(own["api_key"], str(file)), ""), role, file.parent))
    except (Problem, OSError, zipfile.BadZipFile) as error:
        lines.append(f"The skill could not be fetched: {one_line(error)}")
    return [*lines, *doctor(run)]


def reserve(file: Path, content: dict[str, Any], new: bool) -> None:
    """Make a credentials file with room for a key, so that none is asked for that could not be saved."""
    try:
        write_in_place(file, content, ROOM)
    except OSError as error:
        if new and file.exists():
            file.unlink()
        hint = "Choose a folder that you may write to, with room on its disk. The code was not used."
        raise Problem(f"Nothing can be saved in {file.parent}: {error.strerror}.", hint) from None


def write_in_place(file: Path, content: dict[str, Any], room: int = 0) -> None:
    """Write credentials for their owner only, where the disk has room already: over what was there."""
    data = json.dumps(content, indent=2, ensure_ascii=False).encode() + b"\n"
    with os.fdopen(os.open(file, os.O_CREAT | os.O_RDWR, 0o600), "r+b") as stream:
        os.chmod(file, 0o600)
        stream.write(data.ljust(room))
        stream.truncate()
        stream.flush()
        os.fsync(stream.fileno())


def install_skill(client: Client, role: str, folder: Path) -> str:
    """Put the skill of a role where agents look for skills in their folder."""
    name, here = f"task-{role}-skill", Path(__file__).resolve()
    packed = client.send("GET", "/agents/me/skill-bundle", headers={"Accept": "application/zip"})
    if len(packed) >= LARGEST_DOWNLOAD:
        raise Problem("what the server sent is larger than 1 MiB.")
    with zipfile.ZipFile(io.BytesIO(packed)) as archive:
        for entry in archive.namelist():
            if not re.fullmatch(re.escape(name) + "(/[A-Za-z0-9_][A-Za-z0-9_.-]*){1,3}", entry):
                raise Problem(f"what the server sent holds a file at an unusual place: {one_line(entry)}")
            file, data = folder / "skills" / entry, archive.read(entry)
            if file.name == "SKILL.md":
                # The key is in its own file; what a model reads ends up in logs.
                data = data.replace(client.key.value.encode(), b"<API_KEY>")
            file.parent.mkdir(parents=True, exist_ok=True)
            if file.resolve() != here and not (file.exists() and file.read_bytes() == data):
                save(file, data, 0o644)
    return f"Your skill is in {folder / 'skills' / name}."


def doctor(run: Run) -> list[str]:
    """Look whether everything is there to work with; end in `ready` or in what is wrong."""
    found = list(examine(run))
    wrong = [(topic, said) for topic, said in found if isinstance(said, Problem)]
    run.exit_code = 1 if wrong else 0
    if run.json:
        listed = [
            {"check": topic, "ok": True, "detail": said, "hint": ""}
            if isinstance(said, str)
            else {"check": topic, "ok": False, "detail": said.detail, "hint": said.hint}
            for topic, said in found
        ]
        return [compact({"ready": not wrong, "checks": listed})]
    lines = [f"ok    {topic}: {said}" for topic, said in found if isinstance(said, str)]
    lines += [f"WRONG {topic}: {said.detail} {said.hint}".rstrip() for topic, said in wrong]
    return lines if wrong else [*lines, "ready"]


def examine(run: Run) -> Iterator[tuple[str, str | Problem]]:
    """Check one thing after the other that work needs; what is wrong comes as a Problem."""
    yield "python", sys.version.split()[0]
    try:
        given = (str(run.values.get(name) or "") for name in ("url", "key"))
        url, key = find_settings(*given, keyless=False)
        saved, file = find_credentials()
    except Problem as problem:
        yield "credentials", problem
        return
    yield "credentials", credentials_of(key, file)
    host = urlsplit(url.value).hostname or ""
    proxy = getproxies().get(urlsplit(url.value).scheme, "")
    proxy = "" if host in LOOPBACK or proxy_bypass(host) else proxy
    through = f" through the proxy {proxy}" if proxy else ""
    client = Client(url, Setting("", ""), "")
    try:
        client.send("GET", "/health")
        yield "server", f"{url.value}{through}, from {url.origin}"
    except Problem as problem:
        if "reasons" not in problem.answer:
            if proxy:
                problem.hint = f"It was asked{through}: put {host} into NO_PROXY if it is no way there."
            yield "server", problem
            return
        reasons = "; ".join(map(one_line, problem.answer["reasons"]))
        yield "server", f"{url.value}{through}; it works, but is not well: {reasons}"
    if moment := parsedate_tz(client.date):
        skew = round(time.time() - mktime_tz(moment))
        yield "clock", f"{skew:+} s against the server's" if abs(skew) > LARGEST_SKEW else "right"
    if not key.value:
        return
    try:
        yield from examine_agent(partial(Client, url, key, ""), saved, file, run)
    except Problem as problem:
        yield "key", problem


def credentials_of(key: Setting, file: str) -> str | Problem:
    """Say where the key is, or what is wrong with that place."""
    if not key.value:
        why = f"There is no {CREDENTIALS} in this folder or above it, and no key in the environment."
        return Problem(
            why, "Ask an admin for an enrolment code and run `enrol CODE` in a folder of your own."
        )
    if key.origin == file and os.name == "posix" and os.stat(file).st_mode & 0o077:
        return Problem(f"Other users can read {file}.", f"Run: chmod 600 {shlex.quote(file)}")
    return key.origin


def examine_agent(
    client: Callable[[], Client], saved: dict[str, Any], file: str, run: Run
) -> Iterator[tuple[str, str | Problem]]:
    """Check what a server knows of the agent with this key, and what the agent has from it."""
    me, origin = client().json("GET", "/agents/me"), client().key.origin
    name, role = one_line(me["name"]), one_line(me["role"])
    if saved.get("id") not in (None, me["id"]):
        why = f"The key from {origin} is {name}'s, but {file} is {one_line(saved.get('name'))}'s."
        yield "key", Problem(why, "Work in a folder of your own, and unset OPENMOSS_API_KEY.")
        return
    yield "key", f"accepted, you are {name}"
    yield "role", role
    rules = client().json("GET", "/rules", query={"cli_version": CLI_VERSION})
    newest, tool = rules.get("latest_version"), f"python3 {shlex.quote(str(Path(__file__).resolve()))}"
    if rules.get("update_available"):
        yield (
            "tool",
            Problem(f"This is version {CLI_VERSION}, the server has {newest}.", f"Run: {tool} update"),
        )
    else:
        yield "tool", f"version {CLI_VERSION}"
    has_rules = bool(rules["content"].strip())
    yield "rules", "readable" if has_rules else Problem("There are no rules.", "Ask an admin to write them.")
    here, newest = skill_of(role, file), skill_version(client().text("/agents/me/skill"))
    if here is None:
        yield "skill", Problem("There is no SKILL.md of your role here.", f"Run: {tool} update")
    elif skill_version(here.read_text(encoding="utf-8", errors="replace")) != newest:
        yield "skill", Problem(f"{here} is not version {newest}.", f"Run: {tool} update")
    else:
        yield "skill", f"{here}, version {newest}"


def skill_of(role: str, file: str) -> Path | None:
    """Return the SKILL.md beside this file or in the agent's folder."""
    folder = Path(file).parent if file else Path.cwd()
    places = (Path(__file__).resolve().parent, folder / "skills" / f"task-{role}-skill")
    return next((place / "SKILL.md" for place in places if (place / "SKILL.md").is_file()), None)


def skill_version(text: str) -> str:
    """Return the version that a skill says it has."""
    found = re.search("^version: *(.+?) *$", text, re.M)
    return one_line(found.group(1)) if found else "unknown"


def version(run: Run) -> list[str]:
    """Print the version of this file."""
    return [str(CLI_VERSION)]


def update(run: Run) -> list[str]:
    """Replace this file and the SKILL.md beside it by what the server hands out."""
    here, lines = Path(__file__).resolve(), []
    for name, step in (("CLI", update_cli), ("SKILL.md", update_skill)):
        try:
            lines.append(step(run, here))
        except (Problem, OSError, subprocess.SubprocessError) as error:
            lines.append(f"{name} was not updated: {one_line(error)} {getattr(error, 'hint', '')}".rstrip())
            run.exit_code = run.exit_code or int(name == "CLI")
    return lines


def update_cli(run: Run, here: Path) -> str:
    """Replace this file by one that was seen to run."""
    text = run.client.text("/tools/cli")
    found = re.search(r"^CLI_VERSION = ([0-9]{1,9})$", text, re.M)
    base = re.search(r'^BASE_URL = "([^"\\]+)"$', text, re.M)
    try:
        ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        raise Problem("what the server sent is not a Python file.") from None
    if not (found and base):
        raise Problem("what the server sent is not this program.")
    offered, note = int(found.group(1)), ""
    if offered < CLI_VERSION and not run.values.get("force"):
        raise Problem(f"the server has version {offered}, this is {CLI_VERSION}.", "--force takes it.")
    if not answers(base.group(1), run.client):
        # A server that was told a wrong address of its own would cut off every agent that updates.
        text = text[: base.start(1)] + run.client.url.value + text[base.end(1) :]
        note = f" It named {base.group(1)}, where nothing answers, and keeps {run.client.url.value}."
    data, old, mode = text.encode(), here.read_bytes(), stat.S_IMODE(here.stat().st_mode)
    if data == old:
        return f"CLI is current: version {offered}.{note}"

    def seen_to_run(draft: str) -> None:
        command = [sys.executable or "python3", draft, "version"]
        seen = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, timeout=5)
        if seen.returncode or seen.stdout.strip() != str(offered).encode():
            raise Problem("the new file does not run here.")
        save(here.with_name(f"{here.name}.bak"), old, mode)

    save(here, data, mode, ready=seen_to_run)
    return f"CLI updated to version {offered}; the old file is {here.name}.bak.{note}"


def answers(url: str, client: Client) -> bool:
    """Return whether a server answers there, without showing it the key."""
    try:
        there = checked_url(Setting(url, "the new file"))
        if there.value != client.url.value:
            Client(there, Setting("", ""), "", client.deadline).send("GET", "/health", pauses=())
    except Problem:
        return False
    return True


def update_skill(run: Run, here: Path) -> str:
    """Replace the SKILL.md beside this file."""
    saved, file = find_credentials()
    name = f"task-{one_line(saved.get('role'))}-skill"
    for folder in (here.parent, Path(file).parent / "skills" / name):
        if folder.name == name and (folder / "SKILL.md").is_file():
            before = (folder / "SKILL.md").read_bytes()
            install_skill(run.client, saved["role"], folder.parent.parent)
            return f"{name} {'is current' if (folder / 'SKILL.md').read_bytes() == before else 'updated'}."
    text, skill = run.client.text("/agents/me/skill"), here.with_name("SKILL.md")
    if text.lstrip().startswith(("<", "{")):
        raise Problem("what the server sent is not a skill.")
    # It may hold the caller's key: a new file is for its owner only.
    mode = stat.S_IMODE(skill.stat().st_mode) if skill.exists() else 0o600
    old = skill.read_bytes() if skill.exists() else b""
    if text.encode() == old:
        return "SKILL.md is current."
    if old:
        save(skill.with_name("SKILL.md.bak"), old, mode)
    save(skill, text.encode(), mode)
    return "SKILL.md updated."


def peek(run: Run) -> list[str]:
    """Say on one line whether to wake, whatever happens: a gate has no use for an error."""
    try:
        data = run.call(pauses=())
        said = {name: data[name] for name in ("wake", "reason", "cursor", "retry_after")}
    except Exception as error:
        code = getattr(error, "code", "") or "cli_error"
        reason = code if code == "unreachable" else f"{code}: {one_line(error)}"[:120]
        said = {"wake": False, "reason": reason, "cursor": "", "retry_after": 60}
    return [compact(said)]


def wake(run: Run) -> list[str]:
    """Print the whole wake-up, as Markdown unless it is for a program."""
    if run.json:
        return [compact(run.call())]
    asked = run.request()
    return [clean(run.client.text(asked["path"], {**asked["query"], "as": "markdown"}))]


def plan(run: Run) -> list[str]:
    """Send a plan as it is written: what is wrong with it is the server's to say."""
    name = run.values.get("file") or ""
    if run.values.get("example"):
        return [EXAMPLE_PLAN.strip()]
    if not name:
        raise Problem("Which plan?", "Give a FILE or `-`; `plan --example` prints one.", exit_code=2)
    try:
        text = read_stdin() if name == "-" else Path(name).read_bytes().decode("utf-8-sig")
    except (OSError, ValueError) as error:
        raise Problem(f"{name} cannot be read: {one_line(error)}", exit_code=2) from None
    kind = Path(name).suffix.lower()
    as_json = kind == ".json" or (kind not in (".yaml", ".yml") and text.lstrip().startswith("{"))
    if run.values.get("dry_run"):
        text = json_dry_run(text) if as_json else yaml_dry_run(text)
    form = f"application/{'json' if as_json else 'yaml'}"
    return run.printed(run.call(body=text.encode(), headers={"Content-Type": form}))


def json_dry_run(text: str) -> str:
    """Return a plan that is only to be checked."""
    try:
        return json.dumps({**json.loads(text), "dry_run": True}, ensure_ascii=False)
    except (TypeError, ValueError, RecursionError) as error:
        raise Problem(f"The plan is not a JSON object: {one_line(error)}") from None


def yaml_dry_run(text: str) -> str:
    """Return a plan that is only to be checked."""
    if re.search("""^["']?dry_run["']?\\s*:""", text, re.M):
        raise Problem("The plan has a dry_run of its own.", "Take that line out.", exit_code=2)
    # A line without indent ends all that is open above it, or the whole is no YAML any more and refused.
    return f"{text}\ndry_run: true\n"


EXAMPLE_PLAN = """
# A plan is written whole or not at all; `plan FILE --dry-run` only checks it.
# A text that holds ": " or " #" needs quotes around it, or a | before it as below.
task:                         # or instead, to add to an open task: task_id: <id>
  name: Weekly tech digest
  description: One page about the five articles of the week that matter, for people in a hurry.
activate: true                # the plan is complete
rules:                        # for every sub-task of this task
  - Write in English, in short sentences.
modules:                      # a ref is a name of your own, known in this plan only
  - ref: collect
    name: Collect
  - ref: publish
    name: Publish
sub_tasks:                    # each a piece that one agent finishes in one sitting
  - ref: sources
    module: collect
    name: Choose the sources
    description: Find feeds and blogs that report on databases and on language models.
    deliverable: sources.md, one line for each with its address
    acceptance: |             # how a reviewer tells that it is done
      1. There are ten to twenty sources.
      2. Every address opens.
    priority: high            # high, medium (unless you say so) or low
  - ref: articles
    module: collect
    name: Pick five articles
    deliverable: articles.md, for each a title, an address and two sentences
    acceptance: Each is from the last seven days and from a source in sources.md.
    depends_on: [sources]     # refs of this plan, or ids of sub-tasks of the same task
    recurring_config:         # this one now, and a new one every Friday at nine
      cron: 0 9 * * 5         # minute, hour, day of month, month, day of week
      timezone: Asia/Shanghai
  - ref: page
    module: publish
    name: Write the page
    deliverable: digest.md
    acceptance: At most 400 words; each article has a link and says why it matters.
    depends_on: [articles]    # each week's page waits for the articles of that week
    recurring_config: {cron: 0 10 * * 5, timezone: Asia/Shanghai}
    rules:                    # for this sub-task only
      - No advertising.
    # assign: Erin            # name or id of an active executor; without it, whoever comes first
    # type: recurring         # without a schedule: a planner creates it again
"""


def openclaw_cron(run: Run) -> list[str]:
    """Print the shell commands that make OpenClaw wake an agent when there is work, and only then."""
    saved, file = find_credentials()
    name = re.sub("[^a-z0-9_]+", "-", one_line(saved.get("name")).lower()).strip("-")
    agent, role = run.values.get("agent") or name, run.values.get("role") or one_line(saved.get("role"))
    if role not in ROLES or not re.fullmatch("[A-Za-z0-9][A-Za-z0-9_-]{0,63}", agent):
        hint = f"Start this where its {CREDENTIALS} lies, or give --role and --agent, its id in OpenClaw."
        raise Problem("Whom is OpenClaw to wake?", hint, exit_code=2)
    if not file:
        warn(f"There is no {CREDENTIALS} here, and without a key nobody is woken. Register first.")
    # The folder decides whose key is found, and schedulers start commands in folders of their own.
    folder = Path(file).parent if file else Path.cwd()
    place = (folder, sys.executable or "python3", Path(__file__).resolve())
    tool = "cd {} && {} {}".format(*(shlex.quote(str(part)) for part in place))
    message = shlex.quote(MESSAGE.format(tool=tool))
    # `peek` prints its fields in one order, and a quote within the reason stands behind a backslash.
    due = f'{tool} peek | grep -q "^..wake.:true,.*retry_after.:0}}$"'
    turn = f'openclaw agent --agent {agent} --session-id "openmoss-$(date +%s)" --timeout 3600'
    words = {"agent": agent, "role": role, "every": run.values["every"], "minutes": ROLES[role]}
    words.update(tool=tool, message=message, gate=shlex.quote(str(folder / "openmoss-gate.js")))
    words["script"] = GATE.strip().replace(GATE_COMMAND, json.dumps(f"{tool} peek"))
    words["plain"] = shlex.quote(f"if {due}; then {turn} --message {message}; else echo NO_REPLY; fi")
    words["crontab"] = f"{due} && your-agent {message}".replace("%", "\\%")
    asked = run.values["generation"]
    found = openclaw_generation() if asked == "auto" else asked
    shown = [found] if found else ["2026.8", "2026.7"]
    return ["".join(OPENCLAW[part] for part in ("", *shown, "else")).strip().format_map(words)]


def openclaw_generation() -> str:
    """Return the generation of this machine's OpenClaw: 2026.8, 2026.7, older, or nothing."""
    try:
        asked = ["openclaw", "--version"]
        said = subprocess.run(asked, stdin=subprocess.DEVNULL, capture_output=True, timeout=10).stdout
    except (OSError, subprocess.SubprocessError):
        return ""
    seen = re.search(rb"\b(20[0-9]{2})\.([0-9]{1,2})\.", said)
    if not seen:
        return ""
    month = (int(seen.group(1)), int(seen.group(2)))
    return "2026.8" if month > (2026, 7) else "2026.7" if month == (2026, 7) else "older"


MESSAGE = (
    "OpenMOSS has work for you. Run `{tool} wake`, do the first thing that it lists, write down what you did, "
    "and stop. If it lists nothing, reply NO_REPLY."
)
GATE_COMMAND = '"cd /path/to/workspace && python3 /path/to/task-cli.py peek"'
GATE = r"""
// Asks OpenMOSS whether this agent has work; OpenClaw runs it without a model and wakes one on `fire`.
// `task-cli.py openclaw-cron` prints it with the right command.
const command = "cd /path/to/workspace && python3 /path/to/task-cli.py peek";
const before = typeof trigger === "object" && trigger && trigger.state;
let said = {};
let reason = "no answer";
try {
  // OpenClaw 2026.8 and later have exec(), 2026.7 has tools.call().
  const ran = typeof exec === "function"
    ? await exec({ command })
    : (await tools.call("exec", { command })).result.details;
  // Warnings may stand around the answer.
  const line = String(ran.aggregated).split("\n").find((text) => text.startsWith('{"wake":'));
  said = JSON.parse(line);
  reason = String(said.reason).slice(0, 200);
} catch (error) {
  reason = error && typeof error.message === "string" ? error.message.slice(0, 200) : reason;
}
// The server does the damping: retry_after 0 means now. Only an answer of the server has a cursor.
const fire = said.wake === true && said.retry_after === 0;
const errors = said.cursor ? 0 : ((before && Number.isInteger(before.errors) && before.errors) || 0) + 1;
json(fire ? { fire, message: `OpenMOSS: ${reason}`, state: { errors, reason } } : { fire, state: { errors, reason } });
"""
JOB = """\
--name openmoss:{agent} --declaration-key openmoss:{agent} --agent {agent} --every {every} \\
  --trigger-script {gate} --session isolated --light-context --no-deliver --timeout-seconds 3600 \\
  --message {message}
"""
OPENCLAW = {
    "": """
# OpenMOSS wakes the OpenClaw agent {agent} ({role}). Paste this into a shell on the gateway's machine;
# lines with a # are left to you. The same again changes the same job.

# The gate asks whether there is work. No model runs until there is.
cat > {gate} <<'OPENMOSS_GATE'
{script}
OPENMOSS_GATE
""",
    "2026.8": f"""
# OpenClaw 2026.8 and later
openclaw automations add {JOB}
# A wake costs about 33,600 characters before the first word of work, and 14,100 with only what it needs:
# openclaw config set agents.entries.{{agent}}.skills '["task-{{role}}-skill"]'
# openclaw config set agents.entries.{{agent}}.tools.allow '["exec","process","read"]'  # and what the work needs
# openclaw config set agents.entries.{{agent}}.heartbeat.every 0m
""",
    "2026.7": f"""
# OpenClaw 2026.7
openclaw config set cron.triggers.enabled true
openclaw gateway restart
openclaw cron add {JOB}
# A wake costs less with only what it needs; in openclaw.json, at the entry of agents.list with this id:
# {{{{id: "{{agent}}", skills: ["task-{{role}}-skill"], tools: {{{{allow: ["exec", "process", "read"]}}}},
#   heartbeat: {{{{every: "0m"}}}}}}}}  // and the tools that the work needs
""",
    "older": """
# The OpenClaw of this machine is older and runs no gate: take the next part.
""",
    "else": """
# Without triggers (before 2026.7): a look every {minutes} minutes, and a model only when there is work.
# openclaw cron add --name openmoss:{agent} --agent {agent} --every {minutes}m --no-deliver --timeout-seconds 3600 \\
#   --no-output-timeout-seconds 3600 --command {plain}

# Without OpenClaw: a line for crontab, with the command of your agent.
# */{minutes} * * * * {crontab}

# Does it work?
{tool} whoami
""",
}


# --------------------------------------------------------------------------------------- command table


class Arg(NamedTuple):
    """One argument: how it is read, and where in the request it goes: path, query, body, its schedule or nowhere."""

    place: str
    flags: list[str]
    field: str
    always: bool  # sent even when empty
    text: bool  # `-` stands for standard input
    positional: bool
    options: dict[str, Any]


class Command(NamedTuple):
    """One command line: what it sends and what it prints."""

    name: str
    request: str
    does: str
    args: list[Arg] = []
    show: Printer = show_fields
    whole: bool = False  # print the answer as JSON, too
    empty: str = "None."  # what to do when the list is empty
    then: str = ""  # what to do next
    fixed: dict[str, Any] = {}  # sent beside the arguments
    bodiless: bool = False  # send nothing rather than {}
    either: bool | None = None  # its options exclude each other; True: one is required
    keyless: bool = False
    patience: float = TIMEOUT
    run: Callable[[Run], list[str]] | None = None


def arg(place: str, flags: str, field: str = "", *, text: bool = False, **options: Any) -> Arg:
    """Describe one argument; positionals and options with a default are always sent."""
    names = flags.split()
    positional = not names[0].startswith("-")
    always = positional or options.get("default") is not None
    field = field or names[0].lstrip("-").replace("-", "_")
    return Arg(place, names, field, always, text, positional, options)


def edit(given: Arg, **changes: Any) -> Arg:
    """Return the argument as an edit takes it: unchanged unless given."""
    return given._replace(options={**given.options, "default": None}, **{"always": False, **changes})


def an_id(value: str) -> str:
    """Return an id that cannot turn the path into another one."""
    if value.strip() in ("", ".", ".."):
        raise argparse.ArgumentTypeError("an id must not be empty")
    return value.strip()


def ids(value: str) -> list[str]:
    """Return the ids of a comma-separated list."""
    return [part.strip() for part in value.split(",") if part.strip()]


in_path, in_query, in_body, local = (partial(arg, place) for place in ("path", "query", "body", "local"))


def an_interval(value: str) -> str:
    """Return a time that OpenClaw takes between two looks of a gate."""
    found = re.fullmatch("([1-9][0-9]{0,5})([smh])", value)
    if not found or int(found.group(1)) * {"s": 1, "m": 60, "h": 3600}[found.group(2)] < 30:
        raise argparse.ArgumentTypeError("give 30s or more, for example 60s, 5m or 1h")
    return value


# Version 2 took these short forms as abbreviations; options that came later must not make them ambiguous.
NAME_TO_JOIN = in_body("--name --n", required=True, help="your name")
ABOUT_SUB_TASK = in_body("--sub-task-id --s", help="the sub-task it is about")
ACTION = in_query("--action --a", help="only this action")

ID = in_path("id", type=an_id, help="its full id")
TASK_ID = in_path("task_id", type=an_id, help="id of the task")
PAGES = [in_query("--page", type=int, help="which page"), in_query("--page-size", type=int, help="how long")]
WINDOW = [in_query("--days", type=int, help="how far back"), in_query("--limit", type=int, help="at most")]
REASON = in_body("--reason", text=True, help="why; the others read it")
SESSION = in_body("--session", "session_id", metavar="SESSION", help="id of your session")
STATUS = in_query("--status", help="only this status")
OF_TASK = in_query("--task-id", help="only of this task")
OF_SUB_TASK = in_query("--sub-task-id", help="only of this sub-task")
NAME = in_body("--name", help="new name")
DESC = in_body("--desc", "description", metavar="TEXT", text=True, default="", help="description")
DELIVERABLE = in_body("--deliverable", text=True, default="", help="what is to be handed in")
ACCEPTANCE = in_body("--acceptance", text=True, default="", help="how it will be judged")
PRIORITY = in_body("--priority", choices=PRIORITIES, default="medium", help="how urgent")
TYPE = in_body("--type --t", choices=TYPES, default="once", help="once by default")
DEPENDS = in_body("--depends-on", type=ids, action="extend", metavar="ID[,ID]", help="what comes first")
MODULE = in_body("--module-id", help="id of its module")
ASSIGN = in_body("--assign", "assigned_agent", metavar="AGENT_ID", help="who is to do it")
SCHEDULE = [
    in_body("--cron", metavar="'0 9 * * *'", help="when it comes again: minute hour day month weekday"),
    in_body("--tz", "timezone", metavar="ZONE", help="time zone of it, for example Asia/Shanghai (UTC)"),
    in_body("--overlap", choices=["skip", "queue"], help="while the last one is unfinished (skip)"),
    in_body("--catch-up", choices=["one", "skip"], help="after times that were missed (one)"),
]
FORCE = local("--force", action="store_true", help="replace what would be kept otherwise")

# fmt: off
# One entry, one command: read it as a table.
COMMANDS = (
    Command("register", "POST /agents/register", "join the team; the key is printed once and saved",
            [NAME_TO_JOIN, in_body("--role", choices=ROLES, required=True, help="your role"),
             local("--token", required=True, help="registration token"),
             in_body("--description", text=True, default="", help="what you are good at"),
             local("--no-save", action="store_true", help=f"do not write {CREDENTIALS}"), FORCE],
            keyless=True, run=register),
    Command("enrol", "POST /agents/enrol", "join with a code, in a folder of your own; says `ready` at the end",
            [local("code", help="the enrolment code, good once")], keyless=True, run=enrol),
    Command("doctor", "", "is everything there to work with? says `ready`, or what is wrong",
            keyless=True, run=doctor),
    Command("wake", "GET /brief", "wake up: the rules and what to do, complete enough to begin",
            [in_query("--max-chars", type=int, help="room beside the rules (8000)"),
             in_query("--rules", metavar="DIGEST", help="digest of the rules you know, to leave them out")],
            run=wake),
    Command("peek", "GET /peek", "is there anything for you? one line of JSON, for a gate", run=peek, patience=4.0),
    Command("plan", "POST /tasks/plan", "write a whole plan at once, from YAML or JSON (planner)",
            [local("file", nargs="?", help=".yaml, .yml or .json; - reads standard input"),
             local("--dry-run", action="store_true", help="check everything, write nothing"),
             local("--example", action="store_true", help="print a plan to begin with")],
            show_plan, run=plan, patience=60.0),
    Command("whoami", "GET /agents/me", "your own name, id, role and score", show=AGENT),
    Command("agents", "GET /agents", "the team",
            [in_query("--role", help="only this role")], AGENTS, empty="Nobody of that role has joined."),
    Command("rules", "GET /rules", "the rules you work by",
            [in_query("--task-id", help="with the rules of this task"),
             in_query("--sub-task-id", help="with the rules of this sub-task")],
            show_rules, fixed={"cli_version": CLI_VERSION}),
    Command("notification", "GET /config/notification", "where and about what to notify",
            show=card("enabled: {enabled}", "channels", "events")),
    Command("health", "GET /health", "is the server well? (needs no key)", keyless=True),
    Command("update", "GET /tools/cli", "bring this file and SKILL.md up to date", [FORCE], run=update),
    Command("version", "", "the version of this file", keyless=True, run=version),
    Command("openclaw-cron", "", "how OpenClaw wakes you when there is work",
            [local("--role", choices=ROLES, help="yours by default"),
             local("--agent", metavar="ID", help="the agent's id in OpenClaw, your name by default"),
             local("--every", type=an_interval, default="60s", help="time between two looks (60s)"),
             local("--generation", choices=["auto", "2026.7", "2026.8"], default="auto",
                   help="of OpenClaw; the installed one by default")],
            keyless=True, run=openclaw_cron),

    Command("task create", "POST /tasks", "create a task (planner)",
            [in_body("name"), DESC, TYPE], TASK, whole=True, then="task status {id} active"),
    Command("task list", "GET /tasks", "all tasks", [STATUS, *PAGES], TASKS,
            empty="No such task. A planner makes one with `task create NAME`."),
    Command("task get", "GET /tasks/{id}", "one task", [ID], TASK, whole=True),
    Command("task edit", "PUT /tasks/{id}", "change name or description (planner)",
            [ID, NAME, edit(DESC)], TASK, whole=True),
    Command("task status", "PUT /tasks/{id}/status", "move a task on (planner)",
            [ID, in_body("status", help="planning, active, in_progress, completed or archived")], TASK),
    Command("task complete", "PUT /tasks/{id}/status", "close a finished task (planner)", [ID], TASK,
            fixed={"status": "completed"}),
    Command("task cancel", "POST /tasks/{id}/cancel", "cancel a task and its open sub-tasks (planner)", [ID],
            card("Cancelled: {name}", "id", "status")),

    Command("module create", "POST /tasks/{task_id}/modules", "add a module to a task (planner)",
            [TASK_ID, in_body("name"), DESC], card("Created: {name}", "id", "task_id=task")),
    Command("module list", "GET /tasks/{task_id}/modules", "the modules of a task", [TASK_ID], MODULES,
            empty="No module. A planner adds one with `module create TASK_ID NAME`."),

    Command("st create", "POST /sub-tasks", "create a sub-task (planner)",
            [in_body("task_id", type=an_id, help="id of the task"), in_body("name"), DESC, DELIVERABLE,
             ACCEPTANCE, PRIORITY, TYPE, MODULE, ASSIGN, DEPENDS,
             *(part._replace(place="config") for part in SCHEDULE)], show_new_sub_task, whole=True),
    Command("st list", "GET /sub-tasks", "all sub-tasks",
            [OF_TASK, in_query("--module-id", help="only of this module"), STATUS,
             in_query("--assigned-agent", metavar="AGENT_ID", help="only of this agent"), *PAGES],
            SUB_TASKS, empty="No such sub-task."),
    Command("st mine", "GET /sub-tasks/mine", "what is assigned to you", PAGES, SUB_TASKS,
            empty="Nothing is yours. See `st available`."),
    Command("st available", "GET /sub-tasks/available", "what can be claimed", PAGES, SUB_TASKS,
            empty="Nothing can be claimed now. Stop here and look again at your next wake-up."),
    Command("st next", "POST /sub-tasks/claim-next", "take what is most urgent: yours or free (executor)",
            [in_body("--task-id", help="only of this task"), in_body("--module-id", help="only of this module"),
             SESSION], show_next),
    Command("st latest", "GET /sub-tasks/latest", "your latest sub-task in a task",
            [in_query("task_id", type=an_id, help="id of the task")], show_sub_task),
    Command("st get", "GET /sub-tasks/{id}", "one sub-task, with the last review if it came back", [ID],
            show_sub_task, whole=True),
    Command("st edit", "PUT /sub-tasks/{id}", "change a sub-task that nobody works on (planner)",
            [ID, NAME, edit(DESC), edit(DELIVERABLE), edit(ACCEPTANCE), edit(PRIORITY),
             edit(DEPENDS, always=True)], show_sub_task, whole=True),
    Command("st claim", "POST /sub-tasks/{id}/claim", "take a free sub-task (executor)", [ID, SESSION],
            show_sub_task, then="st start {id}"),
    Command("st start", "POST /sub-tasks/{id}/start", "begin, or begin again after a review (executor)",
            [ID, SESSION], moved("Started"),
            then="when it is done, log create delivery SUMMARY --sub-task-id {id}, then st submit {id}"),
    Command("st session", "POST /sub-tasks/{id}/session", "bind running work to another session (executor)",
            [ID, in_body("session_id")], moved("Session changed")),
    Command("st submit", "POST /sub-tasks/{id}/submit", "hand finished work to review (executor)",
            [ID, SESSION], moved("Submitted"), bodiless=True),
    Command("st release", "POST /sub-tasks/{id}/release", "give it back, for another executor", [ID, REASON],
            moved("Released")),
    Command("st block", "POST /sub-tasks/{id}/block", "stop work that went wrong (patrol)", [ID, REASON],
            moved("Blocked")),
    Command("st unblock", "POST /sub-tasks/{id}/unblock", "let it be claimed again (planner)", [ID, REASON],
            moved("Unblocked")),
    Command("st reassign", "POST /sub-tasks/{id}/reassign", "give it to another executor (planner)",
            [ID, in_body("agent_id", type=an_id), REASON], moved("Reassigned")),
    Command("st cancel", "POST /sub-tasks/{id}/cancel", "cancel it (planner)", [ID, REASON],
            moved("Cancelled")),

    Command("recurrence create", "POST /recurrences", "have the clock create a sub-task again and again (planner)",
            [in_body("task_id", type=an_id, help="id of the task"), in_body("name"), *SCHEDULE, DESC,
             DELIVERABLE, ACCEPTANCE, PRIORITY, MODULE, ASSIGN], RECURRENCE),
    Command("recurrence list", "GET /recurrences", "what the clock repeats, and when next", [OF_TASK, *PAGES],
            RECURRENCES, empty="Nothing recurs. `st create TASK_ID NAME --cron '0 9 * * *'` begins it."),
    Command("recurrence get", "GET /recurrences/{id}", "one recurrence with its next times", [ID], RECURRENCE),
    Command("recurrence edit", "PUT /recurrences/{id}", "change what comes, not what is there (planner)",
            [ID, NAME, *SCHEDULE, edit(DESC), edit(DELIVERABLE), edit(ACCEPTANCE), edit(PRIORITY), MODULE,
             edit(ASSIGN, always=True)], RECURRENCE),
    Command("recurrence pause", "POST /recurrences/{id}/pause", "make no more until it is resumed (planner)",
            [ID, REASON], RECURRENCE, then="recurrence resume {id}"),
    Command("recurrence resume", "POST /recurrences/{id}/resume", "go on with the next time (planner)",
            [ID, REASON], RECURRENCE),
    Command("recurrence end", "POST /recurrences/{id}/end", "make no more; what is there stays (planner)",
            [ID, REASON], RECURRENCE),

    Command("review create", "POST /review-records", "approve (score 3 to 5) or reject (1 to 3, reviewer)",
            [in_body("sub_task_id", type=an_id), in_body("result", choices=["approved", "rejected"]),
             in_body("score", type=int, help="1 to 5"),
             in_body("--comment", text=True, default="", help="what to remember"),
             in_body("--issues", text=True, default="", help="what is wrong; a rejection needs it"),
             in_body("--rework-agent", metavar="AGENT_ID", help="who is to do the rework, if somebody else"),
             in_body("--round", type=int, help="the round you looked at")], REVIEW),
    Command("review list", "GET /review-records", "reviews, newest first", [OF_SUB_TASK, *PAGES], REVIEWS,
            empty="No review yet."),
    Command("review get", "GET /review-records/{id}", "one review", [ID], REVIEW, whole=True),

    Command("score me", "GET /scores/me", "your score", show=card("{agent_name}: {total_score}",
            "rank", "total_agents=agents", "reward_count=rewards", "penalty_count=penalties")),
    Command("score logs", "GET /scores/me/logs", "how your score came about", PAGES, SCORES,
            empty="No entry yet: reviews of your work bring them."),
    Command("score agent-logs", "GET /scores/{agent_id}/logs", "how another agent's score came about",
            [in_path("agent_id", type=an_id), *PAGES], SCORES, empty="No entry yet."),
    Command("score leaderboard", "GET /scores/leaderboard", "everybody's score", show=RANKS),
    Command("score adjust", "POST /scores/adjust", "correct a score (reviewer, planner)",
            [in_body("agent_id", type=an_id), in_body("delta", "score_delta", type=int, help="points, not 0"),
             in_body("reason", text=True), ABOUT_SUB_TASK],
            card("Score changed by {score_delta}: {reason}", "id", "agent_id=agent")),

    Command("log create", "POST /logs", "say what you did",
            [in_body("action", help="coding, delivery, blocked, reflection, plan, review or patrol"),
             in_body("summary", text=True), ABOUT_SUB_TASK, SESSION],
            card("Logged: {action}", "id", "sub_task_id=sub-task")),
    Command("log mine", "GET /logs/mine", "what you said, newest first", [ACTION, *WINDOW], LOGS,
            empty="You logged nothing of that kind lately; --days 60 looks further back."),
    Command("log list", "GET /logs", "what everybody said, newest first",
            [OF_SUB_TASK, in_query("--agent-id", help="only of this agent"), ACTION, *WINDOW], LOGS,
            empty="Nothing of that kind was logged lately; --days 60 looks further back."),

    Command("why", "GET /why", "why is nothing moving, and what frees it? (planner, patrol)",
            [OF_TASK], show_why),
    Command("finding list", "GET /findings", "what stands still",
            [in_query("--status", default="open", help="open by default; resolved, ignored"),
             in_query("--kind", help="only this kind"), in_query("--severity", help="warning or critical"),
             OF_TASK, OF_SUB_TASK, *PAGES], FINDINGS, empty="Nothing of that kind was found."),
    Command("finding get", "GET /findings/{id}", "one finding, with what frees the work", [ID], FINDING),
    Command("finding create", "POST /findings", "report what you saw standing still (patrol)",
            [in_body("kind", help="stuck, timeout, orphan … `finding list` shows them"),
             in_body("description", text=True), in_body("--severity", choices=["warning", "critical"],
                                                        default="warning", help="warning by default"),
             in_body("--sub-task-id", help="about this sub-task"), in_body("--task-id", help="about this task"),
             in_body("--agent-id", help="about this agent")], FINDING, either=True),
    Command("finding resolve", "POST /findings/{id}/resolve", "you dealt with it (patrol, planner)", [ID, REASON],
            FINDING),
    Command("finding ignore", "POST /findings/{id}/ignore", "it needs nobody (patrol, planner)",
            [ID, in_body("--reason", text=True, required=True, help="why; the others read it")], FINDING),

    Command("rule create", "POST /rules/items", "add a rule to a task or a sub-task (planner)",
            [in_body("content", text=True), in_body("--task-id", help="for this task"),
             in_body("--sub-task-id", help="for this sub-task")],
            card("Created.", "id", "task_id=task", "sub_task_id=sub-task"), either=True),
    Command("rule list", "GET /rules/items", "the rules of a task or a sub-task", [OF_TASK, OF_SUB_TASK],
            RULES, empty="No rule of its own. `rules` prints those that hold for everybody.", either=False),
    Command("rule delete", "DELETE /rules/items/{id}", "delete a rule (planner)", [ID], card("Deleted.")),
)
# fmt: on
GROUPS = {
    "task": "tasks",
    "module": "modules of a task",
    "st": "sub-tasks: the work itself",
    "recurrence": "sub-tasks that the clock creates again and again",
    "review": "verdicts on submitted work",
    "score": "scores",
    "log": "what agents say about their work",
    "finding": "what stands still",
    "rule": "rules of a task or a sub-task",
}


# ------------------------------------------------------------------------------------- one command line


class Run:
    """One command line on its way: its arguments, its server, its exit code."""

    def __init__(self, command: Command, values: dict[str, Any]) -> None:
        self.command, self.values, self.exit_code = command, values, 0
        self.json = bool(values.get("json"))

    @cached_property
    def client(self) -> Client:
        """Return the server to talk to, with the key unless the command needs none."""
        given = (str(self.values.get(name) or "") for name in ("url", "key"))
        url, key = find_settings(*given, keyless=self.command.keyless)
        if not key.value and not self.command.keyless:
            hint = "Give --key, or set OPENMOSS_API_KEY, or register first: see `register --help`."
            raise Problem("There is no API key.", hint, code="no_key")
        once = checked_header(Setting(self.values.get("once") or str(uuid.uuid4()), "--once")).value
        return Client(url, key, once, patience=self.command.patience)

    def lines(self) -> list[str]:
        """Carry the command out and return what to print."""
        return self.command.run(self) if self.command.run else self.printed(self.call())

    def printed(self, data: Any) -> list[str]:
        """Return an answer as the command prints it."""
        if self.json:
            return [compact(data)]
        try:
            lines = self.command.show(data, self)
            lines += ["json:", json.dumps(data, ensure_ascii=False, indent=2)] if self.command.whole else []
            return [*lines, *([f"Next: {self.command.then.format_map(data)}"] if self.command.then else [])]
        except (AttributeError, KeyError, TypeError, ValueError):
            return ["The server answered in a form that this version does not know:", compact(data)]

    def read_texts(self) -> None:
        """Put standard input where an argument is `-`; refuse what cannot travel as text."""
        piped = [arg.field for arg in self.command.args if arg.text and self.values.get(arg.field) == "-"]
        if len(piped) > 1:
            raise Problem("Only one argument can be read from standard input.", exit_code=2)
        for field in piped:
            self.values[field] = read_stdin()
        for field, value in self.values.items():
            if re.search("[\x00\ud800-\udfff]", "".join(map(str, as_list(value)))):
                raise Problem(f"{field} holds a NUL character or bytes that are not UTF-8 text.", exit_code=2)

    def call(self, **more: Any) -> Any:
        """Send the request that the table describes and return the answer."""
        return self.client.json(**{**self.request(), **more})

    def request(self) -> dict[str, Any]:
        """Return the request that the table describes, as `Client.send` takes it."""
        self.read_texts()
        method, path = self.command.request.split()
        parts: dict[str, dict[str, Any]] = {"path": {}, "query": {}, "body": {}, "config": {}, "local": {}}
        parts["query" if method == "GET" else "body"].update(self.command.fixed)
        for arg in self.command.args:
            value = self.values.get(arg.field)
            if value or (arg.always and value is not None):
                parts[arg.place][arg.field] = value
        parts["body"].update({"recurring_config": parts["config"]} if parts["config"] else {})
        path = path.format(**{name: quote(value, safe="") for name, value in parts["path"].items()})
        body = None
        if method in ("POST", "PUT"):
            empty = self.command.bodiless and not parts["body"]
            body = b"" if empty else json.dumps(parts["body"], ensure_ascii=False).encode()
        return {"method": method, "path": path, "query": parts["query"], "body": body}

    def again(self, **changes: int) -> str:
        """Return this command line with other values."""
        words = [self.command.name]
        for arg in self.command.args:
            value = changes.get(arg.field) or self.values.get(arg.field)
            if value:
                words += [*([] if arg.positional else arg.flags[:1]), shlex.quote(str(value))]
        return " ".join(words)


def read_stdin() -> str:
    """Return what is piped in, as text without its last line break."""
    if sys.stdin is None or sys.stdin.isatty():
        raise Problem("`-` reads standard input, but nothing is piped in.", exit_code=2)
    try:
        return sys.stdin.buffer.read().decode("utf-8-sig").rstrip("\r\n")
    except UnicodeDecodeError:
        raise Problem("Standard input is not UTF-8 text.", exit_code=2) from None


def build_parser() -> argparse.ArgumentParser:
    """Return the parser of every command in the table."""
    shared = argparse.ArgumentParser(add_help=False, argument_default=argparse.SUPPRESS)
    shared.add_argument("--key", help="your API key")
    shared.add_argument("--url", help="address of the server")
    shared.add_argument("--json", action="store_true", help="print the server's answer as one line of JSON")
    shared.add_argument("--once", metavar="ID", help="repeat a write safely: the id that its error named")
    options: dict[str, Any] = {"parents": [shared], "formatter_class": argparse.RawDescriptionHelpFormatter}
    main = argparse.ArgumentParser(description=OVERVIEW, epilog=EPILOG, **options)
    main.set_defaults(parser=main, command=None)
    top = main.add_subparsers(metavar="COMMAND", help=argparse.SUPPRESS)
    groups = {"": top}
    for name, what in GROUPS.items():
        group = top.add_parser(name, description=what, **options)
        group.set_defaults(parser=group)
        groups[name] = group.add_subparsers(metavar="COMMAND", title="commands")
    for command in COMMANDS:
        within, _, name = command.name.rpartition(" ")
        listed: dict[str, Any] = {"help": command.does} if within else {}
        parser = groups[within].add_parser(name, description=command.does, **listed, **options)
        parser.set_defaults(command=command)
        add_arguments(parser, command)
    return main


def add_arguments(parser: argparse.ArgumentParser, command: Command) -> None:
    """Teach a parser the arguments of a command."""
    target: Any = parser
    if command.either is not None:
        target = parser.add_mutually_exclusive_group(required=command.either)
    for arg in command.args:
        if arg.positional:
            shown: dict[str, Any] = {} if "choices" in arg.options else {"metavar": arg.flags[0].upper()}
            parser.add_argument(arg.field, **shown, **arg.options)
        else:
            # What has a value anyhow is no alternative to anything.
            (parser if arg.always else target).add_argument(*arg.flags, dest=arg.field, **arg.options)


def synopsis(command: Command) -> str:
    """Return a command with what it cannot do without."""
    needed = [arg.flags[0].upper() for arg in command.args if arg.positional]
    return " ".join([command.name, *needed])


OVERVIEW = "Work in an OpenMOSS team.\n\n" + "\n".join(f"  {synopsis(c):38} {c.does}" for c in COMMANDS)
EPILOG = f"""\
`-` as a longer text (description, deliverable, acceptance, issues, comment, reason, summary, rule)
reads it from standard input. COMMAND --help lists the options of a command.

examples:
  task-cli.py register --name Erin --role executor --token TOKEN
  task-cli.py wake
  task-cli.py st next --json
  task-cli.py log create delivery - --sub-task-id ID < report.md

settings, first found wins:
  key      --key, OPENMOSS_API_KEY, {CREDENTIALS}
  address  --url, OPENMOSS_URL, {CREDENTIALS}, {BASE_URL}
  {CREDENTIALS} is looked for from the working folder upwards, then from this file upwards.
  OPENMOSS_TIMEOUT  seconds one try may take (8; peek 4, plan 60)

exit codes:
  0  done   1  refused, or no answer; standard output says why   2  wrong command line   130  interrupted
"""


def emit(lines: list[str]) -> bool:
    """Print the lines; return whether that worked, or nobody wants to read them any more."""
    try:
        if lines:
            print("\n".join(lines))
        if sys.stdout is not None:
            sys.stdout.flush()
    except OSError as error:
        # What is still buffered would be tried again, and complained of, when the interpreter ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return isinstance(error, BrokenPipeError)
    return True


def main() -> int:
    """Carry out one command line and return its exit code."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(encoding="utf-8", errors="replace")
    as_json = False
    try:
        values = vars(build_parser().parse_args())
        as_json = bool(values.get("json"))
        command, parser = values.pop("command"), values.pop("parser")
        run = Run(command, values)
        lines = run.lines() if command else [parser.format_help().rstrip()]
        code = run.exit_code
    except SystemExit as leave:
        lines, code = [], int(leave.code or 0)
    except Problem as problem:
        lines, code = [compact(problem.as_json())] if as_json else problem.lines(), problem.exit_code
    except KeyboardInterrupt:
        lines, code = ["Interrupted."], 130
    except BrokenPipeError:  # the reader of --help has left
        lines, code = [], 0
    except Exception as error:  # a traceback tells an agent nothing
        lines, code = [f"Error: a fault of this program: {type(error).__name__}: {one_line(error)}"], 1
    return code if emit(lines) else code or 1


if __name__ == "__main__":
    sys.exit(main())
