"""A team's night, minute by minute: what goes wrong is found in time, acted on, told once, and over when mended.

The whole clock runs each minute, as a worker does. Agents act through the API.
"""

from datetime import datetime, timedelta, timezone

import pytest
import time_machine

from agents.request_log import buffer
from conftest import hire
from notifications.models import Event
from notifications.services import add_channel
from notifications.tests.target import web_server
from openmoss.clock import walk
from openmoss.jobs import TIMETABLE
from openmoss.models import JobClock, SiteSettings
from patrol.models import Finding
from tasks.models import SubTask, Task

# 23:00 in Berlin, on the evening before the clocks are put forward.
EVENING = datetime(2026, 3, 28, 22, 0, tzinfo=timezone.utc)
NIGHT = 390  # minutes


class Night:
    """Runs the night: each minute the agents that are due wake up, then the clock makes its round."""

    def __init__(self, traveller) -> None:
        self._traveller = traveller
        self.minute = 0
        self._wakes: list[tuple[int, object]] = []
        self._at: dict[int, list] = {}

    def every(self, minutes: int, act) -> None:
        """Let somebody act again and again."""
        self._wakes.append((minutes, act))

    def at(self, minute: int, act) -> None:
        """Let something happen once."""
        self._at.setdefault(minute, []).append(act)

    def run(self, minutes: int = NIGHT) -> None:
        for self.minute in range(minutes):
            for act in self._at.get(self.minute, ()):
                act()
            for pace, act in self._wakes:
                if self.minute % pace == 0:
                    act()
            buffer.flush()
            walk(TIMETABLE)
            self._traveller.shift(timedelta(minutes=1))
        assert not JobClock.objects.exclude(error="").exists()


@pytest.fixture
def target(settings):
    settings.WEBHOOK_ALLOW = ["127.0.0.1"]
    with web_server() as target:
        yield target


@pytest.fixture
def night(db, target):
    SiteSettings.objects.create(pk=1, notifications_enabled=True)
    events = ["finding.open", "finding.escalate", "finding.resolve", "sub_task.block"]
    add_channel(address=target.url, events=events)
    with time_machine.travel(EVENING, tick=False) as traveller:
        yield Night(traveller)


def minute_of(moment: datetime) -> int:
    return round((moment - EVENING).total_seconds() / 60)


def plan(pia, task: str, *sub_tasks: str, **fields) -> list[str]:
    """Let Pia make a task with sub-tasks; returns the addresses of those."""
    made = pia.post("/api/tasks", name=task).json()["id"]
    pia.put(f"/api/tasks/{made}/status", status="active")
    return [
        f"/api/sub-tasks/{pia.post('/api/sub-tasks', task_id=made, name=name, **fields).json()['id']}"
        for name in sub_tasks
    ]


def works(caller, *, minutes: int):
    """An executor that takes what is next and hands it in after so many minutes."""

    def wakes() -> None:
        now = datetime.now(timezone.utc)
        for sub_task in caller.get("/api/sub-tasks/mine", status="in_progress").json()["items"]:
            began = datetime.fromisoformat(sub_task["updated_at"].replace("Z", "+00:00"))
            if now - began < timedelta(minutes=minutes):
                return
            said = {"action": "delivery", "summary": "It lies there.", "sub_task_id": sub_task["id"]}
            caller.post("/api/logs", **said)
            assert caller.post(f"/api/sub-tasks/{sub_task['id']}/submit").status_code == 200
        if found := caller.post("/api/sub-tasks/claim-next").json()["sub_task"]:
            assert caller.post(f"/api/sub-tasks/{found['id']}/start").status_code == 200

    return wakes


def reviews(caller, *, only: str = "", result="approved", score=5):
    """A reviewer that judges all that waits, or only what has a certain name."""

    def wakes() -> None:
        for sub_task in caller.get("/api/sub-tasks", status="review").json()["items"]:
            if only in sub_task["name"]:
                said = {"result": result, "score": score, "issues": "1. Not yet."}
                caller.post("/api/review-records", sub_task_id=sub_task["id"], **said)

    return wakes


def closes(caller):
    """A planner that closes what is finished, and does nothing else."""

    def wakes() -> None:
        for item in caller.get("/api/brief").json()["items"]:
            if item["kind"] == "closable":
                caller.put(f"/api/tasks/{item['id']}/status", status="completed")

    return wakes


