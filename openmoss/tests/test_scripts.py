"""start.sh, stop.sh, test.sh and the container files, run in copies with stand-ins for pip, Django and pytest."""

import fnmatch
import json
import os
import re
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import environ
import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
SCRIPTS = ["start.sh", "stop.sh", "test.sh"]
# All that the scripts may use. Whatever else this machine has, first of all its Pythons, they do not see.
TOOLS = [
    *(
        "awk",
        "basename",
        "bash",
        "cat",
        "dirname",
        "env",
        "id",
        "ln",
        "ls",
        "mkdir",
        "mktemp",
        "ps",
        "rm",
        "sed",
    ),
    *("sh", "sleep", "tail", "wc"),
]

# A Python to find: it is what `pretend` says, and the .venv it makes has our stand-ins instead of libraries.
PYTHON = """\
#!/bin/sh
if [ "$1" = -m ] && [ "$2" = venv ]; then
    mkdir -p "$3/bin" "$3/lib/{lib}" && ln -s {base} "$3/bin/python" || exit
    printf 'home = %s\ninclude-system-site-packages = false\n' "$(dirname {base})" >"$3/pyvenv.cfg"
    exec ln -s {packages} "$3/lib/{lib}/site-packages"
fi
[ "$1" = -c ] || exec {real} "$@"
code=$2
shift 2
exec {real} -c 'import platform, sys
{pretend}
exec(sys.argv.pop(1))' "$code" "$@"
"""
OLD = 'sys.version_info = (3, 9, 18); platform.python_version = lambda: "3.9.18"'
WITHOUT_VENV = 'sys.modules["ensurepip"] = None'

PIP = """\
import os, sys, time
open("pip-calls", "a").write(" ".join(sys.argv[1:]) + "\\n")
time.sleep(float(os.environ.get("INSTALL_TAKES", 0)))
if os.environ.get("INSTALL_FAILS"):
    sys.exit("No space left on device")
"""

PYTEST = """\
import json, os, sys
seen = {"args": sys.argv[1:], "env": {k: v for k, v in os.environ.items() if k.startswith(("OPENMOSS", "DATABASE"))}}
seen["data_exists"] = os.path.isdir(os.environ["OPENMOSS_DATA_DIR"])
open("pytest-calls", "a").write(json.dumps(seen) + "\\n")
sys.exit(1 if os.environ.get("PYTEST_FAILS_ON") in (os.environ.get("DATABASE_URL", "sqlite"),) else 0)
"""

PSYCOPG = """\
import os
class Error(Exception): pass
class Connection:
    def close(self): pass
def connect(url, connect_timeout):
    if "POSTGRES_IS_DOWN" in os.environ:
        raise Error("connection refused\\n\\tIs the server running?")
    return Connection()
"""

MANAGE = """\
import http.server, json, os, signal, socketserver, sys
open("manage-calls", "a").write(" ".join(sys.argv[1:]) + "\\n")
if sys.argv[1] == os.environ.get("MANAGE_FAILS_AT"):
    sys.exit("OperationalError: the database says no")
if sys.argv[1] == "serve":
    if os.environ.get("SERVE") == "tell":
        sys.exit(print(json.dumps({k: v for k, v in os.environ.items() if k.startswith("OPENMOSS")})))
    if os.environ.get("SERVE") == "stubborn":
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
    class Health(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            body = json.dumps({"status": "down", "asked": self.path}).encode()
            self.send_response(503)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)
        def log_message(self, *args): pass
    try:
        socketserver.TCPServer.allow_reuse_address = True
        server = socketserver.ThreadingTCPServer(("127.0.0.1", int(os.environ["OPENMOSS_PORT"])), Health)
    except OSError:
        sys.exit("The port is taken.")
    print("OpenMOSS is ready.")
    server.serve_forever()
"""


