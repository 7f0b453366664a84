"""What three scripts do alike: find their gateway, call it once, keep the key, say what went wrong."""

from __future__ import annotations

import ast
import json
import os
import re
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import threading
import time
from collections.abc import Iterator

import pytest

from skills.tests.skill_scripts import KEY, SKILLS, Said, Script

SOURCE = {"published_at": "2026-11-01", "quote": "So it is."}
RESULT = {"answer": "Yes.", "sources": [{"url": f"https://{n}.test/", **SOURCE} for n in "ab"]}
PNG = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
ONCE_MORE = {"Retry-After": "0"}


class Caller(Script):
    """One of the three scripts, and what it takes to get an answer from it."""

    path_in_skills: str
    url_name, key_name, timeout_name = "LOCAL_160_BASE_URL", "LOCAL_160_API_KEY", "LOCAL_160_TIMEOUT"
    words: tuple[str, ...]
    answer: dict
    keychain = "openclaw-local-160"
    tries = 1  # models that are asked

    def __init__(self, root, url):
        super().__init__(self.path_in_skills, root, **{self.url_name: url, self.key_name: KEY})

    def ask(self, *more: str, **env: str | None) -> Said:
        """Ask the shortest question."""
        return self.run(*self.words, *more, **env)


class WebSearch(Caller):
    path_in_skills = "local-web-search/scripts/local_web_search.py"
    words = ("--query", "Is it so?")
    answer = {"output": [{"type": "message", "content": [{"type": "output_text", "text": "Yes."}]}]}


class GeminiImage(Caller):
    path_in_skills = "antigravity-gemini-image/scripts/generate_gemini_image.py"
    words = ("--prompt", "A lighthouse", "--out", "a.png")
    answer = {"candidates": [{"content": {"parts": [{"inlineData": {"data": PNG}}]}}]}


class GrokSearch(Caller):
    path_in_skills = "grok-search-runtime/scripts/grok_search.py"
    url_name, key_name, timeout_name = "GROK_BASE_URL", "GROK_API_KEY", "GROK_TIMEOUT"
    words = ("--query", "Is it so?")
    answer = {"choices": [{"message": {"content": json.dumps(RESULT)}}]}
    keychain = "openclaw-grok"
    tries = 2


CALLERS = (WebSearch, GeminiImage, GrokSearch)


@pytest.fixture(params=CALLERS, ids=lambda caller: caller.__name__)
def script(request, tmp_path, office) -> Caller:
    """Each of the three, with the address of the office and Erin's key in the environment."""
    return request.param(tmp_path, office.url)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def bearer(call) -> str:
    """Return the key that a call brought, however it brought it."""
    return call.headers.get("x-goog-api-key") or call.headers["authorization"].removeprefix("Bearer ")


# ---------------------------------------------------------------------------------------------- the files


def test_the_shared_part_is_the_same_everywhere():
    texts = [(SKILLS / caller.path_in_skills).read_text(encoding="utf-8") for caller in CALLERS]

    parts = {
        re.search("(?ms)^# -+ settings and one request$.*^# -+ end of the same part$", t)[0] for t in texts
    }

    assert len(parts) == 1


@pytest.mark.parametrize("caller", CALLERS)
def test_scripts_are_python_3_8_and_need_only_the_standard_library(caller):
    files = list((SKILLS / caller.path_in_skills).parent.glob("*.py"))
    trees = [ast.parse(file.read_text(encoding="utf-8"), feature_version=(3, 8)) for file in files]

    imported = set()
    for node in (node for tree in trees for node in ast.walk(tree)):
        if isinstance(node, ast.Import):
            imported |= {name.name.split(".")[0] for name in node.names}
        elif isinstance(node, ast.ImportFrom):
            imported.add(node.module.split(".")[0])
    assert imported <= sys.stdlib_module_names | {"context"}


# ------------------------------------------------------------------------------------------ settings


def test_environment_is_enough(script, office):
    office.says(script.answer)

    said = script.ask()

    assert (said.code, said.err) == (0, "")
    (call,) = office.calls
    assert call.method == "POST"
    assert bearer(call) == KEY
    assert call.headers["content-type"] == "application/json"
    assert "python" not in call.headers["user-agent"].lower()


