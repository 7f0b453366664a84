"""An earlier server comes over: its agents go on where they were, and it stays as it is."""

import hashlib
import shutil
import sqlite3

import pytest
import time_machine
from django.core.management import CommandError, call_command

from agents.models import Agent
from conftest import Caller
from notifications.models import Event
from openmoss.models import SiteSettings
from openmoss.tests.old_server import OldServer, kinds
from patrol.models import Finding
from patrol.services import scan
from reviews.models import Review
from scoring.models import ScoreEntry
from tasks.models import ActivityLog, SubTask, Task


def caller(name: str) -> Caller:
    """Return an agent that calls with its old key."""
    return Caller(Agent.objects.get(name=name), f"ak_{name.lower()}")


@pytest.fixture
def newsroom(old) -> OldServer:
    """Erin is at work, for the second time; Rita has judged her once."""
    erin, rita = old.hire("Erin", total_score=-5, description="Writes"), old.hire("Rita", "reviewer")
    old.hire("Pia", "planner")
    task = old.add("task", name="News", status="in_progress")
    module = old.add("module", task_id=task, name="Sources")
    old.sub_task = old.add(
        "sub_task",
        task_id=task,
        module_id=module,
        name="Collect",
        deliverable="a.md",
        priority="high",
        status="in_progress",
        assigned_agent=erin,
        current_session_id="chat-1",
        rework_count=1,
        created_at="2026-11-20 09:30:00.123456",
    )
    old.add("rule", content="Be short.", scope="task", task_id=task)
    old.add("rule", content="Be right.", scope="sub_task", sub_task_id=old.sub_task)
    old.add(
        "review_record",
        sub_task_id=old.sub_task,
        reviewer_agent=rita,
        result="rejected",
        score=2,
        issues="No",
    )
    old.add("reward_log", agent_id=erin, sub_task_id=old.sub_task, score_delta=-5, reason="Review")
    old.add("activity_log", agent_id=erin, sub_task_id=old.sub_task, action="delivery", summary="a.md")
    return old


def test_agents_go_on_with_their_old_keys_where_they_were(newsroom, bring):
    code, report = bring()
    erin, rita, id = caller("Erin"), caller("Rita"), newsroom.sub_task

    assert (code, report["left_out"]) == (0, [])
    mine = erin.get("/api/sub-tasks/mine").json()["items"]
    assert [(row["id"], row["status"], row["rework_count"]) for row in mine] == [(id, "in_progress", 1)]
    assert erin.post(f"/api/sub-tasks/{id}/submit").json()["status"] == "review"
    verdict = rita.post("/api/review-records", sub_task_id=id, result="approved", score=5).json()
    assert verdict["round"] == 2
    assert erin.get(f"/api/sub-tasks/{id}").json()["status"] == "done"
    assert erin.get("/api/scores/me").json()["total_score"] == 0


def test_work_that_was_given_can_be_started(old, bring):
    task = old.add("task", name="News")
    id = old.add("sub_task", task_id=task, name="Collect", status="assigned", assigned_agent=old.hire("Erin"))

    bring()

    assert caller("Erin").post(f"/api/sub-tasks/{id}/start").json()["status"] == "in_progress"


def test_what_agents_see_is_what_they_saw(newsroom, bring):
    bring()
    erin = caller("Erin")

    seen = erin.get(f"/api/sub-tasks/{newsroom.sub_task}").json()
    assert {
        "name": "Collect",
        "deliverable": "a.md",
        "priority": "high",
        "current_session_id": "chat-1",
        "assigned_agent": erin.id,
        # Half past nine in Shanghai.
        "created_at": "2026-11-20T01:30:00.123456Z",
    }.items() <= seen.items()
    rules = erin.get("/api/rules", sub_task_id=newsroom.sub_task, task_id=seen["task_id"], cli_version=99)
    assert rules.json()["content"].endswith("Be short.\n\n---\n\nBe right.")
    [review] = erin.get("/api/review-records").json()["items"]
    assert (review["result"], review["score"], review["issues"]) == ("rejected", 2, "No")
    [entry] = erin.get("/api/scores/me/logs").json()["items"]
    assert (entry["score_delta"], entry["reason"]) == (-5, "Review")
    assert Review.objects.get().assignee == erin.agent


def test_a_key_is_kept_as_a_hash_only(newsroom, bring):
    bring()

    assert Agent.objects.get(name="Erin").key_hash == hashlib.sha256(b"ak_erin").hexdigest()
    assert "ak_erin" not in str([list(model.objects.values()) for model in (Agent, Event)])


