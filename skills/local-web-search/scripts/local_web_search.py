#!/usr/bin/env python3
"""Search the web through an OpenAI-compatible gateway and print the answer with its sources.

Needs Python 3.8 or newer and nothing else.
"""

from __future__ import annotations

import argparse
import http.client
import json
import os
import re
import ssl
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple
from urllib.error import HTTPError
from urllib.request import HTTPRedirectHandler, ProxyHandler, Request, build_opener

URL_NAMES = ("LOCAL_160_BASE_URL",)
KEY_NAMES = ("LOCAL_160_API_KEY",)
TIMEOUT_NAMES = ("LOCAL_160_TIMEOUT",)
TIMEOUT = "1200"
KEYCHAIN = "openclaw-local-160"
LARGEST_ANSWER = 8 * 1024 * 1024
LONGEST_PAUSE = 30  # seconds; a Retry-After beyond this is the caller's to wait for

MODEL = "gpt-5.2-codex"
MODES = ("live", "cached", "disabled")
LONGEST_TEXT = 20_000  # characters
MOST_SOURCES = 5


def main() -> int:
    """Carry out one command line and return its exit code."""
    parser = argparse.ArgumentParser(
        description="Search the web and print the answer with its sources.", epilog=EPILOG
    )
    parser.add_argument("--query", required=True, help="what to find out")
    parser.add_argument("--mode", choices=MODES, help="how fresh (LOCAL_160_WEB_SEARCH_MODE; live)")
    parser.add_argument("--model", help=f"model to ask (LOCAL_160_MODEL; {MODEL})")
    parser.add_argument(
        "--json", action="store_true", help="print the gateway's whole answer as one line of JSON"
    )
    add_gateway_options(parser)
    return carry_out(parser.parse_args(), search)


EPILOG = "Exit codes: 0 done, 1 no answer or a refusal, 2 wrong configuration or command line."


def search(args: argparse.Namespace, gateway: Gateway) -> str:
    """Return what the web says, or the gateway's whole answer with `--json`."""
    mode = args.mode or setting("LOCAL_160_WEB_SEARCH_MODE") or "live"
    if mode not in MODES:
        hint = f"Set it to one of: {', '.join(MODES)}."
        raise Problem("LOCAL_160_WEB_SEARCH_MODE is no mode.", hint, exit_code=2)
    if not args.query.strip():
        raise Problem("The query is empty.", "Ask one question in --query.", exit_code=2)
    tool = {"type": "web_search", "external_web_access": mode == "live"}
    body = {
        "model": args.model or setting("LOCAL_160_MODEL") or keychain("model") or MODEL,
        "input": args.query,
        "tools": [] if mode == "disabled" else [tool],
    }
    answer = gateway.post("/v1/responses", body, {"Authorization": f"Bearer {gateway.key}"})
    if args.json:
        return clean(json.dumps(answer, ensure_ascii=False, separators=(",", ":")))
    text, urls = told(answer)
    if not text:
        why = reason_in(answer)
        detail = f"The gateway's answer holds no text{f': {why}' if why else '.'}"
        raise Problem(detail, "Ask again, or look at the whole answer with --json.")
    return "\n".join([text, *(["", "Sources:"] if urls else []), *(f"- {url}" for url in urls)])


def told(answer: Any) -> tuple[str, list[str]]:
    """Return the last text of an answer and the distinct addresses that it cites, both of limited length."""
    text, urls = "", {}
    messages = [item for item in dicts(answer, "output") if item.get("type") == "message"]
    for content in (part for message in messages for part in dicts(message, "content")):
        if content.get("type") != "output_text":
            continue
        text = clean(str(content.get("text") or "")) or text
        for note in dicts(content, "annotations"):
            if note.get("type") == "url_citation" and isinstance(note.get("url"), str):
                urls[one_line(note["url"], 2000)] = True
    if len(text) > LONGEST_TEXT:
        text = f"{text[:LONGEST_TEXT]}… (cut at {LONGEST_TEXT} characters; --json prints all)"
    return text, list(urls)[:MOST_SOURCES]


