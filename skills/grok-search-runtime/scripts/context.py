"""Remember what was asked and answered in a conversation, in a SQLite file that processes may share."""

from __future__ import annotations

import json
import os
import re
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any, NamedTuple

MOST_MESSAGES = 8
MOST_CHARACTERS = 4000 * 4  # some 4,000 tokens
MOST_DROPPED = 5  # questions whose answers are forgotten
LIFETIME = 24 * 3600  # seconds after the last question
PATIENCE = 20  # seconds to wait for another process

TABLES = (
    """CREATE TABLE IF NOT EXISTS contexts (
        thread_id TEXT NOT NULL, task_id TEXT NOT NULL, messages_json TEXT NOT NULL, summary TEXT, meta_json TEXT,
        created_at REAL NOT NULL, updated_at REAL NOT NULL, PRIMARY KEY (thread_id, task_id)
    )""",
    """CREATE TABLE IF NOT EXISTS thread_state (
        thread_id TEXT PRIMARY KEY, last_task_id TEXT, updated_at REAL NOT NULL
    )""",
)

CONTINUATION = re.compile(
    r"\b(continue|go on|keep going|carry on|follow[- ]?up|tell me more|more (about|on|details?)|what about|how about"
    r"|elaborate|expand on|as (before|above)|earlier|previous(ly)?|the (same|above|former|latter)|in addition)\b"
    r"|继续|接着|然后呢|还有呢|再查|再说|展开|补充|详细(说|讲)|进一步|上面|上述|上次|刚才|刚刚|之前|前面|同样",
    re.IGNORECASE,
)


class Recalled(NamedTuple):
    """What is still known of a task: the last messages, and older questions without their answers."""

    messages: list[dict[str, str]]
    dropped: str = ""

    def as_text(self) -> str:
        """Return it for a model to read, empty if nothing is known."""
        lines = [f"Asked before: {question}" for question in self.dropped.splitlines()]
        for message in self.messages:
            lines.append(f"{'Question' if message['role'] == 'user' else 'Answer'}: {message['content']}")
        return "\n".join(["Earlier in this conversation, as context only:", *lines]) if lines else ""


def continues(query: str) -> bool:
    """Return whether a question leans on the one before, in English or Chinese."""
    return bool(CONTINUATION.search(query))


def last_task(path: Path, thread_id: str) -> str:
    """Return the task that a thread asked about last, empty if that is forgotten."""
    with opened(path) as db:
        rows = db.execute(
            "SELECT last_task_id FROM thread_state WHERE thread_id = ? AND CAST(updated_at AS REAL) >= ?",
            (thread_id, time.time() - LIFETIME),
        )
        return next((row[0] or "" for row in rows), "")


def recall(path: Path, thread_id: str, task_id: str) -> Recalled:
    """Return what is still known of a task in a thread."""
    with opened(path) as db:
        return known(db, thread_id, task_id)[0]


def remember(path: Path, thread_id: str, task_id: str, *, query: str, answer: str, **meta: Any) -> None:
    """Add a question and its answer to a task, and forget what is too old or too much."""
    # Half of the room each, so that the newest pair always fits.
    pair = [
        {"role": role, "content": text[: MOST_CHARACTERS // 2]}
        for role, text in (("user", query), ("assistant", answer))
    ]
    now = time.time()
    with opened(path) as db:
        # Read and written in one turn: of two processes that answer at once, both are remembered.
        db.execute("BEGIN IMMEDIATE")
        before, created_at = known(db, thread_id, task_id)
        kept = trimmed([*before.messages, *pair], before.dropped)
        # An older file may hold dates as text; cast to a number they are long past.
        for table in ("contexts", "thread_state"):
            db.execute(f"DELETE FROM {table} WHERE CAST(updated_at AS REAL) < ?", (now - LIFETIME,))
        db.execute("DELETE FROM contexts WHERE thread_id = ? AND task_id = ?", (thread_id, task_id))
        messages = json.dumps(kept.messages, ensure_ascii=False)
        row = (thread_id, task_id, messages, kept.dropped, json.dumps(meta), created_at or now, now)
        columns = "thread_id, task_id, messages_json, summary, meta_json, created_at, updated_at"
        db.execute(f"INSERT INTO contexts ({columns}) VALUES (?, ?, ?, ?, ?, ?, ?)", row)
        db.execute("DELETE FROM thread_state WHERE thread_id = ?", (thread_id,))
        state = (thread_id, task_id, now)
        db.execute("INSERT INTO thread_state (thread_id, last_task_id, updated_at) VALUES (?, ?, ?)", state)
        db.execute("COMMIT")


@contextmanager
def opened(path: Path) -> Iterator[sqlite3.Connection]:
    """Open the memory, made ready if it is new; without COMMIT nothing was written."""
    path.parent.mkdir(parents=True, exist_ok=True)
    # What was asked is nobody else's business.
    os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
    with closing(sqlite3.connect(str(path), timeout=PATIENCE, isolation_level=None)) as db:
        # Refused while another process does the same; it is then done, and nothing here depends on it.
        with suppress(sqlite3.OperationalError):
            db.execute("PRAGMA journal_mode=WAL")
        for table in TABLES:
            db.execute(table)
        yield db


def known(db: sqlite3.Connection, thread_id: str, task_id: str) -> tuple[Recalled, float]:
    """Return what is known of a task and since when, 0 if nothing is."""
    rows = db.execute(
        "SELECT messages_json, summary, created_at FROM contexts"
        " WHERE thread_id = ? AND task_id = ? AND CAST(updated_at AS REAL) >= ?",
        (thread_id, task_id, time.time() - LIFETIME),
    )
    for messages_json, dropped, created_at in rows:
        messages = [each for each in json.loads(messages_json) if {"role", "content"} <= each.keys()]
        return Recalled(messages, dropped or ""), created_at
    return Recalled([]), 0.0


def trimmed(messages: list[dict[str, str]], dropped: str) -> Recalled:
    """Return the newest pairs that fit, and the questions of those that do not."""
    questions = dropped.splitlines()
    while len(messages) > MOST_MESSAGES or sum(len(each["content"]) for each in messages) > MOST_CHARACTERS:
        questions.append(" ".join(messages[0]["content"].split())[:120])
        messages = messages[2:]
    return Recalled(messages, "\n".join(questions[-MOST_DROPPED:]))
