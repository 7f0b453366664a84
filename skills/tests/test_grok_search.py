"""`grok_search.py`: sources or nothing, a second model, and a memory with an end."""

from __future__ import annotations

import json
import sqlite3
import stat
import subprocess
import sys
import threading
from contextlib import closing
from pathlib import Path
from types import ModuleType

import pytest
import time_machine

from skills.tests.skill_scripts import KEY, PYTHON, SKILLS, Script

DAY = 24 * 3600
NOW = 1_795_600_000


def source(name: str = "a", **changes: object) -> dict:
    page = {"url": f"https://{name}.test/", "published_at": "2026-11-01", "quote": "So it is."}
    return {key: value for key, value in {**page, **changes}.items() if value is not None}


def result(answer: object = "Bern.", sources: object = None, **more: object) -> dict:
    return {"answer": answer, "sources": [source("a"), source("b")] if sources is None else sources, **more}


def chat(content: object) -> dict:
    """Return what gateways answer; what is not text is written as JSON."""
    text = content if isinstance(content, str) else json.dumps(content, ensure_ascii=False)
    return {"choices": [{"message": {"role": "assistant", "content": text}}]}


@pytest.fixture
def grok(tmp_path, office):
    script = Script(
        "grok-search-runtime/scripts/grok_search.py",
        tmp_path,
        GROK_BASE_URL=office.url,
        GROK_API_KEY=KEY,
    )
    office.says(chat(result()))
    return script


@pytest.fixture
def says(office):
    """Replace the usual answer by others, given in their order."""

    def says_(*answers: object, **how: object) -> None:
        office.answers.clear()
        for answer in answers:
            office.says(answer, **how)

    return says_


@pytest.fixture
def memory(grok, monkeypatch) -> ModuleType:
    """The memory as a module."""
    monkeypatch.syspath_prepend(str(grok.path.parent))
    monkeypatch.delitem(sys.modules, "context", raising=False)
    return grok.load().context


def asked(office) -> list[str]:
    """Return the models that were asked."""
    return [call.body["model"] for call in office.calls]


def rows(database: Path, query: str) -> list[tuple]:
    with sqlite3.connect(database) as db:
        return db.execute(query).fetchall()


# ------------------------------------------------------------------------------------------- the request


def test_question_travels_as_the_gateway_expects_it(grok, office):
    said = grok.run("--query", "瑞士的首都是?")

    assert (said.code, said.err) == (0, "")
    assert said.data == result()
    assert said.out.count("\n") == 1
    (call,) = office.calls
    assert (call.method, call.path) == ("POST", "/v1/chat/completions")
    assert call.headers["authorization"] == f"Bearer {KEY}"
    body = call.body
    system, user = body.pop("messages")
    assert body == {"model": "grok-4.20-beta", "stream": False, "temperature": 0.2}
    assert user == {"role": "user", "content": "瑞士的首都是?"}
    assert system["role"] == "system"
    for word in ("at least two sources", "published_at", "quote", "JSON", "unknowns", "confidence"):
        assert word in system["content"]
    assert not (grok.desk / "data").exists()


def test_system_prompt_is_the_callers(grok, office):
    grok.run("--query", "Q", "--system-prompt", "Be brief.")

    assert office.calls[0].body["messages"][0] == {"role": "system", "content": "Be brief."}


def test_models_are_the_callers_or_the_operators(grok, office, says):
    says(chat("no"))
    set_ = {"GROK_MODEL": "one", "GROK_FALLBACK_MODEL": "two"}

    grok.run("--query", "Q", **set_)
    grok.run("--query", "Q", "--model", "three", "--fallback-model", "four", **set_)
    grok.run("--query", "Q")

    assert asked(office) == ["one", "two", "three", "four", "grok-4.20-beta", "grok-4.1-thinking"]