class Checkout:
    """A folder with copies of the scripts, on a machine that has `TOOLS` and the Pythons a test gives it."""

    def __init__(self, home: Path):
        self.home = home
        self.folder = home / "a checkout"  # with a space, as people have it
        self.bin = home / "bin"
        self.packages = home / "packages"
        self.folder.mkdir()
        self.bin.mkdir()
        for name in SCRIPTS:
            shutil.copy2(ROOT / name, self.folder)
        for name in TOOLS:
            (self.bin / name).symlink_to(shutil.which(name))
        for name, text in {
            "pip/__init__.py": "",
            "pip/__main__.py": PIP,
            "pytest/__main__.py": PYTEST,
            "psycopg.py": PSYCOPG,
        }.items():
            path = self.packages / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        self.write("manage.py", MANAGE)
        self.write("requirements.lock", "django==1 --hash=sha256:0\n")
        self.write("requirements-dev.lock", "django==1 --hash=sha256:0\npytest==1 --hash=sha256:1\n")
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]

    def write(self, name: str, text: str) -> Path:
        path = self.folder / name
        path.write_text(text, newline="")
        return path

    def lines(self, name: str) -> list[str]:
        path = self.folder / name
        return path.read_text().splitlines() if path.exists() else []

    def python(self, name: str = "python3", pretend: str = "pass") -> Path:
        path = self.bin / name
        path.write_text(
            PYTHON.format(
                real=shlex.quote(sys.executable),
                base=shlex.quote(sys._base_executable),
                lib="python{}.{}".format(*sys.version_info),
                packages=shlex.quote(str(self.packages)),
                pretend=pretend,
            )
        )
        path.chmod(0o755)
        return path

    def env(self, **extra: object) -> dict[str, str]:
        base = {"PATH": str(self.bin), "HOME": str(self.home), "OPENMOSS_PORT": str(self.port)}
        return {name: str(value) for name, value in (base | extra).items() if value is not None}

    def run(self, script: str, *args: str, timeout: float = 40, user: int | None = None, **env: object):
        return subprocess.run(
            [self.folder / script, *args],
            env=self.env(**env),
            cwd=self.home,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=timeout,
            user=user,
        )

    def spawn(self, script: str, *args: str, **env: object) -> subprocess.Popen:
        return subprocess.Popen(
            [self.folder / script, *args],
            env=self.env(**env),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
            # Where the tests run in the background, Ctrl-C is ignored and children inherit that.
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
        )


@pytest.fixture
def checkout(tmp_path):
    checkout = Checkout(tmp_path)
    yield checkout
    pid = checkout.lines(".openmoss.pid")[:1]
    if pid and "manage.py" in _command_line(pid[0]):
        os.killpg(int(pid[0]), signal.SIGKILL)


@pytest.fixture
def bystander():
    """A process that is not ours to end."""
    process = subprocess.Popen(["sleep", "60"], start_new_session=True)
    yield process
    process.kill()
    process.wait()


def _command_line(pid: str) -> str:
    return subprocess.run(["ps", "-ww", "-o", "args=", "-p", pid], capture_output=True, text=True).stdout


def _wait_for(condition, seconds: float = 10) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it never happened"
        time.sleep(0.02)


# --- options ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("script", SCRIPTS)
@pytest.mark.parametrize("option", ["-h", "--help"])
def test_help_explains_and_does_nothing(checkout, script, option):
    result = checkout.run(script, option)
    assert result.returncode == 0
    assert result.stdout.startswith(f"Usage: ./{script}")
    assert not (checkout.folder / "logs").exists()


@pytest.mark.parametrize(
    "command", ["start.sh --fast", "start.sh -d now", "start.sh --prepare a b", "stop.sh -9"]
)
def test_what_a_script_does_not_understand_ends_with_its_usage(checkout, command):
    result = checkout.run(*command.split())
    assert result.returncode == 2
    assert "does not understand" in result.stdout
    assert "Usage: ./" in result.stdout
    assert not (checkout.folder / "logs").exists()


@pytest.mark.parametrize("name", [*SCRIPTS, ".ci/run"])
def test_scripts_are_executable_and_sound(name):
    path = ROOT / name
    assert os.access(path, os.X_OK)
    subprocess.run(["bash", "-n", path], check=True)
    if linter := shutil.which("shellcheck"):
        subprocess.run([linter, path], check=True)


# --- finding Python ---------------------------------------------------------------------------------------------


def test_only_an_old_python_is_named_in_one_sentence(checkout):
    checkout.python("python3", OLD)
    result = checkout.run("start.sh")
    assert result.returncode == 1
    assert "needs Python 3.10 or newer, and this machine has only python3 (3.9.18)" in result.stdout
    assert len(result.stdout.splitlines()) == 1
    assert not (checkout.folder / ".venv").exists()


def test_no_python_at_all(checkout):
    result = checkout.run("start.sh")
    assert result.returncode == 1
    assert "this machine has none" in result.stdout
    assert len(result.stdout.splitlines()) == 1


