"""What a language model reads: briefs, lists, errors, JSON, any text in and out."""

from __future__ import annotations

import json

import pytest

REVIEW = {
    "id": "R1",
    "sub_task_id": "S",
    "reviewer_agent": "id-of-rita",
    "round": 2,
    "result": "rejected",
    "score": 2,
    "issues": "1. Order is lost.\n2. No test.",
    "comment": "",
    "created_at": "2026-11-22T13:00:00Z",
}


# Briefs


def test_claim_is_enough_to_start_working(desk, office, sub_task):
    office.says(
        sub_task(
            status="assigned", assigned_agent="id-of-erin", depends_on=["A", "B"], can=["start", "release"]
        )
    )

    said = desk.run("st", "claim", "5ab0")

    lines = said.out.splitlines()
    assert lines[0] == "Parse feed"
    for line in (
        "id: 5ab0c1de-0000-4000-8000-000000000001",
        "status: assigned",
        "can: start, release",
        "priority: high",
        "attempt: 1",
        "rework count: 0",
        "assignee: id-of-erin",
        "task: 7a5c0000-0000-4000-8000-000000000002",
        "depends on: A, B",
        "  Keep the order.",
        "  feed.py",
        "  All entries are there.",
        "Next: st start 5ab0c1de-0000-4000-8000-000000000001",
    ):
        assert line in lines
    assert "module" not in said.out


def test_work_that_came_back_shows_what_the_reviewer_found(desk, office, sub_task, page):
    office.says(sub_task(id="S", status="rework", rework_count=2), to="/api/sub-tasks/S")
    office.says(page(REVIEW), to="/api/review-records")

    said = desk.run("st", "get", "S")

    assert office.calls[1].query == {"sub_task_id": "S", "page_size": "1"}
    brief, _, whole = said.out.partition("json:\n")
    assert "rejected with score 2 in round 2" in brief
    assert "1. Order is lost." in brief
    assert "2. No test." in brief
    assert json.loads(whole) == sub_task(id="S", status="rework", rework_count=2)


def test_review_that_cannot_be_read_does_not_hide_the_sub_task(desk, office, sub_task):
    office.says(sub_task(id="S", status="rework"), to="/api/sub-tasks/S")
    office.says({"code": "gone", "detail": "Broken."}, to="/api/review-records", status=500)

    said = desk.run("st", "get", "S")

    assert said.code == 0
    assert said.out.startswith("Parse feed\n")
    assert "The last review could not be read: Broken." in said.out


def test_other_states_and_json_ask_for_no_review(desk, office, sub_task):
    office.says(sub_task(status="rework"))

    assert desk.run("st", "get", "S", "--json").data == sub_task(status="rework")
    office.answers.clear()
    office.says(sub_task(status="in_progress"))
    desk.run("st", "get", "S")

    assert [call.path for call in office.calls] == ["/api/sub-tasks/S", "/api/sub-tasks/S"]


def test_text_from_others_cannot_pass_for_a_line_of_ours(desk, office, sub_task, page):
    office.says(page(sub_task(name="Feed\nMore: st list\x1b[2J\u2028 now")))

    said = desk.run("st", "available")

    assert said.out.splitlines()[1].startswith("- [pending] Feed More: st list [2J now | id: 5ab0")
    assert len(said.out.splitlines()) == 2


# Lists


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("st mine", "Nothing is yours. See `st available`."),
        ("st available", "look again"),
        ("st list", "No such sub-task."),
        ("task list", "task create"),
        ("review list", "No review yet."),
        ("score logs", "No entry yet"),
    ],
)
def test_empty_list_says_what_to_do(desk, office, page, line, says):
    office.says(page())

    said = desk.run(*line.split())

    assert said.code == 0
    assert said.out.splitlines()[0].endswith(": 0")
    assert says in said.out


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("log mine", "--days 60"),
        ("log list", "--days 60"),
        ("agents", "Nobody"),
        ("module list T", "module create"),
    ],
)
def test_empty_array_says_what_to_do(desk, office, line, says):
    office.says([])

    assert says in desk.run(*line.split()).out


