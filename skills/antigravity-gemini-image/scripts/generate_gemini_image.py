#!/usr/bin/env python3
"""Make an image from words, or from words and an image, through a Gemini-compatible gateway.

Needs Python 3.8 or newer and nothing else.
"""

from __future__ import annotations

import argparse
import base64
import http.client
import json
import os
import re
import ssl
import subprocess
import sys
import time
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple
from urllib.error import HTTPError
from urllib.parse import quote
from urllib.request import HTTPRedirectHandler, ProxyHandler, Request, build_opener

URL_NAMES = ("LOCAL_160_BASE_URL",)
KEY_NAMES = ("LOCAL_160_API_KEY",)
TIMEOUT_NAMES = ("GEMINI_IMAGE_TIMEOUT", "LOCAL_160_TIMEOUT")
TIMEOUT = "1200"
KEYCHAIN = "openclaw-local-160"
LARGEST_ANSWER = 128 * 1024 * 1024
LONGEST_PAUSE = 30  # seconds; a Retry-After beyond this is the caller's to wait for

MODEL = "gemini-3.1-flash-image"
LARGEST_IMAGE = 14 * 1024 * 1024  # as base64 it must fit into a request of 20 MB
KINDS = {  # how the content begins, how files of this kind are called
    "image/png": (b"\x89PNG\r\n\x1a\n", (".png",)),
    "image/jpeg": (b"\xff\xd8\xff", (".jpg", ".jpeg")),
    "image/webp": (b"RIFF....WEBP", (".webp",)),
    "image/gif": (b"GIF8[79]a", (".gif",)),
    "image/heic": (b"....ftyp(heic|heix|mif1)", (".heic", ".heif")),
}


def main() -> int:
    """Carry out one command line and return its exit code."""
    parser = argparse.ArgumentParser(
        description="Make an image from words, or change one by words.", epilog=EPILOG
    )
    parser.add_argument("--prompt", required=True, help="what the image shows, or what to change in it")
    parser.add_argument("--out", required=True, help="file to write; missing folders are made")
    parser.add_argument("--image", help="image to start from, at most 14 MiB")
    parser.add_argument("--model", help=f"model to ask (GEMINI_IMAGE_MODEL; {MODEL})")
    parser.add_argument(
        "--temperature", type=float, default=0.3, help="0 to 2, how freely to draw (%(default)s)"
    )
    parser.add_argument("--size", help="1K, 2K or 4K, as the model allows (GEMINI_IMAGE_SIZE; 4K)")
    parser.add_argument("--ratio", help="width to height (GEMINI_IMAGE_RATIO; 16:9)")
    add_gateway_options(parser)
    return carry_out(parser.parse_args(), draw)


EPILOG = (
    "Exit codes: 0 done, 1 no answer or a refusal, 2 wrong configuration, input or command line, "
    "3 no image in the answer."
)


def draw(args: argparse.Namespace, gateway: Gateway) -> str:
    """Write the image and return its path."""
    if not args.prompt.strip():
        raise Problem("The prompt is empty.", "Say in --prompt what the image shows.", exit_code=2)
    if not 0 <= args.temperature <= 2:
        raise Problem("The temperature is not between 0 and 2.", "Leave --temperature out.", exit_code=2)
    parts = [{"text": args.prompt}, *([source(Path(args.image))] if args.image else [])]
    image = {
        "imageSize": args.size or setting("GEMINI_IMAGE_SIZE") or "4K",
        "aspectRatio": args.ratio or setting("GEMINI_IMAGE_RATIO") or "16:9",
    }
    body = {
        "contents": [{"role": "user", "parts": parts}],
        "generationConfig": {
            "temperature": args.temperature,
            "responseModalities": ["TEXT", "IMAGE"],
            "imageConfig": image,
        },
    }
    model = args.model or setting("GEMINI_IMAGE_MODEL") or MODEL
    out = Path(args.out)
    make_room(out)
    path = f"/v1beta/models/{quote(model, safe='')}:generateContent"
    save(out, drawn(gateway.post(path, body, {"x-goog-api-key": gateway.key})))
    return args.out