def test_patrol_takes_nothing_away_because_of_the_time_before(newsroom, bring):
    bring()
    scan()

    assert SubTask.objects.get().status == "in_progress"
    assert not Finding.objects.filter(sub_task=newsroom.sub_task).exists()


def test_it_is_one_event_with_the_counts_and_none_for_what_was_before(newsroom, bring):
    bring()

    event = Event.objects.get()
    assert (event.kind, event.actor_name) == ("site.import", "the clock")
    assert event.data["already_there"] == {}
    assert event.data["new"] == {
        "agents": 3,
        "tasks": 1,
        "modules": 1,
        "rules": 2,
        "sub-tasks": 1,
        "reviews": 1,
        "score entries": 1,
        "activity logs": 1,
    }


def test_an_import_that_ended_before_its_event_has_one_in_the_end(newsroom, bring, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr("openmoss.legacy.services._tell", lambda *args, **kwargs: None)
        bring()
    assert not Event.objects.exists()

    bring()

    event = Event.objects.get()
    assert event.data["new"] == {}
    assert event.data["already_there"]["sub-tasks"] == 1


def test_the_second_time_everything_is_there(newsroom, bring, nothing_written):
    _, first = bring()

    with nothing_written():
        code, second = bring()

    assert code == 0
    assert second["changes"] == []
    for table, count in first["tables"].items():
        assert second["tables"][table] == {"new": 0, "already_there": count["new"], "left_out": 0}, table


def test_nothing_of_ours_is_overwritten(newsroom, bring):
    bring()
    caller("Erin").post(f"/api/sub-tasks/{newsroom.sub_task}/submit")
    Task.objects.update(name="Our news")
    newsroom.add(
        "activity_log", agent_id=str(Agent.objects.get(name="Pia").pk), action="plan", summary="More"
    )

    _, report = bring()

    assert SubTask.objects.get().status == "review"
    assert Task.objects.get().name == "Our news"
    assert report["tables"]["activity logs"] == {"new": 1, "already_there": 1, "left_out": 0}
    assert ActivityLog.objects.filter(summary="More").exists()


def test_a_dry_run_reports_all_of_it_and_writes_nothing(newsroom, bring, nothing_written):
    newsroom.configure(project={"name": "Newsroom"}, notification={"channels": ["chat:1"]})
    newsroom.prompt("executor-writer", "Write.")
    newsroom.hire("", api_key="ak_unnamed")

    with nothing_written():
        code, dry = bring("--dry-run")
    _, real = bring()

    assert code == 0
    assert dry["dry_run"] is True
    assert real["dry_run"] is False
    assert dry["tables"] == real["tables"]
    assert dry["changes"] == real["changes"]
    assert real["tables"]["prompts"]["new"] == real["tables"]["channels"]["new"] == 1


def test_the_old_server_stays_as_it_is_even_with_a_log_beside_it(newsroom, bring):
    newsroom.connection.execute("PRAGMA journal_mode = WAL")
    newsroom.add("task", name="Last minute")
    # As a server leaves it that was killed: nobody has moved the log into the database.
    killed = newsroom.folder.parent / "killed"
    shutil.copytree(newsroom.folder, killed)
    newsroom.connection.close()
    shutil.rmtree(newsroom.folder)
    killed.rename(newsroom.folder)
    before = contents(newsroom)
    assert {"tasks.db", "tasks.db-wal"} <= {path.name for path in before}

    bring()

    assert contents(newsroom) == before
    assert Task.objects.filter(name="Last minute").exists()


def contents(old: OldServer) -> dict:
    files = [path for path in old.folder.rglob("*") if path.is_file()]
    return {path: (path.read_bytes(), path.stat().st_mtime_ns) for path in files}


def test_a_database_that_is_still_written_is_refused(newsroom, bring, monkeypatch):
    copy = shutil.copyfile

    def copy_slowly(*paths):
        copy(*paths)
        newsroom.add("task", name="Meanwhile")

    monkeypatch.setattr(shutil, "copyfile", copy_slowly)

    with pytest.raises(CommandError, match=r"tasks\.db changed while it was read\. Stop the earlier server"):
        bring()

    assert not Task.objects.exists()


def test_a_dump_of_something_else_is_refused(old, db, tmp_path, nothing_written):
    text = tmp_path / "text.db"
    text.write_text("no database at all, but long enough to be taken for one" * 20)
    other = tmp_path / "other.db"
    with sqlite3.connect(other) as connection:
        connection.execute("CREATE TABLE agent (id, name)")
    damaged = tmp_path / "damaged.db"
    for _ in range(500):
        old.hire(f"Agent {_}", api_key=str(_))
    whole = old.path.read_bytes()
    damaged.write_bytes(whole[: len(whole) // 2] + b"\xff" * 4096 + whole[len(whole) // 2 + 4096 :])

    with nothing_written():
        for place, why in [
            (text, "cannot be read as a SQLite database"),
            (damaged, "cannot be read as a SQLite database"),
            (other, "its table agent lacks api_key, role"),
            (tmp_path, "There is no database of an earlier OpenMOSS"),
            (tmp_path / "nowhere", "There is no database of an earlier OpenMOSS"),
        ]:
            with pytest.raises(CommandError, match=why):
                call_command("import_legacy", place)


def test_a_time_zone_that_does_not_exist_is_refused(old, db):
    with pytest.raises(CommandError, match="no time zone 'Mars/Base'"):
        call_command("import_legacy", old.folder, "--timezone", "Mars/Base")


def test_the_report_is_for_people_too(newsroom, db, capsys):
    newsroom.add("rule", content=" ")

    with pytest.raises(SystemExit, match="1"):
        call_command("import_legacy", newsroom.folder, "--dry-run", "--timezone", "Europe/Berlin")

    said = capsys.readouterr().out
    assert "with times of Europe/Berlin (--timezone)" in said
    assert "Left out:\n  1 rules: without words\n" in said
    assert said.endswith("This was a dry run: nothing was written.\n")


@pytest.mark.parametrize(
    ("zone", "written", "meant"),
    [
        ("Europe/Berlin", "2026-07-01 12:00:00", "2026-07-01T10:00:00Z"),
        ("Europe/Berlin", "2026-11-01T12:00:00.5", "2026-11-01T11:00:00.500000Z"),
        # The hour that an autumn night has twice: the first of the two.
        ("Europe/Berlin", "2026-10-25 02:30:00", "2026-10-25T00:30:00Z"),
        ("Europe/Berlin", "2026-11-01 12:00:00+00:00", "2026-11-01T12:00:00Z"),
    ],
)
def test_times_are_those_of_the_old_machine(old, bring, zone, written, meant):
    old.hire("Pia", "planner")
    id = old.add("task", name="News", created_at=written)

    bring("--timezone", zone)

    assert caller("Pia").get(f"/api/tasks/{id}").json()["created_at"] == meant


def test_times_that_cannot_be_and_times_to_come_are_reported(old, bring):
    old.add("task", name="Unclear", created_at="yesterday", updated_at=None)
    old.add("task", name="Tomorrow", created_at="2026-11-26 03:00:00")

    with time_machine.travel("2026-11-25T12:00:00Z", tick=False):
        _, report = bring()

    assert kinds(report) == {("tasks", "time"): 1, ("tasks", "future"): 1}
    assert str(Task.objects.get(name="Unclear").created_at) == "2026-11-25 12:00:00+00:00"
    assert str(Task.objects.get(name="Tomorrow").created_at) == "2026-11-25 19:00:00+00:00"


def test_a_total_is_the_sum_of_its_entries(old, bring):
    erin, ed = old.hire("Erin", total_score=12), old.hire("Ed", total_score=5)
    old.add("reward_log", agent_id=erin, score_delta=5)
    old.add("reward_log", agent_id=ed, score_delta=5)
    nothing = old.add("reward_log", agent_id=ed, score_delta=0)

    code, report = bring()

    assert code == 1
    assert kinds(report, "left_out") == {("score entries", "zero"): 1}
    assert report["left_out"][0]["ids"] == [nothing]
    assert kinds(report) == {("agents", "total"): 1}
    totals = dict(Agent.objects.values_list("name", "total_score"))
    assert totals == {"Erin": 12, "Ed": 5}
    entries = ScoreEntry.objects.filter(agent__name="Erin")
    assert sorted(entries.values_list("score_delta", "reason")) == [
        (5, ""),
        (7, "Brought over: the total was 12, and the entries add up to 5"),
    ]


def test_the_settings_are_needed_for_nothing_else(old, bring):
    old.hire("Erin")

    bring()

    assert SiteSettings.load().project_name == "OpenMOSS"
    assert not Event.objects.filter(kind="site.configure").exists()
