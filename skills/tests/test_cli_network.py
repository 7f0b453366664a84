"""Lost answers, slow servers, redirects: nothing twice, nothing leaked, nothing endless."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import threading
import time

import pytest

BUSY = {"code": "busy", "detail": "Try later.", "hint": "", "fields": {}}
JOIN = ("register", "--name", "Erin", "--role", "executor", "--token", "T", "--no-save")
AT_ONCE = {"Retry-After": "0"}


def once(calls) -> set[str]:
    return {call.headers["idempotency-key"] for call in calls}


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.mark.parametrize("status", [429, 502, 503, 504])
def test_busy_server_is_asked_again_under_the_same_key(desk, office, sub_task, status):
    office.says(BUSY, status=status, headers=AT_ONCE)
    office.says(BUSY, status=status, headers=AT_ONCE)
    office.says(sub_task(status="assigned"))

    said = desk.run("st", "claim", "S")

    assert said.code == 0
    assert len(office.calls) == 3
    assert len(once(office.calls)) == 1
    assert len({call.raw for call in office.calls}) == 1


def test_busy_server_is_asked_three_times_at_most(desk, office):
    office.says(BUSY, status=503)

    began = time.monotonic()
    said = desk.run("st", "mine")

    assert said.code == 1
    assert said.out == "Error 503 busy: Try later.\n"
    assert len(office.calls) == 3
    assert 1.9 < time.monotonic() - began < 4.5


@pytest.mark.parametrize("status", [400, 409, 500])
def test_refusal_is_not_asked_again(desk, office, status):
    office.says({"code": "no", "detail": "No."}, status=status)

    said = desk.run("st", "claim", "S")

    assert said.code == 1
    assert len(office.calls) == 1


def test_short_retry_after_is_honoured(desk, office, page):
    office.says(BUSY, status=429, headers={"Retry-After": "1"})
    office.says(page())

    began = time.monotonic()
    said = desk.run("st", "mine")

    assert said.code == 0
    assert time.monotonic() - began >= 1.0


def test_long_retry_after_is_left_to_the_caller(desk, office):
    office.says(BUSY, status=429, headers={"Retry-After": "4"})

    said = desk.run("st", "mine")

    assert said.code == 1
    assert "Hint: Try again in 4 s." in said.out
    assert len(office.calls) == 1


def test_lost_answer_is_asked_again_under_the_same_key(desk, office, sub_task):
    office.says(drop=True)
    office.says(sub_task(status="review"))

    said = desk.run("st", "submit", "S")

    assert said.code == 0
    assert [call.raw for call in office.calls] == [b"", b""]
    assert len(once(office.calls)) == 1


def test_write_without_answer_tells_how_to_repeat_it_safely(desk, office):
    office.says(stall=True)

    began = time.monotonic()
    said = desk.run("log", "create", "coding", "Half", OPENMOSS_TIMEOUT="0.3")

    assert time.monotonic() - began < 3
    assert said.code == 1
    assert said.out.startswith(f"Error unreachable: No answer from {office.url}: it took too long.\n")
    (key,) = once(office.calls)
    assert f"--once {key}" in said.out
    assert len(office.calls) == 2


def test_once_repeats_a_write_under_a_known_key(desk, office):
    office.says({"id": "L", "action": "coding"})

    desk.run("log", "create", "coding", "Half", "--once", "0b4f")

    assert once(office.calls) == {"0b4f"}


def test_slow_read_says_nothing_of_repeating(desk, office):
    office.says(stall=True)

    said = desk.run("st", "mine", OPENMOSS_TIMEOUT="0.2")

    assert said.code == 1
    assert "--once" not in said.out
    assert "OPENMOSS_URL" in said.out


def test_nobody_listening_is_one_sentence_with_the_address(desk):
    url = f"http://127.0.0.1:{free_port()}"

    said = desk.run("st", "claim", "S", OPENMOSS_URL=url, OPENMOSS_TIMEOUT="0.5")

    assert said.code == 1
    assert said.out.splitlines()[0] == f"Error unreachable: No answer from {url}: nothing listens there."
    assert "--once" not in said.out  # a request that never arrived needs no care


def test_unknown_host_is_one_sentence(desk):
    said = desk.run("st", "mine", OPENMOSS_URL="http://no-such-host.invalid", OPENMOSS_TIMEOUT="0.5")

    assert said.code == 1
    assert "No answer from http://no-such-host.invalid" in said.out


@pytest.mark.parametrize("trouble", [{"drop": True}, {"status": 503, "headers": AT_ONCE}, {"status": 502}])
def test_register_is_never_sent_twice(desk, office, trouble):
    office.says(BUSY, **trouble)

    said = desk.run(*JOIN)

    assert said.code == 1
    assert len(office.calls) == 1
    assert "--once" not in said.out


def test_register_waits_for_a_server_that_is_still_starting(desk, open_office):
    port, opened = free_port(), []
    starting = threading.Timer(0.6, lambda: opened.append(open_office(port)))
    starting.start()

    said = desk.run(*JOIN, OPENMOSS_URL=f"http://127.0.0.1:{port}")
    starting.join()

    assert said.code == 0
    assert len(opened[0].calls) == 1


@pytest.mark.parametrize("status", [301, 302, 308])
def test_redirect_is_refused_and_the_key_stays(desk, office, open_office, status):
    elsewhere = open_office()
    office.says(status=status, headers={"Location": f"{elsewhere.url}/api/sub-tasks/S/claim"})

    said = desk.run("st", "claim", "S")

    assert said.code == 1
    assert said.out.startswith(f"Error redirect: {office.url} redirects to {elsewhere.url}/")
    assert elsewhere.calls == []
    assert len(office.calls) == 1
    assert "ock_erin" not in said.out


def test_proxy_is_not_asked_for_this_machine(desk, office, page):
    office.says(page())
    nowhere = f"http://127.0.0.1:{free_port()}"

    said = desk.run("st", "mine", http_proxy=nowhere, HTTP_PROXY=nowhere)

    assert said.code == 0


@pytest.mark.parametrize("timeout", ["", "soon", "0", "nan"])
def test_senseless_timeout_is_the_usual_one(desk, office, page, timeout):
    office.says(page(), after=0.3)

    assert desk.run("st", "mine", OPENMOSS_TIMEOUT=timeout).code == 0
    assert len(office.calls) == 1


def test_interrupt_ends_without_a_traceback(desk, office):
    office.says(stall=True)
    run = subprocess.Popen(
        desk.command("st", "mine"),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd=desk.home,
        env=desk.env,
        # Where the tests run in the background, Ctrl-C is ignored and children inherit that.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    while not office.calls:
        time.sleep(0.01)

    run.send_signal(signal.SIGINT)
    out, err = run.communicate(timeout=5)

    assert run.returncode == 130
    assert (out, err) == (b"Interrupted.\n", b"")


@pytest.mark.skipif(os.name != "posix", reason="pipes")
@pytest.mark.parametrize(("words", "code"), [(("st", "mine"), 0), (("--help",), 0), (("st", "get", "X"), 1)])
def test_reader_that_left_causes_no_noise(desk, office, page, words, code):
    office.says(page(), to="/api/sub-tasks/mine")
    office.says({"detail": "No."}, to="/api/sub-tasks/X", status=404)
    reading, writing = os.pipe()
    os.close(reading)

    run = subprocess.Popen(
        desk.command(*words), stdout=writing, stderr=subprocess.PIPE, cwd=desk.home, env=desk.env
    )
    os.close(writing)
    _, err = run.communicate(timeout=10)

    assert (run.returncode, err) == (code, b"")


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="no full device")
def test_answer_that_cannot_be_written_is_a_failure(desk, office, page):
    office.says(page())

    with open("/dev/full", "wb") as full:
        run = subprocess.run(
            desk.command("st", "mine"), stdout=full, stderr=subprocess.PIPE, cwd=desk.home, env=desk.env
        )

    assert (run.returncode, run.stderr) == (1, b"")
