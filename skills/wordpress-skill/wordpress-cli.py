#!/usr/bin/env python3
"""Work on a WordPress site from a shell: one command, one answer.

Needs Python 3.8 or newer and nothing else. `wordpress-cli.py --help` lists every command.
"""

from __future__ import annotations

import argparse
import base64
import html
import http.client
import io
import ipaddress
import json
import mimetypes
import os
import re
import shlex
import socket
import ssl
import sys
import time
import unicodedata
from collections import defaultdict
from collections.abc import Callable, Iterable
from functools import cached_property, partial
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, NamedTuple
from urllib.error import HTTPError, URLError
from urllib.parse import quote, urlencode, urljoin, urlsplit
from urllib.request import HTTPRedirectHandler, ProxyHandler, Request, build_opener

TIMEOUT = 30.0  # seconds one try may take
UPLOAD_TIMEOUT = 60.0
PAUSES = (0.5, 2.0)  # seconds between tries
LONGEST_WAIT = 5.0  # a Retry-After beyond this is the caller's to wait for
TUNNEL = "Tunnel connection failed"  # how http.client says that a proxy refused
TRY_AGAIN = (429, 502, 503, 504)
LARGEST_ANSWER = 16 * 1024 * 1024
MOST_ON_A_PAGE = 100  # WordPress refuses more
# Python before 3.13 knows these only where the system does.
IMAGE_TYPES = {".webp": "image/webp", ".avif": "image/avif", ".heic": "image/heic"}

if TYPE_CHECKING:
    Printer = Callable[[Any, "Run"], list[str]]


# ------------------------------------------------------------------------------------------ what goes wrong


class Problem(Exception):
    """Say why a command failed and how to go on."""

    def __init__(self, detail: str, hint: str = "", *, code: str = "", status: int = 0, exit_code: int = 1):
        super().__init__(detail)
        self.detail, self.hint, self.code, self.status, self.exit_code = detail, hint, code, status, exit_code
        self.fields: dict[str, Any] = {}

    @classmethod
    def from_answer(cls, status: int, data: bytes) -> Problem:
        """Return the Problem in an error answer of WordPress, or of whatever answered instead."""
        try:
            answer = json.loads(data)
        except (ValueError, RecursionError):
            answer = None
        if not isinstance(answer, dict) or "message" not in answer:
            return cls.not_json(status, data)
        code, more = one_line(answer.get("code")), answer.get("data")
        more = more if isinstance(more, dict) else {}
        hint = HINTS.get(code) or STATUS_HINTS.get(status, "")
        problem = cls(plain(answer["message"]), hint, code=code, status=status)
        params = more.get("params")
        problem.fields = params if isinstance(params, dict) else {}
        if "rest_forbidden_status" in compact(more):
            problem.hint = NO_LOGIN
        if code == "term_exists" and more.get("term_id"):
            problem.hint = f"Use the one that is there: its id is {one_line(more['term_id'])}."
        return problem

    @classmethod
    def not_json(cls, status: int, data: bytes) -> Problem:
        """Return the Problem of an answer that WordPress did not write, or that something spoilt."""
        text = data[:100_000].decode("utf-8", "replace")
        title = re.search("<title[^>]*>(.*?)</title>", text, re.S | re.I)
        said = plain(title.group(1) if title else text)[:80] or "nothing"
        hint = PAGE_HINTS.get(status, ANY_PAGE)
        return cls(f"The site answered {status} without JSON: {said}", hint, code="not_json", status=status)

    def as_json(self) -> dict[str, Any]:
        """Return the error as a program reads it."""
        ours = {"code": self.code or "cli_error", "status": self.status}
        return {**ours, "detail": self.detail, "hint": self.hint, "fields": self.fields}

    def lines(self) -> list[str]:
        """Return the error as people and agents read it."""
        label = " ".join(str(part) for part in ("Error", self.status, self.code) if part)
        lines = [f"{label}: {self.detail}", *([f"Hint: {self.hint}"] if self.hint else [])]
        return lines + [f"- {one_line(name)}: {plain(why)}" for name, why in sorted(self.fields.items())]


def misconfigured(detail: str, hint: str = "") -> Problem:
    """Return the Problem of a setting or a command line that cannot be meant."""
    return Problem(detail, hint, exit_code=2)


