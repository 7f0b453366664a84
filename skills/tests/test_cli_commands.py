"""Every command line: what it sends, and the fields that agents read in what it prints."""

from __future__ import annotations

import re
import shlex

import pytest

# One answer that has every field any command prints, and is no list.
THING = {
    "id": "id-of-it",
    "task_id": "id-of-task",
    "name": "Parse feed",
    "role": "executor",
    "status": "in_progress",
    "priority": "high",
    "type": "once",
    "description": "Read the feed.",
    "deliverable": "feed.py",
    "acceptance": "All entries.",
    "assigned_agent": "id-of-erin",
    "current_session_id": "session-7",
    "round": 2,
    "result": "approved",
    "score": 4,
    "issues": "none found",
    "comment": "tidy",
    "agent_id": "id-of-erin",
    "agent_name": "Erin",
    "total_score": 25,
    "rank": 1,
    "reward_count": 6,
    "penalty_count": 1,
    "score_delta": -3,
    "reason": "late",
    "action": "coding",
    "summary": "half done",
    "created_at": "2026-11-22T12:00:00Z",
    "enabled": True,
    "channels": ["chat:1", "user:2"],
    "events": ["all_done"],
    "content": "Be kind.",
    "update_available": True,
    "latest_version": 9,
    "update_instructions": "Run update.",
}
PAGE = {"items": [THING], "total": 1, "page": 1, "page_size": 0, "total_pages": 1, "has_more": False}
ARRAY = [THING]
WHY = {
    "held_up": 1,
    "moving": 1,
    "left_out": 0,
    "items": [
        {
            "task": {"id": "T", "name": "Parse"},
            "sentence": "Erin sleeps.",
            "waiting": 2,
            "who": "planner",
            "action": "Wake her.",
            "do": "st get S",
            "moving": False,
        },
        {
            "task": {"id": "U", "name": "Draw"},
            "sentence": "It is drawn.",
            "waiting": 0,
            "who": "",
            "action": "",
            "do": "",
            "moving": True,
        },
    ],
}
RECURRENCE = {
    "id": "id-of-it",
    "name": "Parse",
    "state": "active",
    "cron": "0 9 * * *",
    "timezone": "Asia/Shanghai",
    "next": ["2026-11-26T01:00:00Z", "2026-11-27T01:00:00Z"],
}
NO_TEXTS = {"description": "", "deliverable": "", "acceptance": ""}