def source(path: Path) -> dict[str, Any]:
    """Return the image to start from as a part of the request."""
    hint = "Give --image a PNG, JPEG, WebP, GIF or HEIC file of at most 14 MiB."
    try:
        if not 0 < path.stat().st_size <= LARGEST_IMAGE:
            raise Problem(f"{path} is empty or too large.", hint, exit_code=2)
        data = path.read_bytes()
    except OSError as error:
        raise Problem(f"{path} cannot be read: {error.strerror}.", hint, exit_code=2) from None
    mime_type = kind_by_content(data) or kind_by_name(path) or "image/jpeg"
    return {"inline_data": {"mime_type": mime_type, "data": base64.b64encode(data).decode()}}


def kind_by_content(data: bytes) -> str:
    """Return the MIME type of an image, empty if it is none."""
    return next((kind for kind, (start, _) in KINDS.items() if re.match(start, data, re.DOTALL)), "")


def kind_by_name(path: Path) -> str:
    """Return the MIME type that a file name promises, empty if it promises none."""
    return next((kind for kind, (_, names) in KINDS.items() if path.suffix.lower() in names), "")


def drawn(answer: Any) -> bytes:
    """Return the first image of an answer."""
    parts = [
        part for first in dicts(answer, "candidates")[:1] for part in dicts(first.get("content"), "parts")
    ]
    images = [part.get("inline_data") or part.get("inlineData") for part in parts]
    found = next(filter(None, images), None)
    if found is None:
        hint = "Say plainly in the prompt what the image shows, and ask again."
        raise Problem(f"The answer holds no image: {why_not(answer, parts)}", hint, exit_code=3)
    try:
        data = base64.b64decode("".join(found["data"].split()), validate=True)
    except (AttributeError, KeyError, TypeError, ValueError):
        data = b""
    if not kind_by_content(data):
        raise Problem("What the answer holds is not an image in base64.", "Ask again.", exit_code=3)
    return data


def why_not(answer: Any, parts: list[dict[str, Any]]) -> str:
    """Return what an answer says instead of showing an image."""
    said = [part.get("text") for part in parts]
    said += [candidate.get("finishReason") for candidate in dicts(answer, "candidates")]
    feedback = answer.get("promptFeedback") if isinstance(answer, dict) else None
    said += [feedback.get("blockReason")] if isinstance(feedback, dict) else []
    words = one_line("; ".join(each for each in said if isinstance(each, str)))
    return words or reason_in(answer) or "it gives no reason"


def make_room(out: Path) -> None:
    """Refuse a place that cannot be written, before anything is paid for."""
    why = ""
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        if out.is_dir():
            why = "it is a folder"
        elif not os.access(out.parent, os.W_OK):
            why = "its folder is closed to you"
    except OSError as error:
        why = error.strerror
    if why:
        hint = "Give --out a file in a folder that you may write."
        raise Problem(f"{out} cannot be written: {why}.", hint, exit_code=2)


def save(out: Path, data: bytes) -> None:
    """Put the whole image in place, or leave all as it was."""
    place = Path(os.path.realpath(out))
    draft = place.with_name(f".{uuid.uuid4().hex}.part")
    try:
        with draft.open("xb") as stream:
            stream.write(data)
            stream.flush()
            os.fsync(stream.fileno())
        os.replace(draft, place)
    except OSError as error:
        raise Problem(f"{out} could not be written: {error.strerror}.", "Is the disk full?") from None
    finally:
        if draft.exists():
            draft.unlink()
    kind = kind_by_content(data)
    if kind_by_name(out) not in (kind, ""):
        print(f"Warning: {out} holds {kind}, which its name does not say.", file=sys.stderr)


def env_files() -> list[str]:
    """Return where an env file may lie, first come first served."""
    workspace = os.environ.get("OPENCLAW_WORKSPACE")
    beside = [os.path.join(workspace, ".env")] if workspace else []
    return [*beside, os.path.expanduser("~/.openclaw/workspace/.env"), "/workspace/.env"]


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