def test_a_python_without_venv_says_what_to_install(checkout):
    checkout.python("python3", WITHOUT_VENV)
    checkout.python("python", OLD)
    result = checkout.run("start.sh")
    assert result.returncode == 1
    assert "lacks the venv module" in result.stdout
    assert "python3-venv" in result.stdout
    assert len(result.stdout.splitlines()) == 1


def test_the_first_whole_python_is_taken(checkout):
    checkout.python("python3.13", WITHOUT_VENV)
    checkout.python("python3", OLD)
    checkout.python("python3.11")
    assert checkout.run("start.sh", "--prepare").returncode == 0
    assert (checkout.folder / ".venv/bin/python").exists()


def test_PYTHON_comes_first(checkout):
    checkout.python("python3")
    own = checkout.python("our-python")
    own.write_text(own.read_text().replace("#!/bin/sh\n", "#!/bin/sh\n: >own-was-asked\n"))
    assert checkout.run("start.sh", "--prepare", PYTHON=own).returncode == 0
    assert (checkout.folder / "own-was-asked").exists()


# --- folders ----------------------------------------------------------------------------------------------------


def test_a_data_folder_that_is_a_file(checkout):
    checkout.python()
    path = checkout.write("data", "")
    for value in [path, path / "deeper"]:
        result = checkout.run("start.sh", OPENMOSS_DATA_DIR=value)
        assert result.returncode == 1
        assert f"{path} is a file: name a folder." in result.stdout
        assert len(result.stdout.splitlines()) == 1
    assert not (checkout.folder / ".venv").exists()


@pytest.mark.parametrize("locked", ["", "data", "data/openmoss.sqlite3", "logs", "logs/server.log", ".venv"])
def test_what_cannot_be_written_is_named_before_anything_happens(tmp_path, locked):
    checkout = Checkout(tmp_path)
    checkout.python()
    for name in ["data", "logs", ".venv"]:
        (checkout.folder / name).mkdir()
    for name in ["data/openmoss.sqlite3", "logs/server.log"]:
        checkout.write(name, "")
    path = checkout.folder / locked
    user = None
    if os.getuid() == 0:  # root may write everywhere, so somebody else has to try
        user = 65534
        for folder in [*tmp_path.parents, tmp_path]:
            if folder.is_relative_to(tmp_path.parent.parent.parent) and folder != Path("/"):
                folder.chmod(folder.stat().st_mode | 0o011)
        for each in [checkout.folder, *checkout.folder.rglob("*")]:
            os.chown(each, user, user)
        os.chown(path, 0, 0)
    path.chmod(0o555)
    before = sorted(checkout.folder.rglob("*"))
    try:
        result = checkout.run("start.sh", user=user)
    finally:
        path.chmod(0o755)
    assert result.returncode == 1
    assert result.stdout.startswith(f"OpenMOSS cannot write to {str(path).rstrip('/')}, which belongs to ")
    assert len(result.stdout.splitlines()) == 1
    assert sorted(checkout.folder.rglob("*")) == before


# --- settings ---------------------------------------------------------------------------------------------------


def _told(checkout, **env) -> dict:
    result = checkout.run("start.sh", SERVE="tell", **env)
    assert result.returncode == 0, result.stdout
    return json.loads(result.stdout.splitlines()[-1])


def test_defaults(checkout):
    checkout.python()
    told = _told(checkout, OPENMOSS_PORT=None)
    assert told["OPENMOSS_PORT"] == "6565"
    assert told["OPENMOSS_HOST"] == "0.0.0.0"
    assert Path(told["OPENMOSS_DATA_DIR"]) == checkout.folder / "data"


def test_env_file_is_data_and_read_as_django_reads_it(checkout, monkeypatch):
    checkout.python()
    text = textwrap.dedent("""\
        # OPENMOSS_PORT=1
        OPENMOSS_PORT=7000
        export OPENMOSS_HOST="127.0.0.1"
        OPENMOSS_PORT=7001
        XOPENMOSS_PORT=2
         OPENMOSS_PORT=3
        OPENMOSS_PORT =4
        OPENMOSS_SECRET_KEY=$(touch broken-into)`touch broken-into`;touch broken-into
        OPENMOSS_DATA_DIR='kept here/$(touch broken-into)'""")
    for name in [name for name in os.environ if name.startswith("OPENMOSS_")]:
        monkeypatch.delenv(name)
    monkeypatch.setattr(environ.Env, "ENVIRON", {})
    path = checkout.write(".env", text)
    environ.Env.read_env(path)
    told = _told(checkout, OPENMOSS_PORT=None)
    for name in ["OPENMOSS_PORT", "OPENMOSS_HOST", "OPENMOSS_DATA_DIR"]:
        assert told[name] == environ.Env.ENVIRON[name]
    assert told["OPENMOSS_PORT"] == "7001"
    assert not list(checkout.home.rglob("broken-into"))