LOGIN = (
    "WORDPRESS_USER must be the login name, WORDPRESS_APP_PASSWORD an application password that this user made "
    "under Users > Profile, not the one of the login page."
)
# WordPress takes the caller for a stranger when the password is wrong, too, and does not always say so.
NO_LOGIN = (
    "WordPress saw no login. Check WORDPRESS_USER and WORDPRESS_APP_PASSWORD, an application password; if they are "
    "right, the web server drops the Authorization header, or application passwords are switched off."
)
NO_ID = "There is none with this id, or it is of another kind. Look for the id with `list`."
FILE_TYPE = "WordPress refused the file. Take a type it knows, such as .jpg, .png, .webp or .pdf."
HINTS = {
    "incorrect_password": LOGIN,
    "invalid_username": LOGIN,
    "invalid_email": LOGIN,
    "application_passwords_disabled": "The site's admin has to allow application passwords; they need HTTPS.",
    "application_passwords_disabled_for_user": "The site's admin has to allow them for this user.",
    "rest_no_route": "The REST API is switched off or cut down on this site, or WORDPRESS_URL names another site.",
    "rest_post_invalid_id": NO_ID,
    "rest_term_invalid": NO_ID,
    "rest_invalid_featured_media": "Upload the image first, and give the id that `media upload` printed.",
    "rest_post_invalid_page_number": "There are fewer pages. Begin with --page 1.",
    "rest_already_trashed": "Nothing to do. Only --force deletes it for good.",
    "rest_trash_not_supported": "There is no trash for it. Only --force deletes it, for good.",
    "rest_upload_sideload_error": FILE_TYPE,
    "rest_upload_unknown_error": FILE_TYPE,
    "rest_upload_file_too_big": "Make the file smaller.",
}
BUSY = {
    429: "Wait a minute and try again.",
    502: "The site is down or overloaded. Try again in a minute.",
    503: "The site is down for maintenance, or overloaded. Try again in a few minutes.",
    504: "The site is down or overloaded. Try again in a minute.",
}
STATUS_HINTS = {
    **BUSY,
    400: "Correct the values that it names.",
    401: NO_LOGIN,
    403: "This user may not do that: it needs the role Author for posts and files of its own, Editor for all else.",
    404: NO_ID,
    413: "Make the file or the text smaller.",
    500: "That is a fault of the site: its error log says more.",
}
# What it means when the answer is a web page, or no JSON at all.
PAGE_HINTS = {
    **BUSY,
    200: "WORDPRESS_URL names another page, or the site prints its faults into its answers (WP_DEBUG_DISPLAY).",
    401: "Something before WordPress asks for a login of its own; the site's admin has to let the REST API through.",
    403: "A firewall or a security plugin refused; the site's admin has to let the REST API through.",
    404: "Check WORDPRESS_URL. If it is right, the site's permalinks are set to Plain: its admin has to choose others.",
    413: "The file is larger than the web server takes. Make it smaller.",
}
ANY_PAGE = "Check WORDPRESS_URL: it must be the address of the site itself, like https://example.org"


# ---------------------------------------------------------------------------------------------- settings


NEEDED = ("WORDPRESS_URL", "WORDPRESS_USER", "WORDPRESS_APP_PASSWORD")
OPTIONAL = ("WORDPRESS_PROXY", "WORDPRESS_TIMEOUT", "WORDPRESS_ALLOW_HTTP")


class Site(NamedTuple):
    """Where the site is, and who we are there."""

    url: str
    user: str
    password: str
    origin: str  # the place that named them
    proxy: str
    timeout: float  # 0: unless the command says otherwise


def find_site(env_file: str) -> Site:
    """Return the site to work on, from the first place that names one."""
    found, origin = find_settings(env_file)
    missing = [name for name in NEEDED if not found.get(name)]
    if missing:
        hint = f"Settings of one site belong together: put {', '.join(NEEDED)} into one place."
        raise misconfigured(f"Not set in {origin}: {', '.join(missing)}.", hint)
    url, user, password = (found[name] for name in NEEDED)
    if ":" in user or re.search("[\x00-\x1f\x7f]", user + password):
        raise misconfigured("The user or the password holds a character that no login has.", LOGIN)
    url, proxy = checked_url(url, origin), checked_proxy(found.get("WORDPRESS_PROXY", ""))
    stays_here = is_loopback(url) and (not proxy or is_loopback(proxy))
    if url.startswith("http:") and not stays_here and found.get("WORDPRESS_ALLOW_HTTP") != "1":
        hint = "Write https:// instead. For a site without it, accept the risk with WORDPRESS_ALLOW_HTTP=1."
        raise misconfigured(f"{url} would carry the password over the network in clear.", hint)
    return Site(url, user, password, origin, proxy, checked_timeout(found.get("WORDPRESS_TIMEOUT", "")))


def find_settings(env_file: str) -> tuple[dict[str, str], str]:
    """Return the settings and the place they came from.

    Address, user and password come from one place only: mixed, the password of one site would go to another.
    """
    own = {name: value.strip() for name, value in os.environ.items() if name.startswith("WORDPRESS_")}
    extra = {name: own[name] for name in OPTIONAL if own.get(name)}
    if env_file:
        return {**extra, **read_env_file(Path(env_file))}, env_file
    if own.get("WORDPRESS_URL"):
        return own, "the environment"
    files = env_files()
    for file in files:
        if os.path.isfile(file) and is_trusted(file):
            found = read_env_file(file)
            if found.get("WORDPRESS_URL"):
                return {**extra, **found}, str(file)
    looked = ", ".join(map(str, files))
    hint = f"Set {', '.join(NEEDED)} in the environment, in a file for --env-file, or in one of: {looked}"
    raise misconfigured("There is no WORDPRESS_URL.", hint)


def env_files() -> list[Path]:
    """Return the files that may name a site, nearest first: this folder, its workspace, OpenClaw's."""
    here = Path(__file__).resolve().parent
    workspace = os.environ.get("OPENCLAW_WORKSPACE", "")
    folders = [here, here.parent.parent, *([Path(workspace)] if workspace else [])]
    folders += [Path(os.path.expanduser("~")) / ".openclaw" / "workspace", Path("/workspace")]
    return [folder / ".env" for folder in dict.fromkeys(folders)]


def is_trusted(file: Path) -> bool:
    """Return whether a file that nobody named is the caller's own."""
    if os.name != "posix":
        return True
    found = os.stat(file)
    if found.st_uid not in (os.getuid(), 0):
        warn(f"{file} belongs to another user and is ignored.")
        return False
    return True


