"""What the earlier server let in and this one does not: each row comes over in a way that is told."""

import pytest

from agents.models import Agent, hash_key
from conftest import Caller, hire
from notifications.models import Event
from openmoss.tests.old_server import NOWHERE, kinds
from reviews.models import Review
from tasks.models import ActivityLog, Module, Rule, SubTask, Task


@pytest.fixture
def task(old) -> str:
    return old.add("task", name="News")


@pytest.fixture
def erins(old) -> str:
    return old.hire("Erin")


@pytest.mark.parametrize(
    ("before", "now"),
    [
        ("active", "active"),
        ("disabled", "disabled"),
        ("available", "active"),
        ("busy", "active"),
        ("offline", "disabled"),
        ("asleep", "disabled"),
    ],
)
def test_the_status_of_an_agent(old, bring, before, now):
    old.hire("Erin", status=before)

    _, report = bring()

    assert Agent.objects.get().status == now
    assert kinds(report) == ({} if before == now else {("agents", "value"): 1})


def test_an_agent_of_an_unknown_role_is_disabled_until_somebody_looked_at_it(old, bring):
    old.hire("Erin", role="writer")

    _, report = bring()

    agent = Agent.objects.get()
    assert (agent.role, agent.status) == ("executor", "disabled")
    assert Caller(agent, "ak_erin").get("/api/agents/me").status_code == 403
    assert kinds(report) == {("agents", "value"): 1}


def test_names_that_cannot_be(old, bring, task):
    nameless = old.hire("", api_key="ak_1")
    old.hire("E" * 120, api_key="ak_2")
    old.add("task", name="two\nlines")
    old.add("module", task_id=task, name="")
    old.add("sub_task", task_id=task, name="S" * 300)

    code, report = bring()

    assert code == 0
    names = set(Agent.objects.values_list("name", flat=True))
    assert names == {f"Unnamed agent ({nameless[:8]})", "E" * 99 + "…"}
    assert set(Task.objects.values_list("name", flat=True)) == {"News", "two lines"}
    assert Module.objects.get().name.startswith("Unnamed module (")
    assert SubTask.objects.get().name == "S" * 199 + "…"
    assert kinds(report) == {
        ("agents", "name"): 2,
        ("tasks", "name"): 1,
        ("modules", "name"): 1,
        ("sub-tasks", "name"): 1,
    }


def test_an_agent_whose_name_is_taken_comes_over_beside_the_other(old, bring, erins, task):
    ours = hire("Erin", "reviewer")
    old.add("sub_task", task_id=task, name="Collect", status="in_progress", assigned_agent=erins)

    _, report = bring()

    theirs = Agent.objects.get(pk=erins)
    assert theirs.name == f"Erin ({erins[:8]})"
    assert SubTask.objects.get().assignee == theirs
    assert ("agents", "taken") in kinds(report)
    assert Caller(theirs, "ak_erin").get("/api/agents/me").json()["id"] == erins
    assert ours.get("/api/agents/me").json()["name"] == "Erin"


def test_an_agent_without_a_key_of_its_own_needs_a_new_one(old, bring, erins):
    old.hire("Ed", api_key=None)
    Agent.objects.create(name="Eve", role="executor", key_hash=hash_key("ak_erin"))

    _, report = bring()

    assert kinds(report) == {("agents", "keyless"): 2}
    assert set(Agent.objects.exclude(name="Eve").values_list("key_hash", flat=True)) == {None}


def test_who_was_deleted_is_back_as_retired_for_what_it_did(old, bring, task):
    old.add("request_log", agent_id=NOWHERE, agent_name="Gus", agent_role="reviewer")
    done = old.add("sub_task", task_id=task, name="Collect", status="done", assigned_agent="gone-1")
    old.add("sub_task", task_id=task, name="Write", status="in_progress", assigned_agent="gone-1")
    old.add("review_record", sub_task_id=done, reviewer_agent=NOWHERE, result="approved", score=4)
    old.add("reward_log", agent_id="gone-1", sub_task_id=done, score_delta=5)

    _, report = bring()

    gus, other = Agent.objects.get(pk=NOWHERE), Agent.objects.exclude(pk=NOWHERE).get()
    assert (gus.name, gus.role, gus.status, gus.key_hash) == ("Gus", "reviewer", "retired", None)
    assert (other.status, other.total_score) == ("retired", 5)
    assert SubTask.objects.get(name="Collect").assignee == other
    assert Review.objects.get().reviewer == gus
    assert SubTask.objects.get(name="Write").status == "pending"
    assert kinds(report)["agents", "gone"] == 2
    assert kinds(report)["sub-tasks", "freed"] == 1