def test_the_environment_wins_over_a_named_env_file_with_windows_line_ends(checkout):
    checkout.python()
    checkout.write(".env", "OPENMOSS_HOST=192.0.2.1\n")
    other = checkout.write("other.env", "OPENMOSS_HOST=127.0.0.1\r\nOPENMOSS_PORT=7000\r\n")
    told = _told(checkout, OPENMOSS_PORT=7002, OPENMOSS_ENV_FILE=other)
    assert told["OPENMOSS_HOST"] == "127.0.0.1"
    assert told["OPENMOSS_PORT"] == "7002"


def test_a_port_that_is_no_number(checkout):
    result = checkout.run("start.sh", OPENMOSS_PORT="http")
    assert result.returncode == 1
    assert "OPENMOSS_PORT is 'http'" in result.stdout
    assert len(result.stdout.splitlines()) == 1


# --- preparing .venv --------------------------------------------------------------------------------------------


def test_libraries_are_installed_with_hashes_and_only_when_the_lock_changes(checkout):
    checkout.python()
    for _ in range(2):
        result = checkout.run("start.sh", SERVE="tell")
        assert result.returncode == 0
    assert len(checkout.lines("pip-calls")) == 1
    assert "--require-hashes -r requirements.lock" in checkout.lines("pip-calls")[0]
    assert "Installing" not in result.stdout

    checkout.write("requirements.lock", "django==2 --hash=sha256:2\n")
    assert "Installing" in checkout.run("start.sh", SERVE="tell").stdout
    assert len(checkout.lines("pip-calls")) == 2


def test_runtime_and_development_do_not_undo_each_other(checkout):
    checkout.python()
    for _ in range(2):
        for arguments in [[], ["requirements-dev.lock"]]:
            assert checkout.run("start.sh", "--prepare", *arguments).returncode == 0
    assert [line.split()[-1] for line in checkout.lines("pip-calls")] == [
        "requirements.lock",
        "requirements-dev.lock",
    ]
    assert not checkout.lines("manage-calls")


def test_a_failed_install_says_so_and_is_tried_again(checkout):
    checkout.python()
    result = checkout.run("start.sh", INSTALL_FAILS=1)
    assert result.returncode == 1
    assert "Installing the libraries failed; logs/install.log ends with:" in result.stdout
    assert "No space left on device" in result.stdout
    assert not checkout.lines("manage-calls")
    assert checkout.run("start.sh", SERVE="tell").returncode == 0


def test_a_failed_upgrade_keeps_what_worked(checkout):
    checkout.python()
    checkout.run("start.sh", "--prepare")
    keepsake = checkout.write(".venv/keepsake", "")
    assert checkout.run("start.sh", "--prepare", "requirements-dev.lock", INSTALL_FAILS=1).returncode == 1
    assert checkout.run("start.sh", SERVE="tell").returncode == 0
    assert keepsake.exists()


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGKILL])
def test_an_interrupted_install_heals(checkout, how):
    checkout.python()
    first = checkout.spawn("start.sh", INSTALL_TAKES=30)
    _wait_for(lambda: checkout.lines("pip-calls"))
    remains = checkout.write(".venv/half-installed", "")
    os.killpg(first.pid, how)  # the whole group, as Ctrl-C does
    first.communicate(timeout=60)
    assert first.returncode != 0
    assert checkout.run("start.sh", SERVE="tell").returncode == 0
    assert not remains.exists()
    assert len(checkout.lines("pip-calls")) == 2