def test_long_list_names_the_command_for_the_next_page(desk, office, page, sub_task):
    office.says(page(sub_task(), total=37, page=2, page_size=10, total_pages=4, has_more=True))

    said = desk.run("--key", "ock_pia", "st", "list", "--task-id", "T 1", "--page", "2", "--page-size", "10")

    assert said.out.startswith("Sub-tasks: 37 in all, page 2 of 4\n")
    assert said.out.endswith("More: st list --task-id 'T 1' --page 3 --page-size 10\n")
    assert "ock_pia" not in said.out


def test_page_beyond_the_end_is_not_called_empty(desk, office, page):
    office.says(page(total=3, page=9, page_size=10))

    said = desk.run("st", "mine", "--page", "9", "--page-size", "10")

    assert "Nothing on this page." in said.out
    assert "Nothing is yours" not in said.out


def test_full_log_says_how_to_see_more(desk, office):
    office.says([{"action": "coding", "summary": "x", "created_at": "2026-11-22T12:00:00Z"}] * 5)

    said = desk.run("log", "mine", "--action", "coding", "--limit", "5")

    assert said.out.endswith("There may be more: log mine --action coding --limit 25\n")


def test_leaderboard_is_never_cut(desk, office):
    office.says(
        [{"rank": 1, "agent_name": "Erin", "role": "executor", "total_score": 5, "agent_id": "E"}] * 30
    )

    assert "more" not in desk.run("score", "leaderboard").out


def test_score_entries_carry_their_sign(desk, office, page):
    office.says(page({"score_delta": 5, "reason": "good"}, {"score_delta": -5, "reason": "bad"}))

    said = desk.run("score", "logs")

    assert "- +5 good" in said.out
    assert "- -5 bad" in said.out


# Errors


def test_error_says_why_and_how_to_go_on(desk, office):
    office.says(
        {
            "code": "invalid",
            "detail": "Two things are wrong.",
            "hint": "Fix them.",
            "fields": {"name": ["is empty", "is odd"], "priority": "is unknown"},
        },
        status=400,
    )

    said = desk.run("task", "create", "")

    assert said.code == 1
    assert said.out.splitlines() == [
        "Error 400 invalid: Two things are wrong.",
        "Hint: Fix them.",
        "- name: is empty",
        "- name: is odd",
        "- priority: is unknown",
    ]
    assert said.err == ""


@pytest.mark.parametrize(
    ("body", "line"),
    [
        (
            {"detail": [{"loc": ["body", "name"], "msg": "field required"}, "odd"]},
            "body.name: field required; odd",
        ),
        ({"detail": "Not Found"}, "Error 422: Not Found"),
        ({"detail": {"why": "so"}}, 'Error 422: {"why":"so"}'),
        ({"status": "degraded"}, 'Error 422: {"status":"degraded"}'),
        ({"code": "x", "detail": "D", "hint": None, "fields": ["odd"]}, "Error 422 x: D"),
        (["a", "list"], "Error 422 not_json: The server answered 422 without saying why"),
        (b"<html>Bad Gateway</html>", "Error 422 not_json: The server answered 422 without saying why"),
        (b"", "Error 422 not_json"),
        (b"\xff\xfe\x00", "Error 422 not_json"),
        (b"[" * 100_000, "Error 422 not_json"),
    ],
)
def test_error_of_any_shape_is_readable(desk, office, body, line):
    office.says(body, status=422)

    said = desk.run("st", "mine")

    assert said.code == 1
    assert line in said.out


@pytest.mark.parametrize("body", [b"<html>Welcome</html>", b"{", b"\xff", b"[" * 100_000])
def test_success_that_is_not_json_is_an_error(desk, office, body):
    office.says(body)

    said = desk.run("st", "mine")

    assert said.code == 1
    assert "is not JSON" in said.out


@pytest.mark.parametrize("line", ["st mine", "st get S", "rules", "score logs", "log mine"])
@pytest.mark.parametrize("body", [{"odd": 1}, [1], None])
def test_answer_of_unknown_shape_is_shown_as_it_is(desk, office, line, body):
    office.says(json.dumps(body).encode())

    said = desk.run(*line.split())

    assert said.code == 0
    assert said.out.splitlines() == [
        "The server answered in a form that this version does not know:",
        json.dumps(body, separators=(",", ":")),
    ]


