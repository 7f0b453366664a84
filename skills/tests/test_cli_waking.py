"""Waking up: the gate's question, the whole brief, the next piece of work."""

from __future__ import annotations

import json
import os
import socket
import time

import pytest

IDLE = {"wake": False, "reason": "idle", "cursor": "e3b0c44298fc", "retry_after": 289}
BRIEF = "# Erin, executor: score 5, rank 1 of 2\n\n## To do\n\n### 1. Rework: Parse feed\n"


def asleep(reason: str) -> str:
    answer = {"wake": False, "reason": reason, "cursor": "", "retry_after": 60}
    return json.dumps(answer, ensure_ascii=False, separators=(",", ":")) + "\n"


# peek


def test_peek_prints_one_short_line(desk, office):
    office.says({**IDLE, "more": "x" * 500})

    said = desk.run("peek")

    assert (said.code, said.err) == (0, "")
    assert said.out == '{"wake":false,"reason":"idle","cursor":"e3b0c44298fc","retry_after":289}\n'
    (call,) = office.calls
    assert (call.method, call.path, call.query, call.raw) == ("GET", "/api/peek", {}, b"")


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        ({"status": 401, "body": {"code": "unauthenticated", "detail": "Unknown key."}}, "unauthenticated: Unknown key."),
        ({"status": 403, "body": {"code": "forbidden", "detail": "Disabled.\nReally."}}, "forbidden: Disabled. Really."),
        ({"status": 500, "body": {"code": "error", "detail": "x" * 900}}, "error: " + "x" * 113),
        ({"status": 503, "body": b"<html>"}, "not_json: The server answered 503 without saying why in JSON."),
        ({"status": 302, "headers": {"Location": "http://elsewhere/"}}, None),
        ({"body": b"<html>Welcome</html>"}, None),
        ({"body": [1, 2]}, None),
        ({"body": {"wake": True}}, None),
        ({"body": b"[" * 100_000}, None),
        ({"body": b"null"}, None),
        ({"drop": True}, "unreachable"),
    ],
)  # fmt: skip
def test_peek_never_fails(desk, office, answer, reason):
    office.says(**answer)

    said = desk.run("peek")

    assert (said.code, said.err) == (0, "")
    assert len(said.out) < 220
    assert len(office.calls) == 1
    if reason is None:
        assert json.loads(said.out) == {**json.loads(asleep("")), "reason": said.data["reason"]}
    else:
        assert said.out == asleep(reason)


@pytest.mark.parametrize(
    ("environment", "code"),
    [
        ({"OPENMOSS_API_KEY": None}, "no_key: "),
        ({"OPENMOSS_API_KEY": "a b"}, "cli_error: "),
        ({"OPENMOSS_URL": "nowhere"}, "cli_error: "),
    ],
)
def test_peek_of_an_agent_without_settings_is_no_error(desk, office, environment, code):
    said = desk.run("peek", **environment)

    assert (said.code, said.err) == (0, "")
    assert said.data["wake"] is False
    assert said.data["reason"].startswith(code)
    assert office.calls == []


def test_peek_with_broken_credentials_is_no_error(desk):
    (desk.home / ".openmoss.json").write_text("{")
    (desk.home / ".openmoss.json").chmod(0o600)

    said = desk.run("peek", OPENMOSS_API_KEY=None, OPENMOSS_URL=None)

    assert (said.code, said.err) == (0, "")
    assert "holds no credentials" in said.data["reason"]


@pytest.mark.skipif(os.name != "posix", reason="bytes as arguments")
def test_peek_with_a_key_that_is_no_text_is_no_error(desk):
    said = desk.run("peek", "--key", b"caf\xe9", PYTHONUTF8="1")

    assert (said.code, said.data["wake"]) == (0, False)


def test_peek_of_a_server_that_is_down(desk):
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]

    began = time.monotonic()
    said = desk.run("peek", OPENMOSS_URL=f"http://127.0.0.1:{port}")

    assert (said.code, said.out, said.err) == (0, asleep("unreachable"), "")
    assert time.monotonic() - began < 1.5  # it is not asked again