@pytest.mark.parametrize("damage", ["no python", "no pip", "empty"])
def test_a_venv_that_does_not_work_is_made_again(checkout, damage):
    checkout.python()
    checkout.run("start.sh", "--prepare")
    venv = checkout.folder / ".venv"
    if damage == "no python":
        (venv / "bin/python").unlink()
    elif damage == "no pip":
        next(venv.glob("lib/python*/site-packages")).unlink()
    else:
        shutil.rmtree(venv)
        venv.mkdir()
    assert checkout.run("start.sh", SERVE="tell").returncode == 0
    assert len(checkout.lines("pip-calls")) == 2


def test_two_starts_at_once_install_once(checkout):
    checkout.python()
    starts = [checkout.spawn("start.sh", "--prepare", INSTALL_TAKES=0.5) for _ in range(2)]
    texts = [start.communicate(timeout=60)[0] for start in starts]
    assert [start.returncode for start in starts] == [0, 0]
    assert len(checkout.lines("pip-calls")) == 1
    assert sum("Another start is at work" in text for text in texts) == 1


@pytest.mark.parametrize(
    ("command", "what"), [("migrate", "Updating the database"), ("collectstatic", "Collecting")]
)
def test_a_failing_step_stops_the_start(checkout, command, what):
    checkout.python()
    result = checkout.run("start.sh", MANAGE_FAILS_AT=command)
    assert result.returncode == 1
    assert f"{what}" in result.stdout
    assert "OperationalError: the database says no" in result.stdout
    assert "serve" not in checkout.lines("manage-calls")


# --- running ----------------------------------------------------------------------------------------------------


def test_in_the_foreground_it_becomes_the_server(checkout):
    checkout.python()
    start = checkout.spawn("start.sh")
    _wait_for(lambda: "serve" in checkout.lines("manage-calls"))
    assert "manage.py serve" in _command_line(str(start.pid))
    assert checkout.lines("manage-calls") == ["migrate --noinput", "collectstatic --noinput -v0", "serve"]
    # The folder is free again for ./test.sh and for a second look.
    assert checkout.run("start.sh", "--prepare", timeout=5).returncode == 0
    start.kill()
    start.communicate(timeout=60)


@pytest.mark.parametrize("has_proc", [True, False])
def test_background_life(checkout, has_proc):
    if not has_proc:  # as on macOS
        script = checkout.folder / "start.sh"
        script.write_text(script.read_text().replace("/proc/self/stat", "/no/such/file"))
    checkout.python()
    (checkout.folder / "logs").mkdir()
    checkout.write("logs/server.log", "An older life.\n")
    started = checkout.run("start.sh", "-d")
    assert started.returncode == 0, started.stdout
    assert "OpenMOSS is ready." in started.stdout
    assert "An older life." not in started.stdout
    pid = checkout.run("start.sh", "--pid").stdout.strip()
    assert "manage.py serve" in _command_line(pid)
    assert pid in started.stdout

    for mode in [["-d"], []]:
        again = checkout.run("start.sh", *mode)
        assert again.returncode == 0
        assert again.stdout == (
            f"OpenMOSS already runs at http://127.0.0.1:{checkout.port} (process {pid}); ./stop.sh ends it.\n"
        )
    assert checkout.lines("manage-calls").count("serve") == 1

    stopped = checkout.run("stop.sh")
    assert stopped.returncode == 0
    assert stopped.stdout == f"OpenMOSS stopped (process {pid}).\n"
    assert "manage.py" not in _command_line(pid)
    assert not (checkout.folder / ".openmoss.pid").exists()
    assert checkout.run("start.sh", "--pid").returncode == 1
    assert checkout.lines("logs/server.log")[0] == "An older life."


def test_two_background_starts_at_once_make_one_server(checkout):
    checkout.python()
    starts = [checkout.spawn("start.sh", "-d") for _ in range(2)]
    texts = [start.communicate(timeout=60)[0] for start in starts]
    checkout.run("stop.sh")
    assert [start.returncode for start in starts] == [0, 0]
    assert sum("already runs at" in text for text in texts) == 1
    assert checkout.lines("manage-calls").count("serve") == 1
    # The greeting in it holds the code that opens the setup page.
    assert (checkout.folder / "logs/server.log").stat().st_mode & 0o077 == 0


def test_a_background_server_that_dies_shows_its_last_words(checkout):
    checkout.python()
    (checkout.folder / "logs").mkdir()
    checkout.write("logs/server.log", "An older life.\n")
    result = checkout.run("start.sh", "-d", MANAGE_FAILS_AT="serve")
    assert result.returncode == 1
    assert "OpenMOSS did not start" in result.stdout
    assert "the database says no" in result.stdout
    assert "An older life." not in result.stdout
    assert not (checkout.folder / ".openmoss.pid").exists()