# Version 2 took each of these: command line, request, query, body, answer, what it prints.
OLD = [
    ("rules", "GET /rules", {"cli_version": "3"}, None, THING, "Be kind.|9|Run update."),
    (
        "task create Feed",
        "POST /tasks",
        {},
        {"name": "Feed", "description": "", "type": "once"},
        THING,
        "id-of-it|json:",
    ),
    (
        "task create Feed --desc Read --type recurring",
        "POST /tasks",
        {},
        {"name": "Feed", "description": "Read", "type": "recurring"},
        THING,
        "id-of-it",
    ),
    ("task list", "GET /tasks", {}, None, PAGE, "Tasks: 1|in_progress|Parse feed|id-of-it"),
    (
        "task list --status active --page 2 --page-size 5",
        "GET /tasks",
        {"status": "active", "page": "2", "page_size": "5"},
        None,
        PAGE,
        "",
    ),
    ("task list --page 0 --page-size 0", "GET /tasks", {}, None, PAGE, ""),
    ("task get T", "GET /tasks/T", {}, None, THING, "Parse feed|json:"),
    ("task edit T", "PUT /tasks/T", {}, {}, THING, "json:"),
    ("task edit T --name New --desc ''", "PUT /tasks/T", {}, {"name": "New"}, THING, "json:"),
    ("task edit T --desc Text", "PUT /tasks/T", {}, {"description": "Text"}, THING, "json:"),
    ("task status T active", "PUT /tasks/T/status", {}, {"status": "active"}, THING, "in_progress"),
    ("task status T any-thing", "PUT /tasks/T/status", {}, {"status": "any-thing"}, THING, ""),
    ("task cancel T", "POST /tasks/T/cancel", {}, {}, THING, "id-of-it"),
    (
        "module create T Part",
        "POST /tasks/T/modules",
        {},
        {"name": "Part", "description": ""},
        THING,
        "id-of-it",
    ),
    (
        "module create T Part --desc X",
        "POST /tasks/T/modules",
        {},
        {"name": "Part", "description": "X"},
        THING,
        "",
    ),
    ("module list T", "GET /tasks/T/modules", {}, None, ARRAY, "Modules: 1|Parse feed|id-of-it"),
    (
        "st create T Parse",
        "POST /sub-tasks",
        {},
        {"task_id": "T", "name": "Parse", **NO_TEXTS, "priority": "medium", "type": "once"},
        THING,
        "id-of-it|json:",
    ),
    (
        "st create T P --desc D --deliverable L --acceptance A --priority high",
        "POST /sub-tasks",
        {},
        {
            "task_id": "T",
            "name": "P",
            "description": "D",
            "deliverable": "L",
            "acceptance": "A",
            "priority": "high",
            "type": "once",
        },
        THING,
        "",
    ),
    (
        "st create T P --type recurring --module-id M --assign E",
        "POST /sub-tasks",
        {},
        {
            "task_id": "T",
            "name": "P",
            **NO_TEXTS,
            "priority": "medium",
            "type": "recurring",
            "module_id": "M",
            "assigned_agent": "E",
        },
        THING,
        "",
    ),
    ("st list", "GET /sub-tasks", {}, None, PAGE, "in_progress|Parse feed|id-of-it|id-of-erin"),
    (
        "st list --task-id T --status review --page 3 --page-size 50",
        "GET /sub-tasks",
        {"task_id": "T", "status": "review", "page": "3", "page_size": "50"},
        None,
        PAGE,
        "",
    ),
    ("st get S", "GET /sub-tasks/S", {}, None, THING, "Parse feed|json:"),
    ("st mine", "GET /sub-tasks/mine", {}, None, PAGE, "in_progress|Parse feed|id-of-it"),
    (
        "st mine --page 1 --page-size 2",
        "GET /sub-tasks/mine",
        {"page": "1", "page_size": "2"},
        None,
        PAGE,
        "",
    ),
    ("st available", "GET /sub-tasks/available", {}, None, PAGE, "high|Parse feed|id-of-it"),
    ("st available --page 4", "GET /sub-tasks/available", {"page": "4"}, None, PAGE, ""),
    (
        "st latest T",
        "GET /sub-tasks/latest",
        {"task_id": "T"},
        None,
        THING,
        "in_progress|Parse feed|id-of-it|Read the feed.|feed.py|All entries.",
    ),
    ("st claim S", "POST /sub-tasks/S/claim", {}, {}, THING, "Parse feed"),
    ("st start S", "POST /sub-tasks/S/start", {}, {}, THING, "Parse feed|session-7"),
    ("st start S --session 7", "POST /sub-tasks/S/start", {}, {"session_id": "7"}, THING, ""),
    ("st submit S", "POST /sub-tasks/S/submit", {}, None, THING, "Parse feed"),
    ("st edit S", "PUT /sub-tasks/S", {}, {}, THING, "json:"),
    (
        "st edit S --name N --desc D --deliverable L --acceptance A --priority low",
        "PUT /sub-tasks/S",
        {},
        {"name": "N", "description": "D", "deliverable": "L", "acceptance": "A", "priority": "low"},
        THING,
        "json:",
    ),
    ("st cancel S", "POST /sub-tasks/S/cancel", {}, {}, THING, "id-of-it"),
    ("st block S", "POST /sub-tasks/S/block", {}, {}, THING, "Parse feed"),
    ("st session S 8", "POST /sub-tasks/S/session", {}, {"session_id": "8"}, THING, "Parse feed|session-7"),
    ("st session S ''", "POST /sub-tasks/S/session", {}, {"session_id": ""}, THING, ""),
    ("st reassign S E", "POST /sub-tasks/S/reassign", {}, {"agent_id": "E"}, THING, "id-of-erin"),
    (
        "review create S approved 5",
        "POST /review-records",
        {},
        {"sub_task_id": "S", "result": "approved", "score": 5, "comment": "", "issues": ""},
        THING,
        "round 2|approved|score 4",
    ),
    (
        "review create S rejected 2 --comment C --issues I",
        "POST /review-records",
        {},
        {"sub_task_id": "S", "result": "rejected", "score": 2, "comment": "C", "issues": "I"},
        THING,
        "",
    ),
    (
        "review list",
        "GET /review-records",
        {},
        None,
        PAGE,
        "approved|round 2|score 4|tidy|none found|id-of-it|2026-11-22",
    ),
    (
        "review list --sub-task-id S --page 2 --page-size 9",
        "GET /review-records",
        {"sub_task_id": "S", "page": "2", "page_size": "9"},
        None,
        PAGE,
        "",
    ),
    ("review get R", "GET /review-records/R", {}, None, THING, "none found|json:"),
    ("score me", "GET /scores/me", {}, None, THING, "Erin|25|6|1"),
    ("score logs", "GET /scores/me/logs", {}, None, PAGE, "-3|late"),
    ("score logs --page 2", "GET /scores/me/logs", {"page": "2"}, None, PAGE, ""),
    ("score agent-logs E", "GET /scores/E/logs", {}, None, PAGE, "-3|late"),
    ("score agent-logs E --page-size 3", "GET /scores/E/logs", {"page_size": "3"}, None, PAGE, ""),
    ("score leaderboard", "GET /scores/leaderboard", {}, None, ARRAY, "1.|Erin|executor|25"),
    (
        "score adjust E -3 late",
        "POST /scores/adjust",
        {},
        {"agent_id": "E", "score_delta": -3, "reason": "late"},
        THING,
        "-3|late",
    ),
    (
        "score adjust E 0 why --sub-task-id S",
        "POST /scores/adjust",
        {},
        {"agent_id": "E", "score_delta": 0, "reason": "why", "sub_task_id": "S"},
        THING,
        "",
    ),
    ("log create coding Half", "POST /logs", {}, {"action": "coding", "summary": "Half"}, THING, "coding"),
    (
        "log create odd '- a list' --sub-task-id S",
        "POST /logs",
        {},
        {"action": "odd", "summary": "- a list", "sub_task_id": "S"},
        THING,
        "",
    ),
    ("log mine", "GET /logs/mine", {}, None, ARRAY, "coding|half done|2026-11-22T12:00:00Z"),
    (
        "log mine --action coding --days 3 --limit 5",
        "GET /logs/mine",
        {"action": "coding", "days": "3", "limit": "5"},
        None,
        ARRAY,
        "",
    ),
    ("log list", "GET /logs", {}, None, ARRAY, "coding|half done|id-of-erin|2026-11-22T12:00:00Z"),
    (
        "log list --sub-task-id S --action plan --days 60 --limit 0",
        "GET /logs",
        {"sub_task_id": "S", "action": "plan", "days": "60"},
        None,
        ARRAY,
        "",
    ),
    ("notification", "GET /config/notification", {}, None, THING, "yes|chat:1, user:2|all_done"),
    ("agents", "GET /agents", {}, None, ARRAY, "in_progress|Parse feed|executor|id-of-it|25|Read the feed."),
    ("agents --role reviewer", "GET /agents", {"role": "reviewer"}, None, ARRAY, ""),
]