def test_options_win_over_the_environment(script, office, open_office):
    elsewhere = open_office()
    elsewhere.says(script.answer)

    said = script.ask("--base-url", elsewhere.url, "--api-key", "sk-ed", "--timeout", "5")

    assert said.code == 0
    assert office.calls == []
    assert bearer(elsewhere.calls[0]) == "sk-ed"


@pytest.mark.parametrize("ending", ["/", "/v1", "/v1/", "/v1beta", "//"])
def test_base_url_may_end_in_a_version(script, office, ending):
    office.says(script.answer)

    said = script.ask(**{script.url_name: office.url + ending})

    assert said.code == 0
    assert re.match("/v1(beta)?/[a-z]", office.calls[0].path)


def test_address_without_a_gateway_is_a_question_of_configuration(script, office):
    said = script.ask(**{script.url_name: None})

    assert (said.code, said.out) == (2, "")
    assert said.err.splitlines()[0] == "Error: No gateway is configured."
    assert f"Hint: Set {script.url_name}" in said.err


@pytest.mark.parametrize(
    "url",
    [
        *("https://proxy.example.com", "https://api.example.com/v1", "http://EXAMPLE.org:80", "gateway.test"),
        *("ftp://gateway.test", "https://", "https://erin:pw@gateway.test", "https://gateway.test/?key=1"),
        *("https://gate way.test", "http://[::1", "http://gateway.test:port", "https://gäteway.test"),
    ],
)
def test_useless_address_is_refused_before_anything_is_sent(script, url):
    said = script.ask(**{script.url_name: url})

    assert (said.code, said.out) == (2, "")
    assert said.err.splitlines()[0] == "Error: The base URL is not the address of a gateway."
    assert "pw" not in said.err


@pytest.mark.parametrize("url", ["https://myexample.com", "http://example.com.test:1", "http://[::1]:1"])
def test_address_that_only_looks_like_an_example_is_called(script, url):
    nowhere = f"http://127.0.0.1:{free_port()}"

    said = script.ask(**{script.url_name: url}, **dict.fromkeys(("http_proxy", "https_proxy"), nowhere))

    assert said.code == 1


@pytest.mark.parametrize("key", [None, "", "sk erin", "sk-erín", 'sk-"erin', "sk-\\erin"])
def test_missing_or_useless_key_is_refused_before_anything_is_sent(script, office, key):
    said = script.ask(**{script.key_name: key})

    assert (said.code, said.out) == (2, "")
    assert f"Hint: Set {script.key_name}" in said.err
    assert not key or key not in said.err
    assert office.calls == []


@pytest.mark.parametrize("timeout", ["soon", "0", "-1", "nan", "inf", "1e9"])
def test_senseless_timeout_is_refused(script, office, timeout):
    by_option = script.ask(f"--timeout={timeout}")
    by_environment = script.ask(**{script.timeout_name: timeout})

    assert (by_option.code, by_environment.code) == (2, 2)
    assert script.timeout_name in by_option.err or "GEMINI_IMAGE_TIMEOUT" in by_option.err
    assert office.calls == []


def settings(script, office, key: str) -> str:
    return f"{script.url_name}={office.url}\n{script.key_name}={key}\n"


def test_named_env_file_is_the_only_one_read(script, office, tmp_path):
    office.says(script.answer)
    usual = script.home / ".openclaw" / "workspace" / ".env"
    usual.parent.mkdir(parents=True)
    usual.write_text(settings(script, office, "sk-usual"))
    named = tmp_path / "named.env"
    named.write_text(f"{script.url_name}={office.url}\n")

    said = script.ask("--env-file", str(named), **{script.url_name: None, script.key_name: None})

    assert said.code == 2
    assert "There is no API key." in said.err
    assert office.calls == []


def test_missing_env_file_is_refused(script, office):
    said = script.ask("--env-file", "no.env")

    assert (said.code, said.out) == (2, "")
    assert said.err.startswith("Error: The env file no.env cannot be read: ")
    assert office.calls == []


