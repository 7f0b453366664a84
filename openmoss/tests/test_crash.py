"""Nothing acknowledged is lost: the server is killed under load, again and again."""

import threading
import time
import urllib.error

import pytest

from openmoss.tests.server import Server, running_server

pytestmark = [pytest.mark.server, pytest.mark.django_db(transaction=True)]


def work_until(stop: threading.Event, server: Server, keys: dict, task_id: str, said: list) -> None:
    """Create, claim, start, submit and review in a loop; note every answer of 200."""
    n = 0
    while not stop.is_set():
        n += 1
        try:
            _, created = call(
                said, server, "POST", "/api/sub-tasks", keys["planner"], task_id=task_id, name=f"Part {n}"
            )
            id = created["id"]
            call(said, server, "POST", f"/api/sub-tasks/{id}/claim", keys["executor"])
            call(said, server, "POST", f"/api/sub-tasks/{id}/start", keys["executor"])
            call(said, server, "POST", f"/api/sub-tasks/{id}/submit", keys["executor"])
            verdict = (
                {"result": "approved", "score": 5}
                if n % 2
                else {"result": "rejected", "score": 2, "issues": "x"}
            )
            call(said, server, "POST", "/api/review-records", keys["reviewer"], sub_task_id=id, **verdict)
        except (OSError, urllib.error.URLError, ValueError, KeyError):
            time.sleep(0.05)  # the server is down; what was not acknowledged does not count


def call(said: list, server: Server, method: str, path: str, key: str, **body):
    status, answer = server.call(method, path, body, key=key)
    if status == 200:
        said.append((path, answer))
    return status, answer


def assert_nothing_lost(server: Server, keys: dict, said: list) -> None:
    """Compare every acknowledged answer with what the restarted server knows."""
    order = ["pending", "assigned", "in_progress", "review", "rework", "done"]
    for path, answer in said[-200:]:
        if path == "/api/review-records":
            status, review = server.call("GET", f"/api/review-records/{answer['id']}", key=keys["planner"])
            assert (status, review) == (200, answer)
        else:
            status, now = server.call("GET", f"/api/sub-tasks/{answer['id']}", key=keys["planner"])
            assert status == 200
            assert order.index(now["status"]) >= order.index(answer["status"])
    _, board = server.call("GET", "/api/scores/leaderboard", key=keys["planner"])
    for row in board:
        _, entries = server.call("GET", f"/api/scores/{row['agent_id']}/logs", key=keys["planner"])
        assert entries["has_more"] is False
        assert row["total_score"] == sum(entry["score_delta"] for entry in entries["items"])


@pytest.mark.parametrize("kills", [3, pytest.param(20, marks=pytest.mark.slow)])
def test_every_answer_of_200_survives_kill_9(tmp_path, kills):
    with running_server(tmp_path) as server:
        keys = {role: server.hire(role.title(), role) for role in ("planner", "executor", "reviewer")}
        _, task = server.call("POST", "/api/tasks", {"name": "Load"}, key=keys["planner"])
        said: list = []
        stop = threading.Event()
        workers = [
            threading.Thread(target=work_until, args=(stop, server, keys, task["id"], said)) for _ in range(4)
        ]
        for worker in workers:
            worker.start()
        try:
            for _ in range(kills):
                before = len(said)
                deadline = time.monotonic() + 20
                while len(said) < before + 15 and time.monotonic() < deadline:
                    time.sleep(0.02)
                assert len(said) >= before + 15, server.log.read_text()[-3000:]
                server.kill()
                server.start()
        finally:
            stop.set()
            for worker in workers:
                worker.join(timeout=40)

        assert_nothing_lost(server, keys, said)
        assert "Traceback" not in server.log.read_text()


def test_if_the_clock_dies_the_web_server_ends_and_the_other_way_round(tmp_path):
    with running_server(tmp_path) as server:
        serve, gunicorn, *_ = server.family()

        serve.kill()
        server.process.wait(timeout=10)

        gunicorn.wait(timeout=20)  # raises when it still runs

        server.start()
        _, gunicorn, *_ = server.family()

        gunicorn.kill()

        assert server.process.wait(timeout=20) == 1
        assert "The web server ended" in server.log.read_text()


def test_a_clean_stop_writes_the_request_log(tmp_path):
    with running_server(tmp_path) as server:
        key = server.hire("Erin", "executor")
        for _ in range(5):
            server.call("GET", "/api/agents/me", key=key)

        assert server.stop() == 0

        count = server.manage(
            "shell", "-v0", "-c", "from agents.models import RequestLog as R; print(R.objects.count())"
        )
        assert count.strip() == "5"