def test_peek_waits_four_seconds_at_most(desk, office):
    office.says(stall=True)

    began = time.monotonic()
    said = desk.run("peek")

    assert (said.code, said.out) == (0, asleep("unreachable"))
    assert 3.5 < time.monotonic() - began < 6
    assert len(office.calls) == 1


# wake


def test_wake_prints_the_brief_as_it_is(desk, office):
    office.says(BRIEF.encode())

    said = desk.run("wake")

    assert (said.code, said.out, said.err) == (0, BRIEF, "")
    (call,) = office.calls
    assert (call.method, call.path, call.query) == ("GET", "/api/brief", {"as": "markdown"})


def test_wake_passes_on_the_room_and_the_rules_it_knows(desk, office):
    office.says(BRIEF.encode())

    desk.run("wake", "--max-chars", "3000", "--rules", "8a6b3926a6bc")

    assert office.calls[0].query == {"as": "markdown", "max_chars": "3000", "rules": "8a6b3926a6bc"}


def test_wake_as_json_asks_for_json(desk, office):
    office.says({"items": [], "retry_after": 289})

    said = desk.run("wake", "--json", "--rules", "8a6b")

    assert said.out == '{"items":[],"retry_after":289}\n'
    assert office.calls[0].query == {"rules": "8a6b"}


def test_wake_hides_nothing_behind_control_characters(desk, office):
    office.says(f"{BRIEF}\x1b[2J\x08gone".encode())

    assert "\x1b" not in desk.run("wake").out


def test_wake_that_is_refused_says_why(desk, office):
    office.says({"code": "invalid", "detail": "Give 500 to 100000."}, status=400)

    said = desk.run("wake", "--max-chars", "3")

    assert (said.code, said.out) == (1, "Error 400 invalid: Give 500 to 100000.\n")


# st next


def test_next_prints_what_is_the_callers_now(desk, office, sub_task):
    office.says({"sub_task": sub_task(status="assigned"), "retry_after": None})

    said = desk.run("st", "next", "--task-id", "T", "--module-id", "M", "--session", "7")

    lines = said.out.splitlines()
    assert (said.code, lines[0]) == (0, "Parse feed")
    assert "  All entries are there." in lines
    assert lines[-1] == "Next: st start 5ab0c1de-0000-4000-8000-000000000001"
    (call,) = office.calls
    assert (call.method, call.path) == ("POST", "/api/sub-tasks/claim-next")
    assert call.body == {"task_id": "T", "module_id": "M", "session_id": "7"}


def test_next_shows_the_last_review_of_rework(desk, office, sub_task, page):
    office.says({"sub_task": sub_task(status="rework"), "retry_after": None}, to="/api/sub-tasks/claim-next")
    review = {"id": "R", "result": "rejected", "score": 2, "round": 2, "issues": "1. Order is lost."}
    office.says(page(review), to="/api/review-records")

    said = desk.run("st", "next")

    assert "1. Order is lost." in said.out
    assert said.out.splitlines()[-1].startswith("Next: st start 5ab0")


def test_next_with_nothing_to_do_is_no_error(desk, office):
    office.says({"sub_task": None, "retry_after": 289})

    said = desk.run("st", "next")

    assert (said.code, said.out) == (0, "Nothing to do. Look again in 289 s.\n")
    assert office.calls[0].body == {}


def test_next_that_lost_its_answer_does_not_claim_twice(desk, office, sub_task):
    office.says(drop=True)
    office.says({"sub_task": sub_task(status="assigned"), "retry_after": None})

    said = desk.run("st", "next")

    assert said.code == 0
    assert len({call.headers["idempotency-key"] for call in office.calls}) == 1


def test_help_begins_with_waking_up(desk):
    said = desk.run("--help").out

    for command in ("wake", "peek", "plan FILE", "st next", "openclaw-cron"):
        assert f"\n  {command} " in said
    assert said.index("  wake ") < said.index("  task create ")