@pytest.mark.parametrize("status", ["assigned", "in_progress", "rework"])
@pytest.mark.parametrize("holder", ["", None, "planner"])
def test_work_in_the_hands_of_nobody_who_could_go_on_is_free(old, bring, task, status, holder):
    pia = old.hire("Pia", "planner")
    old.add("sub_task", task_id=task, name="Collect", status=status, assigned_agent=pia if holder else holder)

    _, report = bring()

    free = SubTask.objects.available().get()
    assert (free.assignee, free.current_session_id, free.attempt) == (None, None, 0)
    assert kinds(report) == {("sub-tasks", "freed"): 1}


def test_a_disabled_agent_keeps_what_it_holds(old, bring, task):
    erin = old.hire("Erin", status="disabled")
    old.add("sub_task", task_id=task, name="Collect", status="in_progress", assigned_agent=erin)

    bring()

    assert SubTask.objects.get().status == "in_progress"


def test_pending_work_is_nobodys(old, bring, task, erins):
    old.add("sub_task", task_id=task, name="Collect", assigned_agent=erins, current_session_id="chat-1")

    _, report = bring()

    assert SubTask.objects.available().get().assignee is None
    assert kinds(report) == {("sub-tasks", "unheld"): 1}


@pytest.mark.parametrize("status", ["review", "done"])
def test_what_was_handed_in_by_nobody_known_stands_where_it_stood(old, bring, task, status):
    old.add("sub_task", task_id=task, name="Collect", status=status, completed_at="2026-11-20 10:00:00")

    _, report = bring()

    sub_task = SubTask.objects.get()
    assert sub_task.status == status
    assert (sub_task.assignee.name, sub_task.assignee.status) == ("Unknown (earlier server)", "retired")
    assert kinds(report)["sub-tasks", "nobody"] == 1


def test_done_work_has_a_date_and_no_other_has(old, bring, task, erins):
    undated = {"task_id": task, "assigned_agent": erins, "updated_at": "2026-11-21 09:30:00"}
    old.add("sub_task", name="Done", status="done", **undated)
    old.add("sub_task", name="Sent back", status="rework", completed_at="2026-11-20 10:00:00", **undated)

    _, report = bring()

    assert str(SubTask.objects.get(name="Done").completed_at) == "2026-11-21 01:30:00+00:00"
    assert SubTask.objects.get(name="Sent back").completed_at is None
    assert kinds(report)["sub-tasks", "date"] == 2


@pytest.mark.parametrize("closed", ["completed", "archived", "cancelled"])
def test_open_work_of_a_closed_task_is_cancelled(old, bring, erins, closed):
    task = old.add("task", name="Over", status=closed)
    for status in ("pending", "in_progress", "review", "blocked", "done"):
        old.add("sub_task", task_id=task, name=status, status=status, assigned_agent=erins)

    _, report = bring()

    assert Task.objects.get().status == closed
    assert dict(SubTask.objects.values_list("name", "status")) == {
        **dict.fromkeys(["pending", "in_progress", "review", "blocked"], "cancelled"),
        "done": "done",
    }
    assert kinds(report)["sub-tasks", "closed"] == 4


def test_unknown_words_become_the_nearest_known_ones(old, bring, erins):
    task = old.add("task", name="News", status="paused", type="often")
    old.add("sub_task", task_id=task, name="Odd", status="waiting", priority="urgent", assigned_agent=erins)
    old.add("sub_task", task_id=task, name="Plain", priority="whatever", type="")
    old.add("activity_log", agent_id=erins, action="thinking", summary="Hm")
    old.add("rule", scope="team", task_id=task, content="Be short.")

    code, report = bring()

    assert code == 0
    assert (Task.objects.get().status, Task.objects.get().type) == ("planning", "once")
    odd, plain = SubTask.objects.get(name="Odd"), SubTask.objects.get(name="Plain")
    assert (odd.status, odd.priority, odd.assignee.name) == ("blocked", "high", "Erin")
    assert odd.blocked_reason == "Its status on the earlier server was 'waiting', which is unknown here."
    assert (plain.priority, plain.type) == ("medium", "once")
    assert ActivityLog.objects.get().action == "coding"
    assert Rule.objects.get().scope == "task"
    assert {table: count for (table, kind), count in kinds(report).items() if kind == "value"} == {
        "tasks": 2,
        "sub-tasks": 4,
        "activity logs": 1,
        "rules": 1,
    }