def test_second_names_of_address_and_key_come_second(grok, office, open_office):
    elsewhere = open_office()
    elsewhere.says(chat(result()))
    custom = {"GAPI_CUSTOM_BASE_URL": elsewhere.url, "GAPI_CUSTOM_API_KEY": "sk-ed"}

    grok.run("--query", "Q", **custom)
    grok.run("--query", "Q", **custom, GROK_BASE_URL=None, GROK_API_KEY="")

    assert office.calls[0].headers["authorization"] == f"Bearer {KEY}"
    assert elsewhere.calls[0].headers["authorization"] == "Bearer sk-ed"


def test_earlier_path_still_works(grok, office):
    grok.path = SKILLS / "grok-search-runtime" / "projects" / "grok-search" / "scripts" / "grok_search.py"

    said = grok.run("--query", "Q", "--thread-id", "T")
    refused = grok.run("--query", "")

    assert said.data == result()
    assert refused.code == 2


def test_empty_query_is_refused(grok, office):
    said = grok.run("--query", " ", "--thread-id", "T")

    assert (said.code, said.out) == (2, "")
    assert office.calls == []
    assert not (grok.desk / "data").exists()


# -------------------------------------------------------------------------------------------- the answer


@pytest.mark.parametrize(
    "answer",
    [
        chat("```json\n" + json.dumps(result()) + "\n```"),
        chat("```\n" + json.dumps(result()) + "```  "),
        chat("Here it is:\n" + json.dumps(result()) + "\nAnything else?"),
        chat("See {this}: ```json\n".replace("{this}", "this") + json.dumps(result()) + "\n``` Done."),
        {"choices": [], "output": [{"content": [{"text": json.dumps(result())}]}]},
        {
            "output": [
                {"content": None},
                {"content": [{"text": json.dumps(result())[:9]}, {"text": json.dumps(result())[9:]}]},
            ]
        },
    ],
)
def test_json_is_found_in_every_dress(grok, office, says, answer):
    says(answer)

    assert grok.run("--query", "Q").data == result()
    assert len(office.calls) == 1


def test_everything_else_in_the_answer_is_kept(grok, says):
    whole = result(
        "Ja – 是。", claims=[{"statement": "s", "source_index": 0}], unknowns=["u"], confidence=0.5
    )
    says(chat(whole))

    said = grok.run("--query", "Q")

    assert said.data == whole
    assert "是" in said.out


NO_SOURCES = [
    *(result(sources=sources) for sources in ([], [source()], [source(), source()], "two", {}, 7)),
    *(result(sources=[source("a"), source("b", **{name: ""})]) for name in ("url", "published_at", "quote")),
    *(
        result(sources=[source("a"), source("b", **{name: None})])
        for name in ("url", "published_at", "quote")
    ),
    result(sources=[source("a"), source("b"), source("c", quote=" ")]),
    result(sources=[source("a"), source("b"), "https://c.test/"]),
    result(sources=[source("a"), source("b", published_at="unknown")]),
    result(sources=[source("a"), source("b", url="b.test")]),
    *(result(answer) for answer in ("", "  ", None, 7, ["Bern."])),
    *([], "Bern.", 7, None, {}),
]


@pytest.mark.parametrize("poor", NO_SOURCES, ids=lambda poor: json.dumps(poor)[:60])
def test_answer_without_proof_is_asked_of_the_other_model(grok, office, says, poor):
    says(chat(poor), chat(result("Bern, proven.")))

    said = grok.run("--query", "Q", "--with-meta")

    assert (said.code, said.err) == (0, "")
    assert said.data["result"]["answer"] == "Bern, proven."
    assert said.data["meta"]["model"] == "grok-4.1-thinking"
    assert said.data["meta"]["fallback_reason"].startswith(("The answer", "A source"))
    assert asked(office) == ["grok-4.20-beta", "grok-4.1-thinking"]
    assert office.calls[0].body["messages"] == office.calls[1].body["messages"]