# Abbreviations that version 2 took; options added since must not make them ambiguous.
ABBREVIATED = [
    (
        "task create Feed --d X",
        "POST /tasks",
        {},
        {"name": "Feed", "description": "X", "type": "once"},
        THING,
        "",
    ),
    ("st list --t T --s review", "GET /sub-tasks", {"task_id": "T", "status": "review"}, None, PAGE, ""),
    ("st list --page-s 5", "GET /sub-tasks", {"page_size": "5"}, None, PAGE, ""),
    ("st start S --s 7", "POST /sub-tasks/S/start", {}, {"session_id": "7"}, THING, ""),
    ("st edit S --des D", "PUT /sub-tasks/S", {}, {"description": "D"}, THING, ""),
    (
        "review create S rejected 1 --i I --c C",
        "POST /review-records",
        {},
        {"sub_task_id": "S", "result": "rejected", "score": 1, "comment": "C", "issues": "I"},
        THING,
        "",
    ),
    (
        "log create plan X --s S",
        "POST /logs",
        {},
        {"action": "plan", "summary": "X", "sub_task_id": "S"},
        THING,
        "",
    ),
    (
        "log create plan X --sub-task S",
        "POST /logs",
        {},
        {"action": "plan", "summary": "X", "sub_task_id": "S"},
        THING,
        "",
    ),
    (
        "log list --a plan --d 2 --l 3",
        "GET /logs",
        {"action": "plan", "days": "2", "limit": "3"},
        None,
        ARRAY,
        "",
    ),
]