def test_workspace_comes_before_home_and_the_environment_before_both(script, office, tmp_path):
    office.says(script.answer)
    usual = script.home / ".openclaw" / "workspace" / ".env"
    usual.parent.mkdir(parents=True)
    usual.write_text(settings(script, office, "sk-home"))
    (tmp_path / "space").mkdir()
    (tmp_path / "space" / ".env").write_text(f"{script.key_name}=sk-space\n")
    bare = {script.url_name: None, script.key_name: None}

    script.ask(**bare)
    script.ask(**bare, OPENCLAW_WORKSPACE=str(tmp_path / "space"))
    script.ask(OPENCLAW_WORKSPACE=str(tmp_path / "space"))

    assert [bearer(call) for call in office.calls] == ["sk-home", "sk-space", KEY]


def test_usual_places_stand_in_the_known_order(script, monkeypatch):
    monkeypatch.setenv("OPENCLAW_WORKSPACE", "/space")
    monkeypatch.setenv("HOME", "/home/erin")
    monkeypatch.syspath_prepend(str(script.path.parent))
    workspace, home, fixed = "/space/.env", "/home/erin/.openclaw/workspace/.env", "/workspace/.env"

    files = script.load().env_files()

    assert files == ([workspace, fixed, home] if isinstance(script, WebSearch) else [workspace, home, fixed])


@pytest.mark.parametrize(
    ("line", "value"),
    [
        ("NAME=sk-1", "sk-1"),
        ("  export NAME = sk-1  ", "sk-1"),
        ("NAME=sk-1 # Erin's", "sk-1"),
        ("NAME=sk#1", "sk#1"),
        ('NAME="sk-1" # Erin\'s', "sk-1"),
        ("NAME='sk#1'\r", "sk#1"),
        ("NAME=sk-1\nNAME=sk-2", "sk-1"),
        ("# NAME=sk-2\nnonsense\n\nNAME=sk=1", "sk=1"),
        ("\ufeffNAME=sk-1", "sk-1"),
    ],
)
def test_env_file_is_read_as_shells_and_people_write_it(tmp_path, office, line, value):
    script = WebSearch(tmp_path, office.url)
    office.says(script.answer)
    file = tmp_path / "settings"
    file.write_text(line.replace("NAME", script.key_name), encoding="utf-8", newline="")

    said = script.ask("--env-file", str(file), **{script.key_name: None})

    assert said.code == 0
    assert bearer(office.calls[0]) == value


@pytest.fixture
def security(script, tmp_path):
    """A Keychain program that notes what it was asked and knows the address and the key of the office."""
    program = tmp_path / "bin" / "security"
    program.parent.mkdir()
    url = script.env[script.url_name]
    program.write_text(
        "#!/bin/sh\n"
        f'echo "$@" >> {tmp_path}/asked\n'
        f'case "$5" in base-url) echo {url};; api-key) echo sk-chain;; model) echo grk;; *) exit 44;; esac\n'
    )
    program.chmod(0o755)
    return tmp_path / "asked"


def on_a_mac(script, monkeypatch, path) -> int:
    """Run the script in this process, which believes itself on a Mac."""
    monkeypatch.syspath_prepend(str(script.path.parent))
    module = script.load()
    for name in (script.url_name, script.key_name):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(script.home))
    monkeypatch.setenv("PATH", f"{path}:{os.environ['PATH']}")
    monkeypatch.setattr(sys, "argv", script.command(*script.words)[1:])
    monkeypatch.setattr(sys, "platform", "darwin")
    monkeypatch.chdir(script.desk)
    return module.main()


def test_keychain_is_asked_on_a_mac(script, office, security, monkeypatch, capfdbinary):
    office.says(script.answer)

    code = on_a_mac(script, monkeypatch, security.parent / "bin")

    assert code == 0
    assert bearer(office.calls[0]) == "sk-chain"
    asked = security.read_text().splitlines()
    assert asked[0] == f"find-generic-password -s {script.keychain} -a base-url -w"
    accounts = [line.split()[4] for line in asked]
    assert accounts == ["base-url", "api-key", *(["model"] if not isinstance(script, GeminiImage) else [])]
    assert office.calls[0].body.get("model") in (None, "grk")
    assert b"sk-chain" not in b"".join(capfdbinary.readouterr())