def read_env_file(file: Path) -> dict[str, str]:
    """Return the WORDPRESS_ settings of a file of NAME=value lines."""
    try:
        text = file.read_text(encoding="utf-8-sig")
        mode = os.stat(file).st_mode
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", "") or "it is not UTF-8 text"
        raise misconfigured(f"{file} cannot be read: {why}.") from None
    found = re.findall(r"^[ \t]*(?:export[ \t]+)?(WORDPRESS_[A-Z_]+)[ \t]*=[ \t]*(.*?)[ \t\r]*$", text, re.M)
    if os.name == "posix" and mode & 0o077 and any(name == "WORDPRESS_APP_PASSWORD" for name, _ in found):
        warn(f"{file} can be read by other users. Run: chmod 600 {shlex.quote(str(file))}")
    return {name: unquoted(value) for name, value in found}


def unquoted(value: str) -> str:
    """Return the value of a line without its quotes, or without the comment behind it."""
    quoted = re.match(r"""(["'])(.*?)\1[ \t]*(#.*)?$""", value)
    return quoted.group(2) if quoted else re.sub(r"(^|[ \t]+)#.*$", "", value)


def checked_url(value: str, origin: str) -> str:
    """Return the address of the site without what people copy along with it."""
    url = re.sub("/+(wp-json(/.*)?|wp-admin(/.*)?)?$", "", value)
    try:
        parts = urlsplit(url)
        good = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
        good = good and not re.search("[^!-~]|[@?#]", url)
    except ValueError:
        good = False
    if not good:
        hint = "It must look like https://example.org"
        raise misconfigured(f"WORDPRESS_URL from {origin} is not usable.", hint)
    return url


def is_loopback(url: str) -> bool:
    """Return whether an address is on this machine."""
    host = urlsplit(url).hostname or ""
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def checked_proxy(value: str) -> str:
    """Return the proxy's address; it may hold a password and is never shown."""
    try:
        parts = urlsplit(value)
        good = not value or (parts.scheme == "http" and parts.hostname and parts.port)
    except ValueError:
        good = False
    if not good:
        raise misconfigured("WORDPRESS_PROXY is not usable.", "It must look like http://host:port")
    return value


def checked_timeout(value: str) -> float:
    """Return the seconds a try may take, 0 for the command's own."""
    try:
        seconds = float(value or 0)
    except ValueError:
        seconds = -1
    if not (0 < seconds <= 600 or not value):
        raise misconfigured("WORDPRESS_TIMEOUT is not usable.", "Give seconds, from 1 to 600.")
    return seconds


def warn(message: str) -> None:
    """Tell the caller something that is not the answer."""
    print(f"Warning: {message}", file=sys.stderr)


# ------------------------------------------------------------------------------------------------- HTTP


class StayWithSite(HTTPRedirectHandler):
    """Turn redirects into errors: a site that was not named must not see the password."""

    def redirect_request(self, *_: Any) -> None:
        """Return no further request."""