def env_files() -> list[str]:
    """Return where an env file may lie, first come first served."""
    workspace = os.environ.get("OPENCLAW_WORKSPACE")
    beside = [os.path.join(workspace, ".env")] if workspace else []
    return [*beside, "/workspace/.env", os.path.expanduser("~/.openclaw/workspace/.env")]


# ------------------------------------------------------------------------------ settings and one request
# Three skills hold this part word for word: their folders are copied about one by one, so there is no
# module to share. A test keeps the copies alike; what differs are the names in capitals above.


class Problem(Exception):
    """Say why nothing came of it and how to go on; `result` goes to standard output all the same."""

    def __init__(self, detail: str, hint: str = "", *, exit_code: int = 1, result: str = "") -> None:
        super().__init__(detail)
        self.detail, self.hint, self.exit_code, self.result = detail, hint, exit_code, result


class StayWithGateway(HTTPRedirectHandler):
    """Turn redirects into errors: a server that nobody named must not see the key."""

    def redirect_request(self, *_: Any) -> None:
        """Return no further request."""


class Gateway(NamedTuple):
    """Where to ask, with which key, and for how many seconds."""

    url: str
    key: str
    timeout: float

    def post(self, path: str, body: Any, headers: dict[str, str]) -> Any:
        """Return the JSON that the gateway answers; wait once where a 429 says how long."""
        # Some gateways turn away whatever calls itself Python.
        sent = {"Content-Type": "application/json", "User-Agent": "openmoss-skill", **headers}
        request = Request(self.url + path, data=json.dumps(body).encode(), headers=sent, method="POST")
        # A proxy cannot reach the caller's own machine.
        loopback = re.match(r"https?://(localhost|127\.0\.0\.1|\[::1\])(?![^:/])", self.url)
        opener = build_opener(StayWithGateway(), *([ProxyHandler({})] if loopback else []))
        for pauses_left in (1, 0):
            until = time.monotonic() + self.timeout
            try:
                with opener.open(request, timeout=self.timeout) as answer:
                    return json.loads(received(answer, until))
            except HTTPError as error:
                asked = error.headers.get("Retry-After", "")
                pause = int(asked) if error.code == 429 and re.fullmatch("[0-9]{1,9}", asked) else None
                if not pauses_left or pause is None or pause > LONGEST_PAUSE:
                    raise self.refused(error, until, pause) from None
                time.sleep(pause)
            except (json.JSONDecodeError, UnicodeDecodeError, RecursionError):
                hint = f"Is {URL_NAMES[0]} the gateway itself? If so, try again."
                raise Problem("The gateway's answer is not JSON, or it broke off.", hint) from None
            except (OSError, http.client.HTTPException, ValueError) as error:
                raise self.unreachable(getattr(error, "reason", error)) from None
        raise AssertionError("the last try returns or raises")

    def refused(self, error: HTTPError, until: float, pause: int | None) -> Problem:
        """Return the Problem in an error answer."""
        if 300 <= error.code < 400:
            target = one_line(error.headers.get("Location", "nowhere").split("?")[0])
            why = f"{self.url} redirects to {target}; the key was not sent there."
            return Problem(why, f"If that is your gateway, set {URL_NAMES[0]} to it.")
        try:
            why = reason_in(json.loads(received(error, until)))
        except (OSError, http.client.HTTPException, ValueError, RecursionError, Problem):
            why = ""
        hint = "Try again in a minute." if error.code >= 500 else "Mend what it names before you try again."
        hint = {
            401: f"Check {KEY_NAMES[0]}.",
            403: f"Check {KEY_NAMES[0]}, and that it may use this model.",
            404: f"Check {URL_NAMES[0]} and the name of the model.",
            429: "Try again in a minute." if pause is None else f"Try again in {pause} s.",
        }.get(error.code, hint)
        return Problem(f"The gateway answered {error.code}: {why or 'it gave no reason'}", hint)

    def unreachable(self, reason: Any) -> Problem:
        """Return the Problem of a gateway that gave no whole answer."""
        why, hint = one_line(str(reason)), f"Check {URL_NAMES[0]}, or try again in a minute."
        if "timed out" in why:
            why, hint = f"it took longer than {self.timeout:g} s", f"Try again, or raise {TIMEOUT_NAMES[0]}."
        elif isinstance(reason, ConnectionRefusedError):
            why = "nothing listens there"
        elif isinstance(reason, ssl.SSLCertVerificationError):
            why = f"its certificate is not trusted ({one_line(reason.verify_message)})"
            hint = "For an authority of your own, set SSL_CERT_FILE to its certificate."
        elif isinstance(reason, ssl.SSLError):
            why, hint = "it does not speak TLS", f"Should {URL_NAMES[0]} begin with http:// instead?"
        return Problem(f"No answer from {self.url}: {why or type(reason).__name__}.", hint)