@pytest.mark.parametrize(
    ("trouble", "reason"),
    [
        ({"body": {"error": {"message": "Down."}}, "status": 500}, "The gateway answered 500: Down."),
        ({"body": b"<html>"}, "The gateway's answer is not JSON, or it broke off."),
        ({"body": {"choices": []}}, "The answer holds no text: it gives no reason"),
        ({"body": {"error": {"message": "Off."}}}, "The answer holds no text: Off."),
        ({"stall": True}, "it took longer than 0.5 s."),
    ],
)
def test_failure_is_mended_by_the_other_model(grok, office, says, trouble, reason):
    says()
    office.says(**trouble)
    office.says(chat(result()))

    said = grok.run("--query", "Q", "--with-meta", GROK_TIMEOUT="0.5")

    assert said.code == 0
    assert said.data["meta"]["fallback_reason"].endswith(reason)
    assert len(office.calls) == 2


def test_two_failures_are_the_end(grok, office, says):
    says(chat("I think it is Bern."), chat("Surely Bern.\x1b[2J" + "x" * 9000))

    said = grok.run("--query", "Q", "--thread-id", "T")

    assert said.code == 1
    error = said.data["error"]
    assert set(error) == {"model", "fallback_reason", "latency_ms", "raw_text"}
    assert error["model"] == "grok-4.1-thinking"
    assert error["fallback_reason"] == "The answer is not a JSON object."
    assert error["raw_text"].startswith("Surely Bern. [2Jxxx")
    assert len(error["raw_text"]) == 4000
    assert isinstance(error["latency_ms"], int)
    assert said.err.splitlines()[0].startswith(
        "Error: Neither grok-4.20-beta nor grok-4.1-thinking gave an answer"
    )
    assert said.err.splitlines()[1].startswith("Hint: ")
    assert len(office.calls) == 2
    assert rows(grok.desk / "data/context.db", "SELECT * FROM contexts") == []


def test_failure_holds_no_key_even_if_the_gateway_repeats_it(grok, says):
    says(chat(f"Your key is {KEY}."))

    said = grok.run("--query", "Q")

    assert said.data["error"]["raw_text"] == "Your key is [key]."


def test_meta_stands_around_the_result(grok):
    said = grok.run("--query", "Q", "--with-meta")

    meta = said.data.pop("meta") if isinstance(said.data, dict) else {}
    assert said.data["result"] == result()
    assert meta.pop("latency_ms") >= 0
    assert meta == {"model": "grok-4.20-beta", "fallback_reason": None, "context": None}


# -------------------------------------------------------------------------------------------- the memory


def context_of(call) -> str:
    """Return what a call told the model of the conversation, empty if nothing."""
    _, *context, _ = call.body["messages"]
    assert len(context) <= 1
    return context[0]["content"] if context else ""


def test_question_that_leans_on_the_last_one_brings_it_along(grok, office):
    first = grok.run("--query", "What is the capital of Switzerland?", "--thread-id", "T", "--with-meta")
    second = grok.run("--query", "Tell me more", "--thread-id", "T", "--with-meta")

    assert context_of(office.calls[0]) == ""
    told = context_of(office.calls[1])
    assert (
        "Question: What is the capital of Switzerland?\nAnswer: Bern. (Sources: https://a.test/, https://b.test/)"
        in told
    )
    before, after = first.data["meta"]["context"], second.data["meta"]["context"]
    assert before["task_id"] == after["task_id"]
    assert (before["messages"], after["messages"]) == (0, 2)
    assert [message["role"] for message in office.calls[1].body["messages"]] == ["system", "user", "user"]


def test_question_that_stands_alone_begins_a_new_subject(grok, office):
    first = grok.run("--query", "What is the capital of Switzerland?", "--thread-id", "T", "--with-meta")
    second = grok.run("--query", "Which river flows through Basel?", "--thread-id", "T", "--with-meta")

    assert context_of(office.calls[1]) == ""
    assert first.data["meta"]["context"]["task_id"] != second.data["meta"]["context"]["task_id"]