def test_another_server_on_the_port_is_not_taken_for_ours(checkout, tmp_path_factory):
    other = Checkout(tmp_path_factory.mktemp("other"))
    for each in [other, checkout]:
        each.python()
    try:
        assert other.run("start.sh", "-d").returncode == 0
        result = checkout.run("start.sh", "-d", OPENMOSS_PORT=other.port)
        assert result.returncode == 1
        assert "The port is taken." in result.stdout
        assert not (checkout.folder / ".openmoss.pid").exists()
        assert other.run("start.sh", "--pid").returncode == 0
    finally:
        other.run("stop.sh")


# --- stopping ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "pid_file", [None, "", "nonsense\n", "{pid}\n", "{pid}\n1 another boot\nhttp://x\n", "-1\na\nb\n"]
)
def test_stop_never_touches_a_process_it_did_not_start(checkout, bystander, pid_file):
    if pid_file is not None:
        checkout.write(".openmoss.pid", pid_file.format(pid=bystander.pid))
    result = checkout.run("stop.sh")
    assert result.returncode == 0
    assert result.stdout == "OpenMOSS does not run in the background here; nothing to stop.\n"
    assert bystander.poll() is None
    assert not (checkout.folder / ".openmoss.pid").exists()


def test_a_killed_server_is_not_running(checkout):
    checkout.python()
    checkout.run("start.sh", "-d")
    pid = int(checkout.lines(".openmoss.pid")[0])
    os.kill(pid, signal.SIGKILL)
    _wait_for(lambda: checkout.run("start.sh", "--pid").returncode == 1)
    again = checkout.run("start.sh", "-d")
    assert again.returncode == 0
    assert "OpenMOSS is ready." in again.stdout
    assert "stopped" in checkout.run("stop.sh").stdout


@pytest.mark.slow
def test_a_server_that_will_not_go_is_killed_after_a_while(checkout):
    checkout.python()
    checkout.run("start.sh", "-d", SERVE="stubborn")
    pid = checkout.lines(".openmoss.pid")[0]
    result = checkout.run("stop.sh", timeout=90)
    assert result.returncode == 0
    assert "did not stop within 50 seconds and was killed" in result.stdout
    _wait_for(lambda: "manage.py" not in _command_line(pid))


# --- testing ----------------------------------------------------------------------------------------------------


def _pytest_runs(checkout) -> list[dict]:
    return [json.loads(line) for line in checkout.lines("pytest-calls")]


def test_the_suite_runs_on_both_databases_and_ignores_the_operator(checkout):
    checkout.python()
    checkout.write(".env", "OPENMOSS_DEBUG=true\n")
    result = checkout.run(
        "test.sh",
        "-k",
        "a name",
        DATABASE_URL="postgres://production",
        OPENMOSS_HTTPS="true",
        OPENMOSS_DATA_DIR="/x",
    )
    assert result.returncode == 0, result.stdout
    assert result.stdout.endswith("== Ran on SQLite and PostgreSQL. \n")
    on_sqlite, on_postgres = sorted(_pytest_runs(checkout), key=lambda run: "DATABASE_URL" in run["env"])
    assert "DATABASE_URL" not in on_sqlite["env"]
    assert on_postgres["env"].pop("DATABASE_URL") == "postgres://postgres@127.0.0.1:5432/test"
    assert on_sqlite == on_postgres
    assert on_sqlite["args"] == ["-k", "a name"]
    assert on_sqlite["env"].keys() == {"OPENMOSS_ENV_FILE", "OPENMOSS_DATA_DIR"}
    assert on_sqlite["env"]["OPENMOSS_ENV_FILE"] == "/dev/null"
    assert on_sqlite["data_exists"]
    assert not Path(on_sqlite["env"]["OPENMOSS_DATA_DIR"]).exists()


def test_without_postgresql_it_says_why_it_was_skipped(checkout):
    checkout.python()
    result = checkout.run("test.sh", POSTGRES_IS_DOWN=1)
    assert result.returncode == 0
    assert len(_pytest_runs(checkout)) == 1
    assert result.stdout.splitlines()[-1] == (
        "== Ran on SQLite. PostgreSQL was skipped, because it did not answer: connection refused Is the server running?"
    )