class Client:
    """One site, and the time that one command may take."""

    def __init__(self, site: Site, look: str, patience: float = TIMEOUT) -> None:
        self.site, self.look = site, look
        self.timeout = site.timeout or patience
        login = base64.b64encode(f"{site.user}:{site.password}".encode()).decode()
        self.headers = {
            "Accept": "application/json",
            "Authorization": f"Basic {login}",
            "User-Agent": "openmoss-wordpress-cli/1",
        }
        # The system's proxy, if any, cannot reach the caller's own machine.
        proxies = {"http": site.proxy, "https": site.proxy} if site.proxy else {}
        own = bool(proxies) or is_loopback(site.url)
        self.opener = build_opener(StayWithSite(), *([ProxyHandler(proxies)] if own else []))

    def send(
        self,
        method: str,
        path: str,
        query: dict[str, str] | None = None,
        body: bytes | IO[bytes] | None = None,
        headers: dict[str, str] | None = None,
    ) -> tuple[Any, Any]:
        """Return the answer as data, and its headers; raise Problem for everything else.

        A write is sent again only if it certainly was not carried out: WordPress would do it twice.
        """
        url = f"{self.site.url}/wp-json/wp/v2{path}" + (f"?{urlencode(query)}" if query else "")
        sent = {**self.headers, **({"Content-Type": "application/json"} if body is not None else {})}
        request = Request(url, data=body, headers={**sent, **(headers or {})}, method=method)
        deadline = time.monotonic() + self.timeout + 1.0
        for pause in (*PAUSES, None):
            if body is not None and not isinstance(body, bytes):
                body.seek(0)
            wait = pause
            try:
                left = max(0.1, min(self.timeout, deadline - time.monotonic()))
                with self.opener.open(request, timeout=left) as answer:
                    status, data = answer.status, answer.read(LARGEST_ANSWER)
                return self.parsed(status, data), answer.headers
            except Problem as problem:  # the answer came, but cannot be read
                failed, again, unknown = problem, False, True
            except HTTPError as error:
                failed, asked = self.refused(error)
                again = error.code in TRY_AGAIN if method == "GET" else error.code == 429
                # WordPress answers 500 to some things that it plainly refuses.
                unknown = error.code >= 500 and error.code not in (501, 503) and failed.code not in HINTS
                wait = asked if wait is not None and asked is not None else wait
            except (OSError, http.client.HTTPException, ValueError) as error:
                reason = error.reason if isinstance(error, URLError) else error
                unknown = not (isinstance(error, URLError) and never_sent(reason))
                failed = self.unreachable(reason)
                again = failed.code == "unreachable" and (method == "GET" or not unknown)
            if method != "GET" and unknown:
                again_only_after = f"It may have been done: look with `{self.look}` before you repeat it."
                failed.hint = f"{again_only_after} {failed.hint}"
            if not again or wait is None or time.monotonic() + wait >= deadline:
                raise failed
            time.sleep(wait)
        raise AssertionError("the last try returns or raises")

    def parsed(self, status: int, data: bytes) -> Any:
        """Return the data in an answer."""
        try:
            return json.loads(data)
        except (ValueError, RecursionError):
            raise Problem.not_json(status, data) from None

    def refused(self, error: HTTPError) -> tuple[Problem, float | None]:
        """Return the Problem in an error answer, and the seconds to wait if the site named them."""
        if 300 <= error.code < 400:
            return self.redirected(urljoin(error.url, error.headers.get("Location") or "")), None
        try:
            problem = Problem.from_answer(error.code, error.read(LARGEST_ANSWER))
        except (OSError, http.client.HTTPException):
            problem = Problem.from_answer(error.code, b"")
        if error.code == 401:
            problem.hint = f"{problem.hint} The login came from {self.site.origin}."
        asked = one_line(error.headers.get("Retry-After"))
        if not asked:
            return problem, None
        problem.hint = f"Try again in {asked} s." if asked.isdigit() else f"Try again after {asked}."
        short = re.fullmatch("[0-9]{1,3}", asked) and float(asked) <= LONGEST_WAIT
        return problem, float(asked) if short else float("inf")

    def redirected(self, target: str) -> Problem:
        """Return the Problem of a site that lives elsewhere."""
        shown, site, found = one_line(target), self.site, re.match("(https://[!-~]+?)/+wp-json/", target)
        hint = "Check WORDPRESS_URL: open the site in a browser and take the address that it ends up at."
        if found:
            hint = f"If that is your site, set WORDPRESS_URL={found.group(1)} in {site.origin}."
        why = f"{site.url} redirects to {shown.split('?')[0]}; the password was not sent there."
        return Problem(why, hint, code="redirect")

    def unreachable(self, reason: Any) -> Problem:
        """Return the Problem of a site that gave no answer."""
        site, code, why = self.site, "unreachable", one_line(reason) or type(reason).__name__
        hint = f"WORDPRESS_URL came from {site.origin}. Check it, or try again in a minute."
        if isinstance(reason, ssl.SSLError):
            why = one_line(getattr(reason, "verify_message", "")) or why
            code, why = "tls", f"no secure connection ({why})"
            hint = "Check WORDPRESS_URL. For a certificate of your own, name its authority's file in SSL_CERT_FILE."
        elif TUNNEL in why:
            code, why = "proxy", f"the proxy refused ({why})"
            hint = "Check WORDPRESS_PROXY, or HTTPS_PROXY if it is not set."
        elif "timed out" in why:
            why = "it took too long"
            hint = f"{hint} WORDPRESS_TIMEOUT sets the seconds ({self.timeout:g} now)."
        elif isinstance(reason, (BrokenPipeError, ConnectionResetError)):
            why = "it hung up"
            hint = "Try again in a minute. After an upload: the file may be larger than the site takes."
        elif isinstance(reason, ConnectionRefusedError):
            why = "nothing listens at the proxy" if site.proxy else "nothing listens there"
            hint = "Check WORDPRESS_PROXY." if site.proxy else hint
        return Problem(f"No answer from {site.url}: {why}.", hint, code=code)


def never_sent(reason: Any) -> bool:
    """Return whether a connection failed before the request was out."""
    before = isinstance(reason, (ConnectionRefusedError, socket.gaierror, ssl.SSLError))
    return before or TUNNEL in str(reason)


# --------------------------------------------------------------------------------------------- printers
# A printer turns one shape of answer into lines; names of fields may carry a label: `field=label`.


def compact(data: Any) -> str:
    """Return data as JSON on one line."""
    return json.dumps(data, ensure_ascii=False, separators=(",", ":"))


def clean(value: Any) -> str:
    """Return text that cannot move the cursor, turn the line around or hide what follows."""
    text = "" if value is None else str(value)
    return re.sub("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]", " ", text).strip()