NEW = [
    ("whoami", "GET /agents/me", {}, None, THING, "Parse feed|id-of-it|executor|25"),
    (
        "rules --task-id T --sub-task-id S",
        "GET /rules",
        {"cli_version": "3", "task_id": "T", "sub_task_id": "S"},
        None,
        THING,
        "",
    ),
    ("task complete T", "PUT /tasks/T/status", {}, {"status": "completed"}, THING, "in_progress"),
    ("st claim S --session 7", "POST /sub-tasks/S/claim", {}, {"session_id": "7"}, THING, ""),
    ("st submit S --session 7", "POST /sub-tasks/S/submit", {}, {"session_id": "7"}, THING, ""),
    ("st release S", "POST /sub-tasks/S/release", {}, {}, THING, "Released: Parse feed"),
    ("st release S --reason stuck", "POST /sub-tasks/S/release", {}, {"reason": "stuck"}, THING, ""),
    (
        "st block S --reason loop",
        "POST /sub-tasks/S/block",
        {},
        {"reason": "loop"},
        THING,
        "Blocked: Parse feed",
    ),
    ("st unblock S", "POST /sub-tasks/S/unblock", {}, {}, THING, "Unblocked: Parse feed"),
    ("st unblock S --reason fixed", "POST /sub-tasks/S/unblock", {}, {"reason": "fixed"}, THING, ""),
    (
        "st reassign S E --reason away",
        "POST /sub-tasks/S/reassign",
        {},
        {"agent_id": "E", "reason": "away"},
        THING,
        "",
    ),
    (
        "st cancel S --reason moot",
        "POST /sub-tasks/S/cancel",
        {},
        {"reason": "moot"},
        THING,
        "Cancelled: Parse feed",
    ),
    (
        "st create T N --depends-on A,B --depends-on C",
        "POST /sub-tasks",
        {},
        {
            "task_id": "T",
            "name": "N",
            **NO_TEXTS,
            "priority": "medium",
            "type": "once",
            "depends_on": ["A", "B", "C"],
        },
        THING,
        "",
    ),
    (
        "st create T N --cron '0 9 * * *' --tz Asia/Shanghai --overlap queue --catch-up skip",
        "POST /sub-tasks",
        {},
        {
            "task_id": "T",
            "name": "N",
            **NO_TEXTS,
            "priority": "medium",
            "type": "once",
            "recurring_config": {
                "cron": "0 9 * * *",
                "timezone": "Asia/Shanghai",
                "overlap": "queue",
                "catch_up": "skip",
            },
        },
        THING,
        "",
    ),
    (
        "recurrence create T N --cron '0 9 * * *' --tz Asia/Shanghai --assign E",
        "POST /recurrences",
        {},
        {
            "task_id": "T",
            "name": "N",
            **NO_TEXTS,
            "priority": "medium",
            "cron": "0 9 * * *",
            "timezone": "Asia/Shanghai",
            "assigned_agent": "E",
        },
        RECURRENCE,
        "cron: 0 9 * * *|next times: 2026-11-26T01:00:00Z, 2026-11-27T01:00:00Z",
    ),
    (
        "recurrence list --task-id T",
        "GET /recurrences",
        {"task_id": "T"},
        None,
        [RECURRENCE],
        "Recurrences: 1|active",
    ),
    ("recurrence get R", "GET /recurrences/R", {}, None, RECURRENCE, "time zone: Asia/Shanghai"),
    ("recurrence edit R --cron '0 8 * * *'", "PUT /recurrences/R", {}, {"cron": "0 8 * * *"}, RECURRENCE, ""),
    ("recurrence edit R --assign ''", "PUT /recurrences/R", {}, {"assigned_agent": ""}, RECURRENCE, ""),
    (
        "recurrence pause R --reason Holidays",
        "POST /recurrences/R/pause",
        {},
        {"reason": "Holidays"},
        RECURRENCE,
        "recurrence resume id-of-it",
    ),
    ("recurrence resume R", "POST /recurrences/R/resume", {}, {}, RECURRENCE, "active"),
    ("recurrence end R", "POST /recurrences/R/end", {}, {}, RECURRENCE, ""),
    ("st edit S --depends-on A", "PUT /sub-tasks/S", {}, {"depends_on": ["A"]}, THING, ""),
    ("st edit S --depends-on ''", "PUT /sub-tasks/S", {}, {"depends_on": []}, THING, ""),
    (
        "st list --module-id M --assigned-agent E",
        "GET /sub-tasks",
        {"module_id": "M", "assigned_agent": "E"},
        None,
        PAGE,
        "",
    ),
    (
        "review create S rejected 2 --issues I --rework-agent E --round 3",
        "POST /review-records",
        {},
        {
            "sub_task_id": "S",
            "result": "rejected",
            "score": 2,
            "comment": "",
            "issues": "I",
            "rework_agent": "E",
            "round": 3,
        },
        THING,
        "",
    ),
    (
        "log create plan X --session 7",
        "POST /logs",
        {},
        {"action": "plan", "summary": "X", "session_id": "7"},
        THING,
        "",
    ),
    ("log list --agent-id E", "GET /logs", {"agent_id": "E"}, None, ARRAY, ""),
    (
        "why",
        "GET /why",
        {},
        None,
        WHY,
        "Parse: Erin sleeps.|Sub-tasks that wait for it: 2|planner: Wake her. st get S",
    ),
    ("why --task-id T", "GET /why", {"task_id": "T"}, None, WHY, "Draw: It is drawn."),
    ("finding list", "GET /findings", {"status": "open"}, None, PAGE, "Findings: 1|id-of-it"),
    (
        "finding list --status ignored --kind stuck --severity critical --task-id T --sub-task-id S --page 2",
        "GET /findings",
        {
            "status": "ignored",
            "kind": "stuck",
            "severity": "critical",
            "task_id": "T",
            "sub_task_id": "S",
            "page": "2",
        },
        None,
        PAGE,
        "",
    ),
    ("finding get F", "GET /findings/F", {}, None, THING, "id-of-it"),
    (
        "finding create stuck Loops --sub-task-id S",
        "POST /findings",
        {},
        {"kind": "stuck", "description": "Loops", "severity": "warning", "sub_task_id": "S"},
        THING,
        "id-of-it",
    ),
    (
        "finding create stuck Loops --severity critical --agent-id E",
        "POST /findings",
        {},
        {"kind": "stuck", "description": "Loops", "severity": "critical", "agent_id": "E"},
        THING,
        "",
    ),
    ("finding resolve F", "POST /findings/F/resolve", {}, {}, THING, "id-of-it"),
    ("finding ignore F --reason Fine", "POST /findings/F/ignore", {}, {"reason": "Fine"}, THING, ""),
    (
        "rule create Tidy --task-id T",
        "POST /rules/items",
        {},
        {"content": "Tidy", "task_id": "T"},
        THING,
        "id-of-it",
    ),
    (
        "rule create --sub-task-id S Tidy",
        "POST /rules/items",
        {},
        {"content": "Tidy", "sub_task_id": "S"},
        THING,
        "",
    ),
    ("rule list --task-id T", "GET /rules/items", {"task_id": "T"}, None, PAGE, "Rules: 1|Be kind.|id-of-it"),
    ("rule list", "GET /rules/items", {}, None, ARRAY, "Rules: 1|Be kind."),
    ("rule delete R", "DELETE /rules/items/R", {}, None, THING, "Deleted."),
    ("st get ../../x?y", "GET /sub-tasks/..%2F..%2Fx%3Fy", {}, None, THING, ""),
]