def test_a_demanded_postgresql_has_to_answer(checkout):
    checkout.python()
    result = checkout.run("test.sh", POSTGRES_IS_DOWN=1, OPENMOSS_TEST_DATABASES="postgres")
    assert result.returncode == 1
    assert not _pytest_runs(checkout)


@pytest.mark.parametrize(
    ("limit", "expected"), [("sqlite", "Ran on SQLite. "), ("postgres", "Ran on PostgreSQL. ")]
)
def test_one_database_only(checkout, limit, expected):
    checkout.python()
    result = checkout.run(
        "test.sh", OPENMOSS_TEST_DATABASES=limit, OPENMOSS_TEST_POSTGRES_URL="postgres://elsewhere/x"
    )
    assert result.returncode == 0
    assert expected in result.stdout
    (run,) = _pytest_runs(checkout)
    assert run["env"].get("DATABASE_URL") == ("postgres://elsewhere/x" if limit == "postgres" else None)


@pytest.mark.parametrize("broken", ["sqlite", "postgres://postgres@127.0.0.1:5432/test"])
def test_a_failure_on_either_database_counts(checkout, broken):
    checkout.python()
    assert checkout.run("test.sh", PYTEST_FAILS_ON=broken).returncode == 1
    assert len(_pytest_runs(checkout)) == 2


def test_prepare_runs_no_test(checkout):
    checkout.python()
    assert checkout.run("test.sh", "--prepare").returncode == 0
    assert "requirements-dev.lock" in checkout.lines("pip-calls")[0]
    assert not _pytest_runs(checkout)


# --- .env.example -----------------------------------------------------------------------------------------------


def test_env_example_lists_every_variable_and_no_other():
    settings = (ROOT / "openmoss/settings.py").read_text()
    read = set(re.findall(r'\benv(?:iron)?(?:\.\w+)?[(\[]\s*"(\w+)"', settings))
    listed = re.findall(r"^#(\w+)=", (ROOT / ".env.example").read_text(), re.MULTILINE)
    assert "OPENMOSS_PORT" in read
    assert sorted(listed) == sorted(read)


def test_env_example_changes_nothing_as_it_is():
    assert not [
        line for line in (ROOT / ".env.example").read_text().splitlines() if line and not line.startswith("#")
    ]


# --- container --------------------------------------------------------------------------------------------------


def _dockerfile() -> list[tuple[str, str]]:
    text = (ROOT / "Dockerfile").read_text()
    text = re.sub(r"^#.*\n", "", text, flags=re.MULTILINE).replace("\\\n", " ")
    return [tuple(line.split(maxsplit=1)) for line in text.splitlines() if line.strip()]


def _dockerignored(path: str) -> bool:
    patterns = [line for line in (ROOT / ".dockerignore").read_text().splitlines() if line and line[0] != "#"]
    parts = Path(path).parts
    prefixes = ["/".join(parts[: i + 1]) for i in range(len(parts))]
    return any(
        fnmatch.fnmatchcase(prefix, pattern)
        or (pattern.startswith("**/") and fnmatch.fnmatchcase(prefix.split("/")[-1], pattern[3:]))
        for prefix in prefixes
        for pattern in patterns
    )


def test_dockerfile_copies_what_exists():
    sources = [source for word, rest in _dockerfile() if word == "COPY" for source in shlex.split(rest)[:-1]]
    assert "requirements.lock" in sources
    for source in sources:
        assert (ROOT / source).exists()
        assert source == "." or not _dockerignored(source)


@pytest.mark.parametrize(
    "path",
    [
        ".env",
        "config.yaml",
        ".git/config",
        "data/openmoss.sqlite3",
        "data/secret_key",
        "logs/server.log",
        ".venv/bin/python",
    ],
)
def test_secrets_and_data_stay_out_of_the_image(path):
    assert _dockerignored(path)


@pytest.mark.parametrize(
    "path",
    [
        *(
            "manage.py",
            "requirements.lock",
            "openmoss/settings.py",
            "openmoss/api/errors.py",
            "agents/models.py",
        ),
        *("templates/base.html", "static/css/base.css", "prompts/rules/global.md", "skills/task-cli.py"),
    ],
)
def test_the_project_goes_into_the_image(path):
    assert not _dockerignored(path)


