"""An earlier OpenMOSS for tests: the folder that it leaves behind, with the tables of its SQLite database."""

import sqlite3
import uuid
from pathlib import Path

import yaml

TABLES = """
CREATE TABLE agent (
    id VARCHAR(36) PRIMARY KEY, name VARCHAR(100), role VARCHAR(20), description TEXT, status VARCHAR(20),
    api_key VARCHAR(64) UNIQUE, total_score INTEGER, created_at DATETIME);
CREATE TABLE task (
    id VARCHAR(36) PRIMARY KEY, name VARCHAR(200), description TEXT, type VARCHAR(20), status VARCHAR(20),
    created_at DATETIME, updated_at DATETIME);
CREATE TABLE module (
    id VARCHAR(36) PRIMARY KEY, task_id VARCHAR(36), name VARCHAR(200), description TEXT, created_at DATETIME);
CREATE TABLE sub_task (
    id VARCHAR(36) PRIMARY KEY, task_id VARCHAR(36), module_id VARCHAR(36), name VARCHAR(200), description TEXT,
    deliverable TEXT, acceptance TEXT, type VARCHAR(20), status VARCHAR(20), priority VARCHAR(20),
    assigned_agent VARCHAR(36), current_session_id VARCHAR(200), rework_count INTEGER, recurring_config JSON,
    created_at DATETIME, updated_at DATETIME, completed_at DATETIME);
CREATE TABLE rule (
    id VARCHAR(36) PRIMARY KEY, scope VARCHAR(20), task_id VARCHAR(36), sub_task_id VARCHAR(36), content TEXT,
    created_at DATETIME);
CREATE TABLE review_record (
    id VARCHAR(36) PRIMARY KEY, sub_task_id VARCHAR(36), reviewer_agent VARCHAR(36), round INTEGER,
    result VARCHAR(20), score INTEGER, issues TEXT, comment TEXT, rework_agent VARCHAR(36), created_at DATETIME);
CREATE TABLE reward_log (
    id VARCHAR(36) PRIMARY KEY, agent_id VARCHAR(36), sub_task_id VARCHAR(36), reason VARCHAR(100),
    score_delta INTEGER, created_at DATETIME);
CREATE TABLE activity_log (
    id VARCHAR(36) PRIMARY KEY, agent_id VARCHAR(36), sub_task_id VARCHAR(36), action VARCHAR(50), summary TEXT,
    session_id VARCHAR(200), created_at DATETIME);
CREATE TABLE patrol_record (
    id VARCHAR(36) PRIMARY KEY, type VARCHAR(20), severity VARCHAR(20), sub_task_id VARCHAR(36),
    agent_id VARCHAR(36), description TEXT, action_taken TEXT, status VARCHAR(20), created_at DATETIME,
    resolved_at DATETIME);
CREATE TABLE request_log (
    id VARCHAR(36) PRIMARY KEY, timestamp DATETIME, method VARCHAR(10), path VARCHAR(500), agent_id VARCHAR(36),
    agent_name VARCHAR(100), agent_role VARCHAR(20), request_body TEXT, response_status INTEGER);
"""
NOWHERE = "11111111-1111-4111-8111-111111111111"
AT = "2026-11-20 09:30:00.000000"
USUAL = {
    "agent": {"role": "executor", "description": "", "status": "active", "total_score": 0, "created_at": AT},
    "task": {"description": "", "type": "once", "status": "active", "created_at": AT, "updated_at": AT},
    "module": {"description": "", "created_at": AT},
    "sub_task": {
        "description": "",
        "deliverable": "",
        "acceptance": "",
        "type": "once",
        "status": "pending",
        "priority": "medium",
        "rework_count": 0,
        "created_at": AT,
        "updated_at": AT,
    },
    "rule": {"scope": "global", "created_at": AT},
    "review_record": {"round": 1, "issues": "", "comment": "", "created_at": AT},
    "reward_log": {"reason": "", "created_at": AT},
    "activity_log": {"action": "coding", "summary": "", "created_at": AT},
    "patrol_record": {"severity": "warning", "description": "", "status": "open", "created_at": AT},
    "request_log": {"timestamp": AT, "method": "GET", "path": "/api/tasks", "response_status": 200},
}


class OldServer:
    """A folder with `data/tasks.db`; `add` writes a row and returns its id."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.path = folder / "data" / "tasks.db"
        self.path.parent.mkdir(parents=True)
        self.connection = sqlite3.connect(self.path)
        self.connection.executescript(TABLES)

    def add(self, table: str, **row) -> str:
        row = {"id": str(uuid.uuid4())} | USUAL[table] | row
        names, marks = ", ".join(row), ", ".join("?" * len(row))
        with self.connection:
            self.connection.execute(f"INSERT INTO {table} ({names}) VALUES ({marks})", list(row.values()))
        return row["id"]

    def hire(self, name: str, role: str = "executor", **row) -> str:
        """Add an agent whose key is `ak_` and its name."""
        return self.add(
            "agent", name=name, role=role, api_key=row.pop("api_key", f"ak_{name.lower()}"), **row
        )

    def configure(self, **config) -> None:
        (self.folder / "config.yaml").write_text(yaml.safe_dump(config, allow_unicode=True))

    def prompt(self, slug: str, text: str, *, folder: str = "agents") -> None:
        file = self.folder / "prompts" / folder / f"{slug}.md"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)


def kinds(report: dict, part: str = "changes") -> dict[tuple[str, str], int]:
    """Return what a report notes: how often, by table and kind."""
    return {(noted["table"], noted["kind"]): noted["count"] for noted in report[part]}