def test_keychain_that_knows_nothing_is_no_fault(script, security, monkeypatch, capfdbinary):
    (security.parent / "bin" / "security").write_text("#!/bin/sh\necho nothing\nexit 44\n")

    assert on_a_mac(script, monkeypatch, security.parent / "bin") == 2
    assert b"No gateway is configured." in capfdbinary.readouterr().err


def test_keychain_is_asked_nowhere_else(script, office, security):
    path = f"{security.parent / 'bin'}:{os.environ['PATH']}"

    said = script.ask(**{script.url_name: None}, PATH=path)

    assert said.code == 2
    assert not security.exists()


# -------------------------------------------------------------------------------------- what goes wrong


def complaint(said: Said) -> str:
    """Return the reason on standard error, without what only one of the scripts puts before it."""
    first, *rest = said.err.splitlines()
    assert first.startswith("Error: ")
    assert len(rest) == 1
    assert rest[0].startswith("Hint: ")
    return re.sub("^Error: (Neither .* with sources: )?", "", first)


@pytest.mark.parametrize("status", [400, 401, 403, 404, 500, 503])
def test_refusal_is_one_sentence_with_the_gateways_reason(script, office, status):
    office.says({"error": {"message": "No such\nmodel.", "type": "x"}}, status=status)

    said = script.ask()

    assert said.code == 1
    assert complaint(said) == f"The gateway answered {status}: No such model."
    assert len(office.calls) == script.tries


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ({"error": "Busy."}, "Busy."),
        ({"message": "Busy."}, "Busy."),
        ({"detail": "Busy."}, "Busy."),
        ([{"error": {"code": 400, "message": "Busy."}}], "Busy."),
        ({"error": {"code": 400}}, "it gave no reason"),
        ({"detail": [{"msg": "x"}]}, "it gave no reason"),
        (b"<html>Bad gateway</html>", "it gave no reason"),
        (b"", "it gave no reason"),
        ({"error": "x" * 5000}, "x" * 299 + "…"),
        ({"error": f"Wrong key {KEY}."}, "Wrong key [key]."),
        ({"error": "\x1b[2J\u2028Busy."}, "[2J Busy."),
    ],
)
def test_reason_is_found_bounded_and_holds_no_key(script, office, body, reason):
    office.says(body, status=400)

    assert complaint(script.ask()) == f"The gateway answered 400: {reason}"


@pytest.mark.parametrize("body", [b"<html></html>", b'{"output": [', b"", b"\xff\xfe\xfd", b"[" * 100_000])
def test_broken_json_is_said_to_be_so(script, office, body):
    office.says(body)

    said = script.ask()

    assert said.code == 1
    assert complaint(said) == "The gateway's answer is not JSON, or it broke off."
    assert not list(script.desk.glob("*.png"))


@pytest.mark.parametrize(
    "answer", [None, [], "text", 7, {}, {"output": 1, "candidates": [1], "choices": [[]]}]
)
def test_json_of_another_form_is_said_to_be_so(script, office, answer):
    office.says(json.dumps(answer).encode())

    said = script.ask()

    assert said.code == (3 if isinstance(script, GeminiImage) else 1)
    assert "fault of this program" not in complaint(said)


def test_answer_that_breaks_off_is_no_answer(script, office):
    office.says(json.dumps(script.answer).encode()[:-9], headers={"Content-Length": "5000"})

    assert complaint(script.ask()) == "The gateway's answer is not JSON, or it broke off."


def test_slow_answer_is_given_up(script, office):
    office.says(stall=True)

    began = time.monotonic()
    said = script.ask("--timeout", "0.3")

    assert time.monotonic() - began < 4
    assert said.code == 1
    assert complaint(said) == f"No answer from {office.url}: it took longer than 0.3 s."