def one_line(value: Any) -> str:
    """Return any value as text that cannot pass for a line of its own."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return ", ".join(map(one_line, value)) or "none"
    return " ".join(clean(compact(value) if isinstance(value, dict) else value).split())


def plain(value: Any) -> str:
    """Return a title, a name or a message on one line, without HTML."""
    if isinstance(value, dict):
        if value.get("raw") is not None:
            return one_line(value["raw"])
        value = value.get("rendered")
    return one_line(html.unescape(re.sub("<[^<>]*>", "", one_line(value))))


def facts(data: dict[str, Any], names: Iterable[str]) -> list[str]:
    """Return `label: value` for the fields that are set."""
    pairs = [(name.split("=")[-1], data.get(name.split("=")[0])) for name in names]
    texts = [(label, plain(value) if isinstance(value, dict) else one_line(value)) for label, value in pairs]
    return [f"{label}: {text}" for label, text in texts if text]


def filled(head: str, data: dict[str, Any]) -> str:
    """Return a heading with the fields of the data in it."""
    return head.format_map(defaultdict(str, {name: plain(value) for name, value in data.items()}))


def card(head: str, *names: str) -> Printer:
    """Print one object, a line for each field that is set."""
    return lambda data, run: [filled(head, data), *facts(data, names)]


def text(head: str, *names: str) -> Printer:
    """Print one post or page, with its content if that was asked for as it was written."""

    def show(data: Any, run: Run) -> list[str]:
        lines = card(head, *names)(data, run)
        if run.values["context"] == "edit":
            lines += ["content:", *("  " + line for line in clean(data["content"]["raw"]).split("\n"))]
        return lines

    return show


def listing(noun: str, head: str, *names: str) -> Printer:
    """Print a page of a list: how many there are, the rows, and how to see more."""

    def show(data: Any, run: Run) -> list[str]:
        more = f" in all, page {data['page']} of {data['total_pages']}" if data["total_pages"] > 1 else ""
        lines = [f"{noun}: {data['total']}{more}"]
        lines += [" | ".join([f"- {filled(head, item)}", *facts(item, names)]) for item in data["items"]]
        if data["total"] and not data["items"]:
            lines.append("Nothing on this page.")
        return [*lines, *([f"More: {run.again(page=data['page'] + 1)}"] if data["has_more"] else [])]

    return show


def done(what: str, *names: str) -> Printer:
    """Print what a write left behind."""
    return card(f"{what}: {{title}}{{name}}", "id", *names)


def show_deleted(data: Any, run: Run) -> list[str]:
    """Print whether something is in the trash or gone."""
    if data.get("deleted") is True:
        return card("Deleted for good: {title}", "id")(data["previous"], run)
    return card("Moved to the trash: {title}", "id")(data, run)


# ------------------------------------------------------------------------ commands that do more than ask


def create(run: Run) -> list[str]:
    """Create a post or a page, a draft unless told otherwise."""
    if run.values.get("status") == "future" and not run.values.get("date"):
        # WordPress would publish it at once.
        raise misconfigured("Status future needs a time.", "Add it, as in --date 2027-01-31T09:00:00")
    data = run.call()
    lines = run.printed(data)
    draft = not run.json and run.values["status"] == "draft"
    return [*lines, *([f"Next: {run.noun} get {one_line(data['id'])} --edit"] if draft else [])]


def update(run: Run) -> list[str]:
    """Change what was given, and refuse to send nothing."""
    if not run.part("body"):
        hint = f"Give what is to change; `{run.command.name} --help` lists it."
        raise Problem("Nothing to change was given.", hint)
    return run.printed(run.call())


def upload(run: Run) -> list[str]:
    """Send a file to the media library, and then its alternative text."""
    file = Path(run.values["file"])
    try:
        if not file.is_file():
            raise misconfigured(f"{file} is not there, or is no file.")
        with file.open("rb") as stream:
            size = os.fstat(stream.fileno()).st_size
            headers = {**named(file.name), "Content-Length": str(size)}
            media, _ = run.client.send("POST", "/media", body=stream, headers=headers)
    except OSError as error:
        raise misconfigured(f"{file} cannot be read: {error.strerror or error}.") from None
    if not run.values.get("alt"):
        return run.printed(media)
    number, alt = one_line(media["id"]), run.values["alt"]
    try:
        body = json.dumps({"alt_text": alt}, ensure_ascii=False).encode()
        media, _ = run.client.send("POST", f"/media/{quote(number)}", body=body)
    except Problem as problem:
        problem.detail = f"The file is there as {number}, but its alternative text is not: {problem.detail}"
        problem.hint = f"Do not upload it again. Run: media update {number} --alt {shlex.quote(alt)}"
        raise
    return run.printed(media)


def named(name: str) -> dict[str, str]:
    """Return the headers that tell a file's name and type, whatever the name holds."""
    path = Path(name)
    kind = IMAGE_TYPES.get(path.suffix.lower()) or mimetypes.guess_type(f"file{path.suffix}")[0]
    letters = unicodedata.normalize("NFKD", path.stem).encode("ascii", "ignore").decode()
    # WordPress reads `filename` only and cuts at a semicolon; all others prefer `filename*`.
    simple = re.sub("[^A-Za-z0-9._-]+", "-", letters).strip("-.") or "upload"
    simple += re.sub("[^A-Za-z0-9.]+", "", path.suffix)
    full = quote(name.encode("utf-8", "surrogateescape"), safe="")
    also = "" if simple == name else f"; filename*=UTF-8''{full}"
    disposition = f'attachment; filename="{simple}"{also}'
    return {"Content-Type": kind or "application/octet-stream", "Content-Disposition": disposition}


# --------------------------------------------------------------------------------------- command table


class Arg(NamedTuple):
    """One argument: how it is read, and where in the request it goes (path, query, body or nowhere)."""

    place: str
    flag: str
    field: str
    options: dict[str, Any]


class Command(NamedTuple):
    """One command line: what it sends and what it prints."""

    name: str
    request: str
    does: str
    args: list[Arg]
    show: Printer
    fixed: dict[str, str] = {}  # sent beside the arguments
    run: Callable[[Run], list[str]] | None = None
    patience: float = TIMEOUT