def test_dockerfile_commands_name_files_that_are_there():
    commands = " ".join(rest for word, rest in _dockerfile() if word in {"RUN", "ENTRYPOINT", "CMD"})
    for name in re.findall(r"[\w./-]+\.(?:py|sh|lock|txt)\b", commands):
        assert (ROOT / name).exists()
        assert not _dockerignored(name)


def test_dockerfile_ends_as_an_ordinary_user_that_serves():
    words = [word for word, _ in _dockerfile()]
    steps = dict(_dockerfile())
    assert steps["FROM"].startswith("python:3.")
    assert steps["USER"] == "openmoss"
    assert words.index("USER") > max(i for i, word in enumerate(words) if word in {"COPY", "RUN"})
    assert steps["EXPOSE"] == "6565"
    assert steps["VOLUME"] == "/data"
    shell, flag, command = json.loads(steps["ENTRYPOINT"])
    assert (shell, flag) == ("sh", "-c")
    assert command.endswith("exec python manage.py serve")
    assert "--require-hashes" in next(rest for word, rest in _dockerfile() if word == "RUN" and "pip" in rest)


def test_dockerfile_makes_no_secret_at_build_time():
    """A key made while building would be the same in every installation."""
    steps = _dockerfile()
    collect = next(i for i, (word, rest) in enumerate(steps) if word == "RUN" and "collectstatic" in rest)
    (folder,) = re.findall(r"OPENMOSS_DATA_DIR=(\S+)", steps[collect][1])
    assert folder != "/data"
    assert f"rm -rf {folder}" in steps[collect][1]
    assert collect < steps.index(("ENV", "OPENMOSS_DATA_DIR=/data"))


def test_dockerfile_health_check_runs(checkout):
    checkout.python()
    (check,) = [json.loads(rest.split("CMD", 1)[1]) for word, rest in _dockerfile() if word == "HEALTHCHECK"]
    assert check[0] == "python"
    command = [sys.executable, *check[1:]]
    environment = {"OPENMOSS_PORT": str(checkout.port), "http_proxy": "http://127.0.0.1:9"}
    nobody = subprocess.run(command, env=environment, capture_output=True, text=True)
    assert nobody.returncode != 0
    assert "refused" in nobody.stderr
    checkout.run("start.sh", "-d")
    try:
        unwell = subprocess.run(command, env=environment, capture_output=True, text=True)
        assert unwell.returncode != 0
        assert "503" in unwell.stderr
    finally:
        checkout.run("stop.sh")


def test_compose_keeps_the_data_and_can_reach_postgresql():
    compose = yaml.safe_load((ROOT / "compose.yaml").read_text())
    ours, postgres = compose["services"]["openmoss"], compose["services"]["postgres"]
    assert ours["volumes"] == ["data:/data"]
    assert ours["environment"]["OPENMOSS_DATA_DIR"] == "/data"
    assert ours["ports"][0].endswith(":" + ours["environment"]["OPENMOSS_PORT"])
    assert postgres["profiles"] == ["postgres"]
    assert set(compose["volumes"]) == {"data", "postgres"}


def test_compose_file_is_accepted():
    if (
        not shutil.which("docker")
        or subprocess.run(["docker", "compose", "version"], capture_output=True).returncode
    ):
        pytest.skip("docker compose is not installed")
    subprocess.run(["docker", "compose", "config", "--quiet"], cwd=ROOT, check=True)


# --- end to end -------------------------------------------------------------------------------------------------


@pytest.mark.slow
def test_a_fresh_clone_starts_with_one_command_and_stops(tmp_path):
    """For real: a new .venv, the libraries from the package index, this project's server."""
    files = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        check=True,
    )
    clone = tmp_path / "clone"
    for name in filter(None, files.stdout.decode().split("\0")):
        (clone / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(ROOT / name, clone / name)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    base = Path(sys.base_prefix) / "bin"
    environment = {
        "PATH": f"{base}:/usr/local/bin:/usr/bin:/bin",
        "HOME": str(tmp_path),
        "OPENMOSS_PORT": str(port),
    }

    def run(*command: str):
        return subprocess.run(
            command,
            cwd=clone,
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=600,
        )

    try:
        started = run("./start.sh", "-d")
        assert started.returncode == 0, started.stdout + started.stderr
        assert str(port) in started.stdout
        assert "already runs" in run("./start.sh", "-d").stdout
    finally:
        stopped = run("./stop.sh")
    assert "OpenMOSS stopped" in stopped.stdout
