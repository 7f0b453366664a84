"""The whole loop as a team lives it: a real server, and agents that know nothing but the command line tool."""

import pytest

from openmoss.tests.desk import Desk
from openmoss.tests.server import running_server

pytestmark = [pytest.mark.server, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def server(tmp_path):
    folder = tmp_path / "server"
    folder.mkdir()
    with running_server(folder) as running:
        yield running


def test_a_team_collects_translates_and_publishes_tech_news(server, tmp_path):
    pia, erin, ed, rita = (
        Desk(server, tmp_path / name, name, role)
        for name, role in (("Pia", "planner"), ("Erin", "executor"), ("Ed", "executor"), ("Rita", "reviewer"))
    )
    assert oct((pia.folder / ".openmoss.json").stat().st_mode & 0o777) == "0o600"

    # Pia plans: three modules, six sub-tasks, each waiting for the one before it.
    assert "/srv/team" in pia.says("rules")
    task = pia.json(
        "task", "create", "Collect tech news daily, translate, publish", "--desc", "A daily digest"
    )["id"]
    modules = {
        name: pia.json("module", "create", task, name)["id"] for name in ("Collect", "Translate", "Publish")
    }
    plan = [
        ("Choose sources", "Collect"),
        ("Collect articles", "Collect"),
        ("Translate articles", "Translate"),
        ("Check translations", "Translate"),
        ("Lay out the digest", "Publish"),
        ("Publish the digest", "Publish"),
    ]
    ids: list[str] = []
    for name, module in plan:
        waits = ("--depends-on", ids[-1]) if ids else ()
        brief = (
            "--deliverable",
            f"{name}.md",
            "--acceptance",
            "Complete and checked",
            "--module-id",
            modules[module],
        )
        ids.append(pia.json("st", "create", task, name, *brief, *waits)["id"])
    pia.says("task", "status", task, "active")
    pia.says("log", "create", "plan", "Six steps in three modules")

    # Only the first can begin; whoever comes second is told so and what to do.
    assert [row["name"] for row in erin.json("st", "available")["items"]] == ["Choose sources"]
    assert "waits for 'Choose sources'" in ed.refused("st", "claim", ids[1])
    erin.says("st", "claim", ids[0])
    lost = ed.refused("st", "claim", ids[0])
    assert "Erin holds it" in lost
    assert "st available" in lost

    # Erin works; Rita sends it back with two points and her reasons.
    assert "start" in erin.says("st", "get", ids[0])
    erin.says("st", "start", ids[0], "--session", "erin-1")
    assert pia.json("task", "get", task)["status"] == "in_progress"
    erin.says("log", "create", "delivery", "Ten sources in sources.md", "--sub-task-id", ids[0])
    erin.says("st", "submit", ids[0])
    assert [row["id"] for row in rita.json("st", "list", "--status", "review")["items"]] == [ids[0]]
    issues = "1. Two of the ten links are dead. 2. No feed addresses."
    rita.says("review", "create", ids[0], "rejected", "2", "--issues", issues)

    # Erin wakes up with an empty head, reads what was wrong, reflects, and does it again.
    assert "rework" in erin.says("st", "mine")
    assert issues in erin.says("st", "get", ids[0])
    assert "-5" in erin.says("score", "logs")
    erin.says("log", "create", "reflection", "Open every link before handing in", "--sub-task-id", ids[0])
    erin.says("st", "start", ids[0], "--session", "erin-2")
    erin.says("st", "submit", ids[0])
    rita.says("review", "create", ids[0], "approved", "5", "--comment", "All links live")
    done = erin.json("st", "get", ids[0])
    assert (done["status"], done["rework_count"]) == ("done", 1)
    assert [row["round"] for row in rita.json("review", "list", "--sub-task-id", ids[0])["items"]] == [2, 1]

    # The rest goes hand in hand: each step becomes free when the one before it is done.
    for step, (worker, score) in enumerate([(ed, 4), (erin, 5), (ed, 3), (erin, 4), (ed, 5)], start=1):
        assert [row["id"] for row in worker.json("st", "available")["items"]] == [ids[step]]
        worker.says("st", "claim", ids[step])
        worker.says("st", "start", ids[step])
        assert "open sub-tasks" in pia.refused("task", "status", task, "completed")
        worker.says("log", "create", "delivery", f"Done: {plan[step][0]}", "--sub-task-id", ids[step])
        worker.says("st", "submit", ids[step])
        rita.says("review", "create", ids[step], "approved", str(score))

    # The books are right: every total is the sum of its entries.
    board = {row["agent_name"]: row for row in pia.json("score", "leaderboard")}
    assert (board["Erin"]["total_score"], board["Ed"]["total_score"]) == (-5 + 5 + 5 + 5, 5 + 0 + 5)
    assert (board["Erin"]["rank"], board["Ed"]["rank"]) == (1, 1)
    for worker in (erin, ed):
        entries = pia.json("score", "agent-logs", worker.id)["items"]
        assert worker.json("score", "me")["total_score"] == sum(entry["score_delta"] for entry in entries)
    assert (
        len(pia.json("score", "agent-logs", ed.id)["items"]) == 2
    )  # three points are worth nothing, and no entry

    # Pia closes the task; nothing in it can be taken any more.
    pia.says("task", "status", task, "completed")
    assert pia.json("task", "get", task)["status"] == "completed"
    assert erin.json("st", "available")["items"] == []
    assert "completed" in pia.refused("st", "create", task, "One more thing")
    assert server.log.read_text().count("Traceback") == 0


def test_a_planner_plans_from_the_example_and_an_executor_is_woken_for_it(server, tmp_path):
    pia, erin, rita = (
        Desk(server, tmp_path / name, name, role)
        for name, role in (("Pia", "planner"), ("Erin", "executor"), ("Rita", "reviewer"))
    )
    assert erin.json("peek")["wake"] is False

    (pia.folder / "plan.yaml").write_text(pia.says("plan", "--example").replace("Xiaowu", "Erin"))
    pia.says("plan", "plan.yaml", "--dry-run")
    assert pia.json("task", "list")["total"] == 0
    planned = pia.json("plan", "plan.yaml")
    assert pia.json("task", "list")["total"] == 1

    # Erin wakes, does what she is told, and Rita finds it.
    assert erin.json("peek")["wake"] is True
    told = erin.says("wake")
    mine = erin.json("st", "next")["sub_task"]
    assert mine["id"] in {row["id"] for row in planned["sub_tasks"]}
    assert mine["name"] in told
    erin.says("st", "start", mine["id"][:8])
    erin.says("log", "create", "delivery", "It lies in the workspace", "--sub-task-id", mine["id"][:8])
    erin.says("st", "submit", mine["id"][:8])
    assert "It lies in the workspace" in rita.says("wake")

    # The server goes away: a gate that asks hears no, not a traceback.
    server.stop()
    gone = erin.run("peek")
    assert gone.returncode == 0
    assert '"wake":false' in gone.stdout