@pytest.mark.parametrize(
    ("query", "leans"),
    [
        *(
            (words, True)
            for words in ("Continue", "go on please", "And the previous one?", "What about Basel?")
        ),
        *(
            (words, True)
            for words in ("As above, but shorter", "More details", "Please follow-up", "the same for 2025")
        ),
        *(
            (words, True)
            for words in ("继续", "刚才说的城市有多少人", "还有呢", "上面的第二个来源", "请详细说明")
        ),
        *(
            (words, False)
            for words in (
                "Is Bern the capital?",
                "Which phones did they discontinue?",
                "Who won more medals?",
            )
        ),
        *((words, False) for words in ("瑞士的首都是哪里", "今天的新闻")),
    ],
)
def test_words_tell_whether_a_question_leans(memory, query, leans):
    assert memory.continues(query) is leans


@pytest.mark.parametrize(
    ("words", "query", "brings"),
    [
        (("--mode", "always"), "Which river?", True),
        (("--mode", "always", "--need-context-hint", "false"), "Which river?", True),
        (("--mode", "stateless"), "Continue", False),
        (("--mode", "stateless", "--need-context-hint", "true", "--task-id", "K"), "Continue", False),
        (("--mode", "auto"), "Continue", True),
        (("--need-context-hint", "true"), "Which river?", True),
        (("--need-context-hint", "false"), "Continue", False),
        (("--task-id", "K"), "Which river?", True),
        (("--task-id", "K", "--need-context-hint", "false"), "Continue", False),
        (("--task-id", "other"), "Continue", False),
    ],
)
def test_mode_hint_and_task_decide_what_is_brought_along(grok, office, words, query, brings):
    grok.run("--query", "What is the capital?", "--thread-id", "T", "--task-id", "K")

    grok.run("--query", query, "--thread-id", "T", *words)

    assert ("What is the capital?" in context_of(office.calls[1])) is brings


def test_stateless_question_is_not_kept(grok):
    grok.run("--query", "Q", "--thread-id", "T", "--mode", "stateless")

    assert not (grok.desk / "data").exists()


def test_nothing_is_kept_without_a_thread(grok, office):
    grok.run("--query", "Q", "--task-id", "K", "--mode", "always", "--db", "mine.db")

    assert list(grok.desk.iterdir()) == []


def test_threads_do_not_hear_each_other(grok, office):
    grok.run("--query", "Erin's secret plan", "--thread-id", "erin", "--task-id", "K")

    grok.run("--query", "Continue", "--thread-id", "ed", "--task-id", "K", "--mode", "always")

    assert context_of(office.calls[1]) == ""


@pytest.mark.parametrize("bad", [("--mode", "clever"), ("--need-context-hint", "maybe")])
def test_unknown_choice_is_a_wrong_command_line(grok, office, bad):
    assert grok.run("--query", "Q", *bad).code == 2
    assert office.calls == []


def test_file_of_the_memory_is_the_callers_or_the_operators(grok):
    words = ("--query", "Q", "--thread-id", "T")

    grok.run(*words)
    grok.run(*words, CONTEXT_DB_PATH="set/set.db")
    grok.run(*words, "--db", "given.db", CONTEXT_DB_PATH="unused.db")

    files = {str(path.relative_to(grok.desk)) for path in grok.desk.rglob("*.db")}
    assert files == {"data/context.db", "set/set.db", "given.db"}
    assert stat.S_IMODE((grok.desk / "given.db").stat().st_mode) == 0o600


def test_memory_is_written_ahead_and_names_what_it_holds(grok):
    grok.run("--query", "Q", "--thread-id", "T", "--task-id", "K", "--db", "c.db")

    database = grok.desk / "c.db"
    assert rows(database, "PRAGMA journal_mode") == [("wal",)]
    (row,) = rows(database, "SELECT thread_id, task_id, messages_json, summary, meta_json FROM contexts")
    assert row[:2] == ("T", "K")
    assert [message["role"] for message in json.loads(row[2])] == ["user", "assistant"]
    assert row[3:] == ("", '{"model": "grok-4.20-beta"}')
    assert rows(database, "SELECT thread_id, last_task_id FROM thread_state") == [("T", "K")]


