"""The dashboard: the company in a sentence, what flows, what needs a person, and how the days went."""

from datetime import datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.utils import timezone as django_timezone

from agents import services as hiring
from agents.models import Agent, RequestHour
from agents.request_log import buffer
from conftest import hire
from openmoss.access import Role
from openmoss.models import SiteSettings
from openmoss.selectors.trends import days, total
from patrol.models import Finding
from reviews.models import Review
from scoring.models import ScoreEntry
from tasks.models import SubTask, Task

LIVE = {"HX-Request": "true", "HX-Target": "now"}
HOSTILE = "<img src=x onerror=alert(1)>\u202eevil"


@pytest.fixture
def work(pia, erin, ed, rita):
    """Work in every state: free, given, begun, in review, sent back, blocked, and done."""
    task = pia.post("/api/tasks", name="News").json()["id"]
    made = {}
    for name in ("free", "given", "begun", "handed in", "sent back", "blocked", "done"):
        sub_task = pia.post("/api/sub-tasks", task_id=task, name=name).json()["id"]
        made[name] = f"/api/sub-tasks/{sub_task}"
        if name == "free":
            continue
        erin.post(f"{made[name]}/claim")
        if name == "given":
            continue
        erin.post(f"{made[name]}/start")
        if name in ("handed in", "sent back", "done"):
            erin.post(f"{made[name]}/submit")
    verdict = {"score": 2, "issues": "1. Thin."}
    rita.post(f"{made['sent back']}/rework", **verdict)
    rita.post(f"{made['done']}/complete", score=5)
    SubTask.objects.filter(name="blocked").update(status="blocked", blocked_reason="No access.")
    buffer.flush()
    return made


def stands_in(page, name: str) -> str:
    """Return the href and number of one reach of the river."""
    (reach,) = page.content.decode().split(f'id="reach-{name}"')[1:]
    return reach.split("<b>")[1].split("</b>")[0]


def test_the_company_in_a_sentence_and_the_river_of_its_work(desk, work, pat):
    page = desk.get("/dashboard")

    said = " ".join(page.content.decode().split())
    assert "3 of 5 agents were seen in the last 15 minutes." in said  # Ed and Pat never called
    assert "4 sub-tasks are moving." in said
    assert "1 is stuck." in said
    assert "Last delivery: <time" in said
    river = {name: stands_in(page, name) for name in ("pending", "assigned", "in_progress", "review", "done")}
    assert river == dict.fromkeys(river, "1")
    assert (stands_in(page, "rework"), stands_in(page, "blocked")) == ("1", "1")
    assert 'href="/tasks/board#lane-review"' in said
    now = page.context["now"]
    assert (now.counts.open_tasks, now.today.reviews, now.today.reject_rate, now.today.score) == (1, 2, 50, 0)


def test_what_needs_a_person_comes_the_most_pressing_first_and_once(desk, onlooker, work, erin):
    rows = {row.name: row for row in SubTask.objects.all()}
    for name, kind, severity in (
        ("given", "orphan", "warning"),
        ("begun", "stuck", "critical"),
        ("begun", "timeout", "warning"),
    ):
        Finding.objects.create(
            kind=kind,
            severity=severity,
            subject_id=rows[name].pk,
            sub_task=rows[name],
            task=rows[name].task,
            description=f"{name} is {kind}.",
        )
    erin.post("/api/logs", action="blocked", summary="Which?", sub_task_id=str(rows["sent back"].pk))

    page = desk.get("/dashboard")

    shown = [(need.severity, need.sentence) for need in page.context["now"].needs.shown]
    assert shown[:3] == [
        ("critical", "begun is stuck."),
        ("warning", "Erin: Which?"),
        ("warning", "given is orphan."),
    ]
    assert len(shown) == 3
    assert f'href="/rules/new?sub_task={rows["sent back"].pk}"' in page.content.decode()
    assert "2 are stuck." not in page.content.decode()
    assert "3 are stuck." in page.content.decode()
    assert "data-ask" not in onlooker.get("/dashboard").content.decode()


def test_what_only_a_person_can_set_going_is_among_it(desk, pia, erin):
    task = pia.post("/api/tasks", name="News").json()["id"]
    made = pia.post("/api/sub-tasks", task_id=task, name="Collect").json()["id"]
    assert "Nothing needs you." in desk.get("/dashboard").content.decode()

    erin.post(f"/api/sub-tasks/{made}/claim")
    erin.post(f"/api/sub-tasks/{made}/start")
    erin.post(f"/api/sub-tasks/{made}/submit")

    (need,) = desk.get("/dashboard").context["now"].needs.shown
    assert "there is no active reviewer" in need.sentence
    assert [str(remedy.verb) for remedy in need.remedies] == ["Review", "Enrol a reviewer"]