@pytest.mark.parametrize(
    ("line", "request_line", "query", "body", "answer", "prints"),
    OLD + ABBREVIATED + NEW,
    ids=[row[0] for row in OLD + ABBREVIATED + NEW],
)
def test_command_line_sends_and_prints(desk, office, line, request_line, query, body, answer, prints):
    method, path = request_line.split()
    office.says(answer)

    said = desk.run(*shlex.split(line))

    assert (said.code, said.err) == (0, "")
    (call,) = office.calls
    assert (call.method, call.path, call.query, call.body) == (method, f"/api{path}", query, body)
    assert call.headers["authorization"] == "Bearer ock_erin"
    assert call.headers["accept"] == "application/json"
    assert call.headers["user-agent"] == "openmoss-cli/3"
    write = method != "GET"
    assert bool(re.fullmatch("[0-9a-f]{8}-[0-9a-f-]{27}", call.headers.get("idempotency-key", ""))) is write
    assert (call.headers.get("content-type") == "application/json") is write
    for fragment in filter(None, prints.split("|")):
        assert fragment in said.out
    assert "form that this version does not know" not in said.out
    assert "ock_erin" not in said.out


def test_each_command_line_gets_its_own_idempotency_key(desk, office):
    office.says(THING)

    desk.run("st", "claim", "S")
    desk.run("st", "claim", "S")

    one, other = (call.headers["idempotency-key"] for call in office.calls)
    assert one != other