@pytest.mark.parametrize("content", [b"no database, but long enough to be taken for one" * 9, None])
def test_broken_memory_is_refused_before_anything_is_paid_for(grok, office, content):
    if content:
        (grok.desk / "c.db").write_bytes(content)
    else:
        (grok.desk / "c.db").mkdir()

    said = grok.run("--query", "Q", "--thread-id", "T", "--db", "c.db")

    assert (said.code, said.out) == (2, "")
    assert said.err.startswith("Error: The memory c.db cannot be used: ")
    assert "--db" in said.err
    assert office.calls == []


def test_answer_in_hand_is_not_lost_with_the_memory(grok, office, says):
    # While the model thinks, somebody puts something else in the memory's place.
    says(chat(result()), after=1.0)
    run = threading.Thread(
        target=lambda: said.append(grok.run("--query", "Q", "--thread-id", "T", "--db", "c.db"))
    )
    said = []
    run.start()
    while not office.calls:
        pass
    for path in grok.desk.glob("c.db*"):
        path.unlink()
    (grok.desk / "c.db").mkdir()
    run.join()

    assert said[0].code == 0
    assert said[0].data == result()
    assert said[0].err.startswith("Warning: this answer will not be remembered: ")


def put(memory, database: Path, number: int, **changes: object) -> None:
    memory.remember(database, "T", "K", query=f"Q{number}", answer=f"A{number}", **changes)


def test_eight_messages_are_kept_and_older_questions_by_name(memory, tmp_path):
    database = tmp_path / "c.db"

    for number in range(7):
        put(memory, database, number)

    recalled = memory.recall(database, "T", "K")
    assert [message["content"] for message in recalled.messages] == [
        "Q3",
        "A3",
        "Q4",
        "A4",
        "Q5",
        "A5",
        "Q6",
        "A6",
    ]
    assert recalled.dropped == "Q0\nQ1\nQ2"
    assert "Asked before: Q2\nQuestion: Q3\nAnswer: A3" in recalled.as_text()
    assert "A2" not in recalled.as_text()


def test_older_questions_are_few_and_short(memory, tmp_path):
    database = tmp_path / "c.db"

    for number in range(20):
        memory.remember(database, "T", "K", query=f"Q{number}\n{'x' * 500}", answer="A")

    dropped = memory.recall(database, "T", "K").dropped.splitlines()
    assert [line.split()[0] for line in dropped] == ["Q11", "Q12", "Q13", "Q14", "Q15"]
    assert all(len(line) <= 120 for line in dropped)


@pytest.mark.parametrize("length", [5000, 100_000])
def test_four_thousand_tokens_are_kept(memory, tmp_path, length):
    database = tmp_path / "c.db"

    for _ in range(4):
        memory.remember(database, "T", "K", query="q" * length, answer="a" * length)

    messages = memory.recall(database, "T", "K").messages
    assert len(messages) == 2
    assert sum(len(message["content"]) for message in messages) <= 16_000


def test_memory_ends_after_a_day_of_silence(memory, tmp_path):
    database = tmp_path / "c.db"
    with time_machine.travel(NOW, tick=False):
        put(memory, database, 1)
    with time_machine.travel(NOW + DAY, tick=False):
        assert memory.last_task(database, "T") == "K"
        put(memory, database, 2)
    with time_machine.travel(NOW + 2 * DAY, tick=False):
        assert len(memory.recall(database, "T", "K").messages) == 4

    with time_machine.travel(NOW + 2 * DAY + 1, tick=False):
        assert memory.last_task(database, "T") == ""
        assert memory.recall(database, "T", "K") == ([], "")
        memory.remember(database, "U", "L", query="Q", answer="A")

    assert rows(database, "SELECT thread_id FROM contexts") == [("U",)]
    assert rows(database, "SELECT thread_id FROM thread_state") == [("U",)]