def arg(place: str, flag: str, field: str = "", **options: Any) -> Arg:
    """Describe one argument; what is not given is not sent."""
    field = field or flag.lstrip("-").replace("-", "_")
    return Arg(place, flag, field, {"default": argparse.SUPPRESS, **options})


in_path, in_query, in_body, local = (partial(arg, place) for place in ("path", "query", "body", "local"))


def whole(least: int, most: int) -> Callable[[str], int]:
    """Return a reader of whole numbers within these bounds."""

    def read(value: str) -> int:
        if not re.fullmatch("-?[0-9]{1,18}", value) or not least <= int(value) <= most:
            raise argparse.ArgumentTypeError(f"{value!r} is not a whole number from {least} to {most}")
        return int(value)

    return read


MANY = 10**9
an_id, an_id_or_0 = whole(1, MANY), whole(0, MANY)


def ids(value: str) -> list[int]:
    """Return the ids of a comma-separated list."""
    return [an_id(part.strip()) for part in value.split(",") if part.strip()]


def yes_or_no(value: str) -> bool:
    """Return what a word means."""
    word = value.strip().lower()
    if word not in ("true", "false", "yes", "no", "1", "0"):
        raise argparse.ArgumentTypeError(f"{value!r} is neither true nor false")
    return word in ("true", "yes", "1")


# fmt: off
ID = in_path("id", type=an_id, help="its id")
PAGE = in_query("--page", type=an_id, default=1, help="which page (1)")
PER_PAGE = in_query("--per-page", type=whole(1, MOST_ON_A_PAGE), default=10, help="how many on a page, to 100 (10)")
PAGES = [PAGE, PER_PAGE]
STATUS = in_query("--status", help="only this status, such as draft; any for all (publish)")
SEARCH = in_query("--search", metavar="WORDS", help="only what holds these words")
ORDER = in_query("--order", choices=["asc", "desc"], help="which way round (desc)")
ORDER_BY = in_query("--orderby", metavar="FIELD", help="date, modified, title, slug, id, … (date)")
CONTEXT = in_query("--edit", "context", action="store_const", const="edit", default="view",
                   help="with the content as it was written")
TITLE = in_body("--title", help="new title")
ALT = {"metavar": "TEXT", "help": "what a picture shows, in words"}
NUMBER = {"type": an_id_or_0, "metavar": "ID"}
SEVERAL = {"type": ids, "metavar": "ID[,ID]"}
OPEN = {"choices": ["open", "closed"]}
# What posts and pages share.
TEXTS = [
    in_body("--content", metavar="HTML", help="the content; - reads standard input"),
    local("--content-file", metavar="FILE", help="a file with the content, UTF-8"),
    in_body("--excerpt", metavar="TEXT", help="the summary that lists show"),
    in_body("--slug", help="the last part of the address"),
    in_body("--featured-media", help="id of the picture on top; 0 takes it off", **NUMBER),
    in_body("--comment-status", help="may readers comment?", **OPEN),
    in_body("--ping-status", help="may other sites announce links to it?", **OPEN),
    in_body("--date", help="when to publish, in the site's time: 2027-01-31T09:00:00"),
]
OF_POSTS = [
    in_body("--categories", help="ids of its categories", **SEVERAL),
    in_body("--tags", help="ids of its tags", **SEVERAL),
    in_body("--format", help="standard, aside, gallery, link, image, quote, …"),
    in_body("--sticky", type=yes_or_no, nargs="?", const=True, metavar="true|false", help="keep it on top"),
]
OF_PAGES = [
    in_body("--parent", help="id of the page above; 0 for none", **NUMBER),
    in_body("--menu-order", type=whole(-MANY, MANY), metavar="N", help="its place among its neighbours"),
]
STATUS_HELP = "draft, pending, private, publish, or future with --date"
FIRST_STATUS = in_body("--status", default="draft", help=f"{STATUS_HELP} (draft)")
NEW_STATUS = in_body("--status", help=STATUS_HELP)
FORCE = in_query("--force", action="store_true", help="delete for good, not into the trash")
POST = ("id", "status", "link", "date", "categories", "tags")
PAGE_FACTS = ("id", "status", "link", "date", "parent", "menu_order=menu order")
MEDIA = ("source_url=url", "mime_type=type", "alt_text=alt", "caption")
POST_FIELDS = "id,title,slug,status,link,date,modified,categories,tags"
PAGE_FIELDS = "id,title,slug,status,link,date,modified,parent,menu_order"
MEDIA_FIELDS = "id,title,source_url,media_type,mime_type,date"

