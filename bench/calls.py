"""The calls that are measured over HTTP and counted in SQL, said once."""

from dataclasses import dataclass

HERD = 50


@dataclass(frozen=True)
class Call:
    """Who calls what, with which body."""

    who: str
    method: str
    path: str
    body: dict | None = None


def reads(office: dict) -> dict[str, list[Call]]:
    """Return the single GETs that an agent makes most."""
    paths = {
        "GET /api/sub-tasks/{id}": f"/api/sub-tasks/{office['sub_task']}",
        "GET /api/tasks/{id}": f"/api/tasks/{office['task']}",
        "GET /api/scores/me": "/api/scores/me",
        "GET /api/peek": "/api/peek",
        "GET /api/brief": "/api/brief",
    }
    return {name: [Call("erin", "GET", path)] for name, path in paths.items()}


def wake(office: dict) -> list[Call]:
    """Return what the reference's executor asks every time it wakes up."""
    paths = [
        "/api/rules?cli_version=3",
        "/api/logs/mine?action=reflection",
        "/api/scores/me/logs",
        "/api/sub-tasks/mine",
        "/api/sub-tasks/available",
    ]
    return [Call("erin", "GET", path) for path in paths]


def creation(office: dict) -> Call:
    """Return the call that makes one more free sub-task."""
    body = {"task_id": office["work"], "name": "Count the visitors", "description": "Of yesterday. " * 20}
    return Call("pia", "POST", "/api/sub-tasks", body)


def lifecycle(sub_task: str, *, who: str) -> list[Call]:
    """Return the five calls from claimed to done."""
    path, session = f"/api/sub-tasks/{sub_task}", {"session_id": "bench"}
    delivery = {"action": "delivery", "sub_task_id": sub_task, "summary": "Counted 4,711 visitors. " * 5}
    verdict = {"sub_task_id": sub_task, "result": "approved", "score": 5, "comment": "Right and readable."}
    return [
        Call(who, "POST", f"{path}/claim"),
        Call(who, "POST", f"{path}/start", session),
        Call(who, "POST", "/api/logs", delivery | session),
        Call(who, "POST", f"{path}/submit", session),
        Call("rita", "POST", "/api/review-records", verdict),
    ]