def received(answer: Any, until: float) -> bytes:
    """Return the body, if it has an end in time and in size."""
    data = bytearray()
    while True:
        chunk = answer.read1(65536)
        data += chunk
        if len(data) > LARGEST_ANSWER:
            raise Problem(f"The gateway's answer is larger than {LARGEST_ANSWER >> 20} MiB.")
        if not chunk:
            return bytes(data)
        if time.monotonic() > until:  # bytes may trickle in for ever
            raise TimeoutError("timed out")


def reason_in(answer: Any) -> str:
    """Return the message of an error answer of any shape, empty if there is none."""
    found = answer[0] if isinstance(answer, list) and answer else answer
    while isinstance(found, dict):
        found = found.get("error") or found.get("message") or found.get("detail")
    return one_line(found) if isinstance(found, str) else ""


def dicts(found: Any, name: str) -> list[dict[str, Any]]:
    """Return the objects in a list of an answer, none where there is no such list."""
    items = found.get(name) if isinstance(found, dict) else None
    return [item for item in items if isinstance(item, dict)] if isinstance(items, list) else []


def clean(text: str) -> str:
    """Return text that cannot move the cursor or hide what follows."""
    return re.sub("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029]", " ", text).strip()


def one_line(text: str, most: int = 300) -> str:
    """Return text on one line of limited length."""
    line = " ".join(clean(text).split())
    return line if len(line) <= most else line[: most - 1] + "…"


def find_gateway(args: argparse.Namespace) -> Gateway:
    """Return the gateway of the options, the environment, the env files or the Keychain, in this order."""
    load_env(args.env_file)
    url = args.base_url or setting(*URL_NAMES) or keychain("base-url")
    key = args.api_key or setting(*KEY_NAMES) or keychain("api-key")
    hint = f"Set {URL_NAMES[0]} in the environment or an env file, as https://host"
    if not url:
        raise Problem("No gateway is configured.", hint, exit_code=2)
    # The host of an example leads nowhere, or to a stranger who would see the key.
    example = re.match(r"https?://([^/]*\.)?example\.(com|net|org)(?![^:/])", url, re.IGNORECASE)
    address = r"https?://(\[[0-9a-f:.]+\]|[\w.-]+)(:[0-9]+)?(/[\w./~%+-]*)?"
    if example or not re.fullmatch(address, url, re.ASCII | re.IGNORECASE):
        raise Problem("The base URL is not the address of a gateway.", hint, exit_code=2)
    # With a quote or a backslash it could stand in JSON in a form that is not found and blanked.
    if not re.fullmatch(r"[!#-\[\]-~]+", key):
        why = "The API key holds a character that no key has." if key else "There is no API key."
        raise Problem(why, f"Set {KEY_NAMES[0]} in the environment or an env file.", exit_code=2)
    return Gateway(re.sub("(/+v1(beta)?)?/*$", "", url), key, seconds(args.timeout))