# One entry, one command: read it as a table.
COMMANDS = (
    Command("post list", "GET /posts", "posts, newest first",
            [*PAGES, STATUS, SEARCH, in_query("--categories", help="only in these", **SEVERAL),
             ORDER, ORDER_BY, in_query("--after", metavar="TIME", help="only later than 2027-01-31T09:00:00"),
             in_query("--before", metavar="TIME", help="only earlier than that"),
             in_query("--author", help="only by these users", **SEVERAL)],
            listing("Posts", "{id} [{status}] {title}", "link"), fixed={"_fields": POST_FIELDS}),
    Command("post get", "GET /posts/{id}", "one post", [ID, CONTEXT], text("{title}", *POST)),
    Command("post create", "POST /posts", "write a post: a draft unless you say otherwise",
            [in_body("title"), FIRST_STATUS, *TEXTS, *OF_POSTS], done("Created", "status", "link"), run=create),
    Command("post update", "POST /posts/{id}", "change a post; what you do not give stays",
            [ID, TITLE, NEW_STATUS, *TEXTS, *OF_POSTS], done("Updated", "status", "link"), run=update),
    Command("post delete", "DELETE /posts/{id}", "move a post to the trash", [ID, FORCE], show_deleted),

    Command("page list", "GET /pages", "pages, newest first",
            [*PAGES, STATUS, SEARCH, in_query("--parent", help="only below this page; 0 for the top", **NUMBER),
             ORDER, ORDER_BY],
            listing("Pages", "{id} [{status}] {title}", "parent", "link"), fixed={"_fields": PAGE_FIELDS}),
    Command("page get", "GET /pages/{id}", "one page", [ID, CONTEXT], text("{title}", *PAGE_FACTS)),
    Command("page create", "POST /pages", "write a page: a draft unless you say otherwise",
            [in_body("title"), FIRST_STATUS, *TEXTS, *OF_PAGES],
            done("Created", "status", "link", "parent", "menu_order=menu order"), run=create),
    Command("page update", "POST /pages/{id}", "change a page; what you do not give stays",
            [ID, TITLE, NEW_STATUS, *TEXTS, *OF_PAGES],
            done("Updated", "status", "link", "parent", "menu_order=menu order"), run=update),
    Command("page delete", "DELETE /pages/{id}", "move a page to the trash", [ID, FORCE], show_deleted),

    Command("media list", "GET /media", "files of the media library, newest first",
            [*PAGES, in_query("--media-type", help="image, video, audio, text or application"), SEARCH],
            listing("Files", "{id} [{media_type}] {title}", "source_url=url"), fixed={"_fields": MEDIA_FIELDS}),
    Command("media upload", "POST /media", "put a file into the media library",
            [local("file", help="the file"), local("--alt", **ALT)],
            done("Uploaded", *MEDIA), run=upload, patience=UPLOAD_TIMEOUT),
    Command("media get", "GET /media/{id}", "one file", [ID], card("{title}", "id", *MEDIA)),
    Command("media update", "POST /media/{id}", "change what is said about a file",
            [ID, in_body("--alt", "alt_text", **ALT),
             in_body("--caption", metavar="TEXT", help="the line below it"),
             in_body("--description", metavar="TEXT", help="what it is about"), TITLE,
             in_body("--post", help="id of the post it belongs to", **NUMBER)],
            done("Updated", *MEDIA), run=update),
    Command("media delete", "DELETE /media/{id}", "delete a file for good: files have no trash", [ID],
            show_deleted, fixed={"force": "true"}),

    Command("category list", "GET /categories", "categories", [PAGE, SEARCH],
            listing("Categories", "{id} {name}", "slug", "count=posts", "parent"),
            fixed={"per_page": "100", "_fields": "id,name,slug,count,parent"}),
    Command("category create", "POST /categories", "add a category",
            [in_body("name"), in_body("--slug", help="its part of the address"),
             in_body("--parent", help="id of the category above", **NUMBER)],
            done("Created", "slug", "parent")),
    Command("tag list", "GET /tags", "tags", [PAGE, SEARCH], listing("Tags", "{id} {name}", "slug", "count=posts"),
            fixed={"per_page": "100", "_fields": "id,name,slug,count"}),
    Command("tag create", "POST /tags", "add a tag", [in_body("name"), in_body("--slug", help="its part of the address")],
            done("Created", "slug")),

    Command("search", "GET /search", "search everything that is published",
            [in_query("query", "search", help="the words"),
             in_query("--type", default="post", help="post, term or post-format (post)"),
             in_query("--subtype", help="post, page, category, post_tag, … or any"), *PAGES,
             in_query("--exclude", help="without these", **SEVERAL),
             in_query("--include", help="only among these", **SEVERAL)],
            listing("Found", "{id} [{type} {subtype}] {title}", "url")),
)
# fmt: on
GROUPS = {
    "post": "posts",
    "page": "pages",
    "media": "files and pictures",
    "category": "categories of posts",
    "tag": "tags of posts",
}


# ------------------------------------------------------------------------------------- one command line