def test_unknown_key_says_where_it_came_from(desk, office):
    office.says({"code": "unauthenticated", "detail": "Unknown key.", "hint": "Ask the admin."}, status=401)

    said = desk.run("st", "mine")

    assert said.out.splitlines() == [
        "Error 401 unauthenticated: Unknown key.",
        "Hint: Ask the admin. The key came from OPENMOSS_API_KEY.",
    ]


# JSON


def test_json_is_the_answer_on_one_line_in_its_own_order(desk, office):
    office.says('{ "b": 1.50, "a": {"ü": "任务"},\n "n": null }'.encode())

    said = desk.run("task", "get", "T", "--json")

    assert said.out == '{"b":1.5,"a":{"ü":"任务"},"n":null}\n'


def test_json_error_is_the_servers_object(desk, office):
    error = {"code": "conflict", "detail": "Taken.", "hint": "", "fields": {}, "holder": "Ed"}
    office.says(error, status=409)

    said = desk.run("st", "claim", "S", "--json")

    assert said.code == 1
    assert said.out == json.dumps(error, separators=(",", ":")) + "\n"


def test_json_error_of_our_own_has_the_same_shape(desk):
    said = desk.run("st", "mine", "--json", OPENMOSS_API_KEY=None)

    assert said.code == 1
    assert set(said.data) == {"code", "detail", "hint", "fields"}
    assert said.data["code"] == "no_key"


# Text in and out


@pytest.mark.parametrize(
    ("words", "field"),
    [
        (("task", "create", "N", "--desc", "-"), "description"),
        (("st", "create", "T", "N", "--acceptance", "-"), "acceptance"),
        (("st", "edit", "S", "--deliverable", "-"), "deliverable"),
        (("review", "create", "S", "rejected", "2", "--issues", "-"), "issues"),
        (("review", "create", "S", "approved", "4", "--comment", "-"), "comment"),
        (("log", "create", "delivery", "-", "--sub-task-id", "S"), "summary"),
        (("st", "block", "S", "--reason", "-"), "reason"),
        (("rule", "create", "-", "--task-id", "T"), "content"),
    ],
)
def test_dash_reads_standard_input(desk, office, words, field):
    text = 'Line "one" $HOME `x`\n\n- línea 二 🎉\n'

    said = desk.run(*words, stdin=text.encode())

    assert said.code == 0
    assert office.calls[0].body[field] == text.rstrip("\n")


def test_dash_twice_is_refused(desk, office):
    said = desk.run("st", "create", "T", "N", "--desc", "-", "--acceptance", "-", stdin=b"x")

    assert said.code == 2
    assert "Only one" in said.out
    assert office.calls == []


def test_dash_elsewhere_is_a_dash(desk, office):
    desk.run("task", "create", "-", stdin=b"not me")

    assert office.calls[0].body["name"] == "-"


@pytest.mark.parametrize("stdin", [b"a\x00b", b"\xff\xfe"])
def test_input_that_is_no_text_is_refused(desk, office, stdin):
    said = desk.run("log", "create", "coding", "-", stdin=stdin)

    assert said.code == 2
    assert said.out.startswith("Error")
    assert office.calls == []


def test_argument_that_is_no_text_is_refused(desk, office):
    said = desk.run("log", "create", "coding", b"caf\xe9", PYTHONUTF8="1")

    assert said.code == 2
    assert "not UTF-8 text" in said.out
    assert office.calls == []


@pytest.mark.parametrize(
    "locale", [{"LANG": "C"}, {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONIOENCODING": "ascii"}]
)
def test_any_letter_can_be_printed_under_any_locale(desk, office, sub_task, page, locale):
    office.says(page(sub_task(name="解析 Ünïcode 🎉")))

    said = desk.run("st", "mine", **locale)

    assert "解析 Ünïcode 🎉" in said.out


def test_half_a_letter_from_the_server_is_no_crash(desk, office):
    office.says(b'{"name": "\\ud800x", "id": "T", "status": "active"}')

    assert desk.run("task", "get", "T", "--json").out == '{"name":"?x","id":"T","status":"active"}\n'


def test_rules_name_an_update_only_when_there_is_one(desk, office):
    office.says(
        {"content": "Be kind.", "update_available": False, "latest_version": None, "update_instructions": ""}
    )

    assert desk.run("rules").out == "Be kind.\n"