@pytest.mark.parametrize("line", ["", "task", "module", "st", "review", "score", "log", "rule"])
def test_group_without_command_prints_help_even_without_a_key(desk, office, line):
    said = desk.run(*line.split(), OPENMOSS_API_KEY=None)

    assert (said.code, said.err) == (0, "")
    assert said.out.startswith("usage:")
    assert office.calls == []


def test_help_names_every_command_with_settings_and_exit_codes(desk):
    said = desk.run("--help")

    for line, *_ in OLD + NEW:
        words = line.split()
        assert f"  {words[0]} " in said.out
        assert len(words) == 1 or words[1].startswith("-") or f"  {words[0]} {words[1]} " in said.out
    for word in (
        "OPENMOSS_API_KEY",
        "OPENMOSS_URL",
        "OPENMOSS_TIMEOUT",
        ".openmoss.json",
        "exit codes",
        "examples",
    ):
        assert word in said.out


@pytest.mark.parametrize(
    "line",
    [
        "nonsense",
        "st nonsense",
        "st claim",
        "st claim ''",
        "st get ..",
        "st create T N --priority urgent",
        "task create N --type never",
        "review create S maybe 3",
        "review create S approved four",
        "task list --page two",
        "st claim S --force-it",
        "st create T N --de X",
        "register --name Erin --role boss --token T",
        "register --name Erin --role executor",
        "rule create Tidy",
        "rule create Tidy --task-id T --sub-task-id S",
        "finding create stuck Loops",
        "finding create stuck Loops --task-id T --agent-id E",
        "finding ignore F",
    ],
)
def test_wrong_command_line_exits_2_and_asks_nothing(desk, office, line):
    said = desk.run(*shlex.split(line))

    assert said.code == 2
    assert "error:" in said.err
    assert office.calls == []


def test_health_needs_no_key_and_shows_none(desk, office):
    office.says({"status": "ok", "worker": "alive"})

    said = desk.run("health")

    assert said.code == 0
    assert said.out == "status: ok\nworker: alive\n"
    assert office.calls[0].path == "/api/health"
    assert "authorization" not in office.calls[0].headers


def test_version_asks_nobody_and_survives_broken_settings(desk, office):
    said = desk.run("version", OPENMOSS_URL="not an address", OPENMOSS_API_KEY=None)

    assert (said.code, said.out) == (0, "3\n")
    assert office.calls == []