class Run:
    """One command line on its way: its arguments and its site."""

    def __init__(self, command: Command, values: dict[str, Any]) -> None:
        self.command, self.values = command, values
        self.noun = command.name.split()[0]
        self.json = bool(values.get("json"))
        self.read_content()

    @cached_property
    def client(self) -> Client:
        """Return the site to talk to."""
        number = self.values.get("id")
        listed = f"{self.noun} list" + (" --status any" if self.noun in ("post", "page") else "")
        look = f"{self.noun} get {number}" if number else listed
        return Client(find_site(self.values.get("env_file", "")), look, self.command.patience)

    def lines(self) -> list[str]:
        """Carry the command out and return what to print."""
        return self.command.run(self) if self.command.run else self.printed(self.call())

    def printed(self, data: Any) -> list[str]:
        """Return an answer as the command prints it."""
        if self.json:
            return [compact(data)]
        try:
            return self.command.show(data, self)
        except (AttributeError, KeyError, TypeError, ValueError):
            return ["The site answered in a form that this program does not know:", compact(data)]

    def read_content(self) -> None:
        """Put the content where it can be sent from, wherever it was to be read."""
        file = self.values.pop("content_file", None)
        if file is not None and "content" in self.values:
            raise misconfigured("--content and --content-file exclude each other.")
        if file is not None:
            try:
                self.values["content"] = Path(file).read_text(encoding="utf-8-sig")
            except (OSError, ValueError) as error:
                why = getattr(error, "strerror", "") or "it is not UTF-8 text"
                raise misconfigured(f"{file} cannot be read: {why}.") from None
        elif self.values.get("content") == "-":
            self.values["content"] = read_stdin()
        for field, value in self.values.items():
            if isinstance(value, str) and re.search("[\x00\ud800-\udfff]", value) and field != "file":
                raise misconfigured(f"{field} holds a NUL character or bytes that are not UTF-8 text.")

    def part(self, place: str) -> dict[str, Any]:
        """Return the arguments that go to one place of the request."""
        args = [arg for arg in self.command.args if arg.place == place]
        return {arg.field: self.values[arg.field] for arg in args if arg.field in self.values}

    def call(self) -> Any:
        """Send the request that the table describes and return the answer, a list with its paging."""
        method, path = self.command.request.split()
        query = {**self.part("query"), **self.command.fixed}
        query = {name: words for name, value in query.items() if (words := in_words(value))}
        body = json.dumps(self.part("body"), ensure_ascii=False).encode() if method == "POST" else None
        data, headers = self.client.send(method, path.format_map(self.values), query, body)
        return self.paged(data, headers) if isinstance(data, list) else data

    def paged(self, items: list[Any], headers: Any) -> dict[str, Any]:
        """Return one page of a list with what WordPress says of the others."""

        def told(name: str, otherwise: int) -> int:
            said = headers.get(name, "")
            return int(said) if said.isdigit() else otherwise

        page = self.values.get("page", 1)
        total, pages = told("X-WP-Total", len(items)), told("X-WP-TotalPages", 1)
        return {"items": items, "page": page, "total": total, "total_pages": pages, "has_more": page < pages}

    def again(self, **changes: int) -> str:
        """Return this command line with other values."""
        words = [self.command.name]
        for each in self.command.args:
            value = changes.get(each.field, self.values.get(each.field))
            if value not in (None, each.options["default"]):
                words += [*([each.flag] if each.flag.startswith("-") else []), shlex.quote(in_words(value))]
        return " ".join(words)


def in_words(value: Any) -> str:
    """Return a value as a query carries it."""
    if isinstance(value, bool):
        return "true" if value else ""
    return ",".join(map(str, value)) if isinstance(value, list) else str(value)


def read_stdin() -> str:
    """Return what is piped in, as text."""
    if sys.stdin is None or sys.stdin.isatty():
        raise misconfigured("`-` reads standard input, but nothing is piped in.")
    try:
        return sys.stdin.buffer.read().decode("utf-8-sig")
    except UnicodeDecodeError:
        raise misconfigured("Standard input is not UTF-8 text.") from None


def build_parser() -> argparse.ArgumentParser:
    """Return the parser of every command in the table."""
    shared = argparse.ArgumentParser(add_help=False, argument_default=argparse.SUPPRESS)
    shared.add_argument("--env-file", metavar="FILE", help="a file with the settings of the site")
    shared.add_argument("--json", action="store_true", help="print the answer as one line of JSON")
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
        for each in command.args:
            if each.flag.startswith("-"):
                parser.add_argument(each.flag, dest=each.field, **each.options)
            else:
                # A positional takes its name from its first argument, and is always given.
                shown = {**each.options, "metavar": each.flag.upper()}
                del shown["default"]
                parser.add_argument(each.field, **shown)
    return main


def synopsis(command: Command) -> str:
    """Return a command with what it cannot do without."""
    needed = [each.flag.upper() for each in command.args if not each.flag.startswith("-")]
    return " ".join([command.name, *needed])


OVERVIEW = "Work on a WordPress site.\n\n" + "\n".join(f"  {synopsis(c):24} {c.does}" for c in COMMANDS)
EPILOG = """\
COMMAND --help lists the options of a command.

examples:
  wordpress-cli.py post create "Weekly digest" --content-file digest.html --categories 3
  wordpress-cli.py post get 12 --edit
  wordpress-cli.py post update 12 --status publish
  wordpress-cli.py media upload chart.png --alt "Bar chart of visits per month"

settings; address, user and password come from one place, the first of these that names an address:
  --env-file FILE, the environment, then .env in the folder of this file, two folders above it,
  in $OPENCLAW_WORKSPACE, in ~/.openclaw/workspace, in /workspace
  WORDPRESS_URL           https://example.org
  WORDPRESS_USER          login name
  WORDPRESS_APP_PASSWORD  application password, from Users > Profile
  WORDPRESS_PROXY         http://host:port for every call, instead of HTTPS_PROXY
  WORDPRESS_TIMEOUT       seconds one try may take (30; an upload 60)
  WORDPRESS_ALLOW_HTTP    1 allows an address without TLS, which shows the password to the network

exit codes:
  0  done   1  refused, or no answer; standard output says why   2  wrong settings or command line
  130  interrupted
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
    as_json, code = False, 0
    try:
        values = vars(build_parser().parse_args())
        as_json = bool(values.get("json"))
        command, parser = values.pop("command"), values.pop("parser")
        lines = Run(command, values).lines() if command else [parser.format_help().rstrip()]
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