def test_a_night_in_which_all_goes_wrong(night, target, pia, erin, ed, rita):
    rob = hire("Rob", "reviewer")
    (died,) = plan(pia, "Died", "Dig", assigned_agent=erin.id)
    (waits,) = plan(pia, "Waits", "Read", assigned_agent=ed.id)
    (again,) = plan(pia, "Again", "Paint", assigned_agent=ed.id)
    empty = pia.post("/api/tasks", name="Empty").json()["id"]
    daily = pia.post("/api/tasks", name="Daily", type="recurring").json()["id"]
    half_past_two = {"cron": "30 2 * * *", "timezone": "Europe/Berlin"}
    pia.post("/api/recurrences", task_id=daily, name="Digest", **half_past_two)

    # Erin starts and is never heard of again. Ed works at once, and Rob sends his painting back five times.
    night.at(0, lambda: erin.post(f"{died}/start"))
    night.at(0, lambda: [ed.post(f"{waits}/{verb}") for verb in ("start", "submit")])
    night.every(5, closes(pia))
    for minute in (2, 12, 22, 32, 42):
        night.at(minute, lambda: [ed.post(f"{again}/{verb}") for verb in ("start", "submit")])
        night.at(minute + 5, reviews(rob, only="Paint", result="rejected", score=3))
    night.every(9, lambda: rob.get("/api/agents/me"))
    night.every(4, lambda: ed.get("/api/agents/me"))
    # The target of the notifications is away for the second hour.
    night.at(60, target.is_down)
    night.at(120, target.is_back)
    # Then everybody comes to their senses.
    night.at(60, lambda: pia.post(f"{again}/reassign", agent_id=ed.id))
    night.at(62, lambda: [ed.post(f"{again}/{verb}") for verb in ("start", "submit")])
    night.at(64, reviews(rob, only="Paint"))
    night.at(150, lambda: pia.post(f"{died}/reassign", agent_id=ed.id))
    night.at(152, lambda: [ed.post(f"{died}/{verb}") for verb in ("start", "submit")])
    night.at(154, reviews(rob, only="Dig"))
    night.at(260, reviews(rita))
    night.at(370, lambda: pia.post(f"/api/tasks/{empty}/cancel"))
    night.at(185, works(ed, minutes=0))
    night.at(190, works(ed, minutes=0))
    night.at(195, reviews(rob, only="Digest"))

    night.run()

    found = {
        (row.kind, name_of(row)): (minute_of(row.created_at), minute_of(row.resolved_at))
        for row in Finding.objects.all()
    }
    assert found == {
        ("rework_overflow", "Paint"): (27, 60),
        ("timeout", "Dig"): (60, 150),
        ("orphan", "Dig"): (60, 121),
        ("agent_silent", "Erin"): (60, 121),
        ("plan_stalled", "Empty"): (60, 370),
        ("review_overdue", "Read"): (60, 260),
        ("agent_silent", "Rita"): (60, 260),
    }
    assert escalations() == {
        ("rework_overflow", 47),
        ("timeout", 120),
        ("review_overdue", 240),
        ("plan_stalled", 360),
    }
    # What was in somebody's hands was taken out of the flow, and nothing else.
    blocked = Event.objects.filter(kind="sub_task.block")
    assert sorted((row.subject_name, minute_of(row.at)) for row in blocked) == [("Dig", 120), ("Paint", 47)]
    # Each was told once, although the target was away for an hour.
    told = [request["body"] for request in target.requests if request["status"] == 200]
    assert sorted((body["kind"], body["subject"]["id"]) for body in told) == sorted(
        Event.objects.filter(kind__regex=r"^(finding\.(open|escalate|resolve)|sub_task\.block)$").values_list(
            "kind", "subject_id"
        )
    )
    assert len(told) == 20
    # 02:30 does not exist in this night: its work came once, when the clocks were put forward.
    occurrences = SubTask.objects.exclude(recurrence=None)
    assert [(row.name, row.occurrence.isoformat(), row.status) for row in occurrences] == [
        ("Digest", "2026-03-29T01:00:00+00:00", "done")
    ]
    assert not Finding.objects.unsettled().exists()


def name_of(finding: Finding) -> str:
    return str(finding.sub_task or finding.task or finding.agent)


def escalations() -> set[tuple[str, int]]:
    return {
        (row.subject_name.split(":")[0], minute_of(row.at))
        for row in Event.objects.filter(kind="finding.escalate")
    }


def test_in_a_night_in_which_all_goes_well_nothing_is_found(night, target, pia, erin, ed, rita, pat):
    first = plan(pia, "Site", "Sketch", "Draw", "Build")
    for number in range(4):
        needs = [address.rsplit("/", 1)[1] for address in first[-2:]]
        name, task = f"Page {number}", pia.get(first[0]).json()["task_id"]
        made = pia.post("/api/sub-tasks", task_id=task, name=name, depends_on=needs).json()
        first.append(f"/api/sub-tasks/{made['id']}")
    plan(pia, "Paper", "Read", "Write")
    daily = pia.post("/api/tasks", name="Daily", type="recurring").json()["id"]
    pia.post("/api/recurrences", task_id=daily, name="Digest", cron="0 * * * *", timezone="Europe/Berlin")
    night.every(5, works(erin, minutes=35))
    night.every(7, works(ed, minutes=40))
    night.every(10, reviews(rita))
    night.every(10, closes(pia))
    night.every(30, lambda: pat.get("/api/brief"))
    # Whatever waits for its review then is sent back once.
    night.at(80, reviews(rita, result="rejected", score=2))

    night.run()

    assert list(Finding.objects.values_list("kind", "description")) == []
    assert target.requests == []
    assert set(Task.objects.values_list("name", "status")) == {
        ("Site", "completed"),
        ("Paper", "completed"),
        ("Daily", "in_progress"),
    }
    assert SubTask.objects.filter(name="Digest", status="done").count() >= 3