def test_what_is_about_nothing_is_left_out_by_name(old, bring, task, erins):
    lost = old.add("sub_task", task_id=NOWHERE, name="Nowhere")
    old.add("module", task_id=NOWHERE, name="Nowhere")
    old.add("rule", scope="task", task_id=NOWHERE, content="Be short.")
    old.add("review_record", sub_task_id=lost, reviewer_agent=erins, result="approved", score=4)
    old.add("patrol_record", type="stuck", sub_task_id=NOWHERE)
    old.add("patrol_record", type="stuck")

    code, report = bring()

    assert code == 1
    assert kinds(report, "left_out") == {
        ("sub-tasks", "orphan"): 1,
        ("modules", "orphan"): 1,
        ("rules", "orphan"): 1,
        ("reviews", "orphan"): 1,
        ("findings", "orphan"): 2,
    }
    assert [noted["ids"] for noted in report["left_out"] if noted["table"] == "sub-tasks"] == [[lost]]
    assert not SubTask.objects.exists()
    assert not Review.objects.exists()


def test_a_module_of_another_task_is_dropped(old, bring, task):
    module = old.add("module", task_id=old.add("task", name="Other"), name="Part")
    old.add("sub_task", task_id=task, name="Collect", module_id=module)
    old.add("sub_task", task_id=task, name="Write", module_id=NOWHERE)

    _, report = bring()

    assert set(SubTask.objects.values_list("module", flat=True)) == {None}
    assert kinds(report) == {("sub-tasks", "module"): 2}


def test_odd_values_lose_only_what_cannot_be_kept(old, bring, task, erins):
    old.add(
        "sub_task",
        task_id=task,
        name="Collect",
        status="rework",
        assigned_agent=erins,
        description="a\0b",
        current_session_id="s" * 201,
        rework_count=-1,
        recurring_config='{"cron": "0 9 * * *"}',
    )

    code, report = bring()

    sub_task = SubTask.objects.get()
    assert code == 0
    assert (sub_task.description, sub_task.current_session_id, sub_task.rework_count) == ("ab", None, 0)
    assert {kind for _, kind in kinds(report)} == {"text", "session", "schedule", "clock"}


def test_ids_that_are_no_uuids_become_the_same_ones_every_time(old, bring, nothing_written):
    task = old.add("task", id="task-1", name="News")
    old.add("sub_task", id="part-1", task_id=task, name="Collect")
    old.add("rule", id="", content="Be short.")
    old.add("rule", id=None, content="Be right.")

    _, report = bring()
    with nothing_written():
        bring()

    assert SubTask.objects.get().task == Task.objects.get()
    assert kinds(report) == {("tasks", "id"): 1, ("sub-tasks", "id"): 1, ("rules", "id"): 2}


def test_what_the_database_refuses_takes_nothing_else_with_it(old, bring, task, monkeypatch):
    """A fault of ours, in the end: it must be told, and cost one row only."""
    monkeypatch.setattr("openmoss.legacy.work._can_go_on", lambda agent: True)
    bad = old.add("sub_task", task_id=task, name="Bad", status="in_progress")
    good = old.add("sub_task", task_id=task, name="Good")
    old.add("rule", scope="sub_task", sub_task_id=good, content="Be short.")

    code, report = bring()

    assert code == 1
    assert SubTask.objects.get().name == "Good"
    assert Rule.objects.get().sub_task.name == "Good"
    assert kinds(report, "left_out") == {("sub-tasks", "refused"): 1}
    assert report["left_out"][0]["ids"] == [bad]
    assert report["tables"]["sub-tasks"] == {"new": 1, "already_there": 0, "left_out": 1}


def test_a_database_of_an_older_release_lacks_tables_and_columns(old, bring, erins, task):
    old.connection.executescript("DROP TABLE patrol_record; DROP TABLE request_log; DROP TABLE reward_log;")
    old.connection.executescript("ALTER TABLE sub_task DROP COLUMN recurring_config;")
    old.add("sub_task", task_id=task, name="Collect")

    code, _ = bring("--request-log")

    assert code == 0
    assert SubTask.objects.get().name == "Collect"
    assert [event.kind for event in Event.objects.all()] == ["site.import"]