@pytest.fixture
def trickle() -> Iterator[str]:
    """A server that sends one byte after the other and never ends."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            while True:
                try:
                    connection, _ = server.accept()
                except OSError:
                    return
                threading.Thread(target=feed, args=(connection,), daemon=True).start()

        def feed(connection: socket.socket) -> None:
            with connection:
                connection.recv(65536)
                connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
                for _ in range(300):
                    time.sleep(0.05)
                    try:
                        connection.sendall(b" ")
                    except OSError:
                        return

        threading.Thread(target=serve, daemon=True).start()
        yield f"http://127.0.0.1:{server.getsockname()[1]}"


def test_answer_that_trickles_in_is_given_up(script, trickle):
    began = time.monotonic()
    said = script.ask("--timeout", "0.4", **{script.url_name: trickle})

    assert time.monotonic() - began < 4
    assert complaint(said).endswith("it took longer than 0.4 s.")


def test_connection_that_is_dropped_is_one_sentence(script, office):
    office.says(drop=True)

    assert complaint(script.ask()).startswith(f"No answer from {office.url}: ")


def test_nobody_listening_is_one_sentence(script):
    url = f"http://127.0.0.1:{free_port()}"

    said = script.ask(**{script.url_name: url})

    assert said.code == 1
    assert complaint(said) == f"No answer from {url}: nothing listens there."


def test_unknown_host_is_one_sentence(script):
    said = script.ask(**{script.url_name: "http://no-such-host.invalid"})

    assert said.code == 1
    assert complaint(said).startswith("No answer from http://no-such-host.invalid: ")


def test_gateway_without_tls_is_one_sentence(script, office):
    url = office.url.replace("http:", "https:")

    said = script.ask(**{script.url_name: url})

    assert said.code == 1
    assert complaint(said) == f"No answer from {url}: it does not speak TLS."
    assert office.calls == []


@pytest.mark.skipif(shutil.which("openssl") is None, reason="needs openssl to make a certificate")
def test_certificate_of_a_stranger_is_not_trusted_until_it_is_named(script, open_office, tmp_path):
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    command = "openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost -addext subjectAltName=DNS:localhost"
    subprocess.run([*command.split(), "-keyout", key, "-out", certificate], check=True, capture_output=True)
    office = open_office()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    office.server.socket = context.wrap_socket(office.server.socket, server_side=True)
    office.says(script.answer)
    url = office.url.replace("http://127.0.0.1", "https://localhost")

    said = script.ask(**{script.url_name: url})
    trusted = script.ask(**{script.url_name: url}, SSL_CERT_FILE=str(certificate))

    assert said.code == 1
    assert complaint(said).startswith(f"No answer from {url}: its certificate is not trusted (")
    assert "SSL_CERT_FILE" in said.err
    assert trusted.code == 0
    assert len(office.calls) == 1


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_redirect_is_refused_and_the_key_stays(script, office, open_office, status):
    elsewhere = open_office()
    office.says(status=status, headers={"Location": f"{elsewhere.url}/v1?key={KEY}"})

    said = script.ask()

    assert said.code == 1
    assert complaint(said) == f"{office.url} redirects to {elsewhere.url}/v1; the key was not sent there."
    assert elsewhere.calls == []
    assert len(office.calls) == script.tries


def test_rate_limit_is_waited_for_once(script, office):
    office.says({"error": "Slowly."}, status=429, headers={"Retry-After": "1"})
    office.says(script.answer)

    began = time.monotonic()
    said = script.ask()

    assert (said.code, said.err) == (0, "")
    assert time.monotonic() - began >= 1
    assert len({call.raw for call in office.calls}) == 1
    assert len(office.calls) == 2


def test_rate_limit_that_stays_is_a_failure(script, office):
    office.says({"error": "Slowly."}, status=429, headers=ONCE_MORE)

    said = script.ask()

    assert said.code == 1
    assert complaint(said) == "The gateway answered 429: Slowly."
    assert len(office.calls) == 2 * script.tries


@pytest.mark.parametrize(
    ("asked", "hint"), [("31", "Try again in 31 s."), ("soon", "Try again in a minute."), ("", "")]
)
def test_long_or_unclear_rate_limit_is_left_to_the_caller(script, office, asked, hint):
    office.says({"error": "Slowly."}, status=429, headers={"Retry-After": asked})

    began = time.monotonic()
    said = script.ask()

    assert said.code == 1
    assert f"Hint: {hint}" in said.err
    assert time.monotonic() - began < 5
    assert len(office.calls) == script.tries


def test_proxy_is_not_asked_for_this_machine(script, office):
    office.says(script.answer)
    nowhere = f"http://127.0.0.1:{free_port()}"

    assert script.ask(http_proxy=nowhere, HTTP_PROXY=nowhere).code == 0


def test_proxy_is_asked_for_any_other(script, open_office):
    proxy = open_office()
    proxy.says(script.answer)

    said = script.ask(**{script.url_name: "http://gateway.test"}, http_proxy=proxy.url)

    assert said.code == 0
    assert proxy.calls[0].headers["host"] == "gateway.test"


def test_interrupt_ends_without_a_traceback(script, office):
    office.says(stall=True)
    run = subprocess.Popen(
        script.command(*script.words),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd=script.desk,
        env=script.environment(),
        # Where the tests run in the background, Ctrl-C is ignored and children inherit that.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    while not office.calls:
        time.sleep(0.01)

    run.send_signal(signal.SIGINT)
    out, err = run.communicate(timeout=5)

    assert (run.returncode, out, err) == (130, b"", b"Error: Interrupted.\n")


@pytest.mark.skipif(os.name != "posix", reason="pipes")
def test_reader_that_left_causes_no_noise(script, office):
    office.says(script.answer)
    reading, writing = os.pipe()
    os.close(reading)

    run = subprocess.Popen(
        script.command(*script.words),
        stdout=writing,
        stderr=subprocess.PIPE,
        cwd=script.desk,
        env=script.environment(),
    )
    os.close(writing)
    _, err = run.communicate(timeout=10)

    assert (run.returncode, err) == (1, b"")


def test_no_words_are_a_wrong_command_line(script, office):
    said = script.run()

    assert said.code == 2
    assert "usage:" in said.err
    assert office.calls == []


# ------------------------------------------------------------------------------------------ SKILL.md


def skill(script) -> str:
    return (script.path.parents[1] / "SKILL.md").read_text(encoding="utf-8")


def test_skill_can_be_read_and_says_what_it_needs(script):
    yaml = pytest.importorskip("yaml")
    _, head, body = skill(script).split("---\n", 2)
    fields = yaml.safe_load(head)
    needs = fields["metadata"]["openclaw"]
    names = {variable["name"]: variable["required"] for variable in needs["envVars"]}

    assert fields["name"] == script.path.parents[1].name
    assert len(fields["description"]) < 160  # it stands in the prompt of every turn
    assert needs["requires"] == {"bins": ["python3"]}
    assert names[needs["primaryEnv"]]
    assert {name for name, required in names.items() if required} == {script.url_name, script.key_name}
    assert set(names) == set(
        re.findall(r'"((?:GROK|GAPI|GEMINI|LOCAL|CONTEXT)_[A-Z0-9_]+)"', script.path.read_text())
    )
    assert len(body) < 4 * 5000  # characters, some 5,000 tokens
    assert "example.com" not in body


def test_every_option_is_in_the_skill_and_every_command_line_of_it_works(script, office):
    office.says(script.answer)
    text = skill(script)
    options = set(re.findall(r"--[a-z][a-z-]+", script.run("--help").out)) - {"--help"}

    assert set(re.findall(r"--[a-z][a-z-]+", text)) == options - {"--base-url", "--api-key"}
    lines = re.findall(r"^python3 \{baseDir\}/(.+)$", text, re.M)
    assert lines
    for line in lines:
        script.desk.joinpath("images").mkdir(exist_ok=True)
        path = script.path.parents[1]
        done = subprocess.run(
            f"{sys.executable} {path}/{line}", shell=True, cwd=script.desk, env=script.environment()
        )
        assert done.returncode == 0, line