def seconds(given: str | None) -> float:
    """Return how long to wait."""
    try:
        timeout = float(given or setting(*TIMEOUT_NAMES) or TIMEOUT)
    except ValueError:
        timeout = 0.0
    if not 0 < timeout <= 86400:
        hint = f"Give --timeout or {TIMEOUT_NAMES[0]} a number above 0, at most 86400."
        raise Problem("The time-out is not a number of seconds.", hint, exit_code=2)
    return timeout


def load_env(named: str | None) -> None:
    """Take settings from the named env file, or else from those in the usual places; what is set stays."""
    for path in [named] if named else env_files():
        try:
            lines = Path(path).read_text(encoding="utf-8-sig", errors="replace").split("\n")
        except OSError as error:
            if named:
                why = f"The env file {path} cannot be read: {error.strerror}."
                raise Problem(why, "Give --env-file another path.", exit_code=2) from None
            continue
        for line in lines:
            found = re.fullmatch(
                r"""\s*(?:export\s+)?(\w+)\s*=\s*("[^"\0]*"|'[^'\0]*'|[^\0]*?)\s*(?:\s#.*)?""", line
            )
            if found and not os.environ.get(found[1]):
                os.environ[found[1]] = re.sub("^([\"'])(.*)\\1$", r"\2", found[2])


def setting(*names: str) -> str:
    """Return the first of these variables that holds something."""
    return next((value for value in (os.environ.get(name, "").strip() for name in names) if value), "")


def keychain(account: str) -> str:
    """Return an entry of the macOS Keychain, empty where there is none."""
    command = ["security", "find-generic-password", "-s", KEYCHAIN, "-a", account, "-w"]
    if sys.platform != "darwin":
        return ""
    try:
        found = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, timeout=10)
    except (OSError, subprocess.SubprocessError):
        return ""
    return found.stdout.decode(errors="replace").strip() if found.returncode == 0 else ""


def add_gateway_options(parser: argparse.ArgumentParser) -> None:
    """Teach a parser where the gateway is."""
    parser.add_argument("--env-file", help="read settings from this file only")
    parser.add_argument("--base-url", help=f"address of the gateway ({', '.join(URL_NAMES)})")
    parser.add_argument("--api-key", help=f"its key ({', '.join(KEY_NAMES)}; safer there than here)")
    parser.add_argument("--timeout", help=f"seconds to wait ({', '.join(TIMEOUT_NAMES)}; {TIMEOUT})")


def carry_out(args: argparse.Namespace, work: Callable[[argparse.Namespace, Gateway], str]) -> int:
    """Print what the work returns, or why it failed, and return the exit code."""
    key, result, problem = "", "", None
    try:
        gateway = find_gateway(args)
        key = gateway.key
        result = work(args, gateway)
    except Problem as found:
        problem, result = found, found.result
    except KeyboardInterrupt:
        problem = Problem("Interrupted.", exit_code=130)
    except Exception as error:  # a traceback tells an agent nothing
        problem = Problem(f"A fault of this program: {type(error).__name__}: {one_line(str(error))}")
    complaint = f"Error: {problem.detail}" if problem else ""
    complaint += f"\nHint: {problem.hint}" if problem and problem.hint else ""
    try:
        for text, stream in ((result, sys.stdout), (complaint, sys.stderr)):
            if text:
                # A gateway may repeat the key. A shorter one is no secret, and could be any word.
                text = text.replace(key, "[key]") if len(key) >= 8 else text
                stream.buffer.write(f"{text}\n".encode("utf-8", "replace"))
                stream.flush()
    except OSError:  # the reader has left
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    return problem.exit_code if problem else 0


# ----------------------------------------------------------------------------------- end of the same part


if __name__ == "__main__":
    sys.exit(main())