def test_expired_subject_begins_anew(memory, tmp_path):
    database = tmp_path / "c.db"
    with time_machine.travel(NOW, tick=False):
        put(memory, database, 1)

    with time_machine.travel(NOW + DAY + 1, tick=False):
        put(memory, database, 2)
        assert [message["content"] for message in memory.recall(database, "T", "K").messages] == ["Q2", "A2"]

    assert rows(database, "SELECT created_at FROM contexts") == [(NOW + DAY + 1,)]


def test_subject_keeps_the_day_it_began(memory, tmp_path):
    database = tmp_path / "c.db"
    for moment in (NOW, NOW + 60):
        with time_machine.travel(moment, tick=False):
            put(memory, database, 1)

    assert rows(database, "SELECT created_at, updated_at FROM contexts") == [(NOW, NOW + 60)]


def test_older_file_with_other_keys_and_dates_in_words_is_taken_over(memory, tmp_path):
    database = tmp_path / "c.db"
    with sqlite3.connect(database) as db:
        columns = (
            "thread_id TEXT, task_id TEXT, messages_json TEXT, summary TEXT, meta_json TEXT, created_at TEXT"
        )
        db.execute(f"CREATE TABLE contexts (id INTEGER PRIMARY KEY, {columns}, updated_at TEXT)")
        db.execute("CREATE TABLE thread_state (thread_id TEXT, last_task_id TEXT, updated_at TEXT)")
        day = "2026-11-25T10:00:00"
        for task in ("K", "another"):
            db.execute("INSERT INTO contexts VALUES (NULL, 'T', ?, '[]', '', '{}', ?, ?)", (task, day, day))
        db.execute("INSERT INTO thread_state VALUES ('T', 'K', ?)", (day,))

    assert memory.last_task(database, "T") == ""
    put(memory, database, 1)
    put(memory, database, 2)

    assert memory.last_task(database, "T") == "K"
    assert len(memory.recall(database, "T", "K").messages) == 4
    assert len(rows(database, "SELECT * FROM contexts")) == 1


def test_memory_that_cannot_be_written_ahead_right_now_can_be_read(memory, tmp_path, monkeypatch):
    database = tmp_path / "c.db"
    put(memory, database, 1)
    monkeypatch.setattr(memory, "PATIENCE", 0.1)
    with closing(sqlite3.connect(database, isolation_level=None)) as other:
        other.execute("PRAGMA journal_mode=DELETE")
        other.execute("BEGIN")
        other.execute("SELECT * FROM contexts").fetchall()

        assert memory.last_task(database, "T") == "K"


def test_processes_that_answer_at_once_are_all_remembered(memory, tmp_path):
    database = tmp_path / "new" / "c.db"
    code = (
        "import sys, pathlib; sys.path.insert(0, sys.argv[1]); import context\n"
        "for n in range(20):\n"
        "    context.MOST_MESSAGES = 999\n"
        "    context.remember(pathlib.Path(sys.argv[2]), 'T', 'K', query=sys.argv[3] + str(n), answer='A')\n"
    )
    command = [PYTHON, "-c", code, str(Path(memory.__file__).parent), str(database)]

    running = [subprocess.Popen([*command, name], stderr=subprocess.PIPE) for name in "abcd"]
    ends = [(run.communicate(timeout=60)[1], run.returncode) for run in running]

    assert ends == [(b"", 0)] * 4
    contents = [message["content"] for message in memory.recall(database, "T", "K").messages]
    assert sorted(contents[::2]) == sorted(f"{name}{n}" for name in "abcd" for n in range(20))
    assert contents[1::2] == ["A"] * 80