def test_a_newcomer_is_led_from_the_address_to_the_first_task(desk, ann):
    def steps() -> list[str]:
        page = desk.get("/dashboard")
        shown = page.content.decode()
        assert ("First steps" in shown) == page.context["now"].is_starting
        return [step.name for step in page.context["now"].first_steps if not step.done]

    assert steps() == ["address", "planner", "executor", "reviewer", "task"]
    assert "/agents/enrol?role=planner" in desk.get("/dashboard").content.decode()

    hiring.enrol(name="Pia", role="planner", by=ann)
    assert "Its code waits for it to join." in desk.get("/dashboard").content.decode()
    for name, role in (("Pia", Role.PLANNER), ("Erin", Role.EXECUTOR), ("Rita", Role.REVIEWER)):
        hire(name, role)
    assert steps() == ["address", "task"]
    Task.objects.create(name="News")
    # Agents on the same machine do without the address.
    assert steps() == ["address"]
    assert not desk.get("/dashboard").context["now"].is_starting


def test_who_started_once_is_not_a_newcomer_again(desk, pia, erin, rita):
    Task.objects.create(name="News")
    Agent.objects.filter(name="Rita").update(status="retired", key_hash=None)

    assert "First steps" not in desk.get("/dashboard").content.decode()


@pytest.mark.django_db
def test_days_are_those_of_the_reader(erin):
    task = Task.objects.create(name="News")
    shanghai = ZoneInfo("Asia/Shanghai")
    late, early = (
        datetime(2026, 3, 1, hour, tzinfo=timezone.utc) for hour in (17, 15)
    )  # 01:00 and 23:00 there
    for at in (late, early, early):
        row = SubTask(task=task, name="Part", created_at=at, status="done", completed_at=at)
        row.assignee, row.assigned_at = erin.agent, at
        row.save()
        Review.objects.create(
            sub_task=row,
            round=1,
            assignee=erin.agent,
            result="rejected",
            score=1,
            issues="No.",
            created_at=at,
        )
        ScoreEntry.objects.create(agent=erin.agent, score_delta=-5, reason="No.", created_at=at)
    RequestHour.objects.create(hour=late, calls=7)
    RequestHour.objects.create(hour=early, calls=4)
    RequestHour.objects.create(hour=early - timedelta(days=9), calls=100)

    with time_machine.travel("2026-03-02T03:00:00Z", tick=False), django_timezone.override(shanghai):
        week = days(7)
        told = [
            (f"{day.date:%d}", day.created, day.done, day.rejected, day.score, day.requests) for day in week
        ]

    assert told[-2:] == [("01", 2, 2, 2, -10, 4), ("02", 1, 1, 1, -5, 7)]
    assert [day[1:] for day in told[:-2]] == [(0, 0, 0, 0, 0)] * 5
    assert (total(week).created, total(week).reject_rate, total(week).requests) == (3, 100, 11)


def test_trends_go_back_seven_days_or_thirty(desk, work):
    week, month = desk.get("/dashboard").content.decode(), desk.get("/dashboard?days=30").content.decode()

    assert (week.count('<th scope="row">'), month.count('<th scope="row">')) == (7, 30)
    today = f"{django_timezone.localdate():%a} {django_timezone.localdate().day}"
    assert f"{today} " in week
    assert "created 7, done 1" in week
    assert desk.get("/dashboard?days=5").status_code == 400


def test_only_what_changed_is_sent_again(desk, work, erin):
    cursor = desk.get("/dashboard").context["cursor"]

    with time_machine.travel(django_timezone.now(), tick=False):
        cursor = desk.get("/dashboard").context["cursor"]
        assert desk.get(f"/dashboard?cursor={cursor}", headers=LIVE).status_code == 204
        erin.post(f"{work['begun']}/submit")
        fresh = desk.get(f"/dashboard?cursor={cursor}", headers=LIVE)

    assert stands_in(fresh, "review") == "2"
    assert fresh.content.decode().strip().startswith('<div id="now"')
    assert "Trends" not in fresh.content.decode()


def test_what_agents_wrote_stays_text(desk, work):
    SubTask.objects.update(name=HOSTILE, blocked_reason=HOSTILE)
    Task.objects.update(name=HOSTILE)
    Agent.objects.filter(name="Erin").update(name=HOSTILE)

    page = desk.get("/dashboard").content.decode()

    assert "<img src=x" not in page
    assert "\u202e" not in page
    assert "&lt;img src=x" in page


def test_a_large_company_costs_no_more_queries(desk, work, erin, django_assert_max_num_queries):
    SiteSettings.load()
    desk.get("/dashboard")
    for number in range(30):
        task = Task.objects.create(name=f"Task {number}", status="in_progress")
        row = SubTask.objects.create(task=task, name="Part", status="blocked")
        Finding.objects.create(
            kind="stuck", severity="critical", subject_id=row.pk, sub_task=row, task=task, description="It."
        )
        hire(f"Agent {number}", Role.EXECUTOR)

    with django_assert_max_num_queries(25):
        page = desk.get("/dashboard?days=30")

    needs = page.context["now"].needs
    assert (len(needs.shown), needs.more) == (8, 22)
