"""The numbers for Prometheus, read back by its own parser."""

from datetime import timedelta

import pytest
import time_machine
from django.db import OperationalError, connection
from django.utils import timezone
from prometheus_client.parser import text_string_to_metric_families

from agents.models import Agent
from agents.request_log import buffer
from conftest import hire
from notifications.models import Channel, Delivery, Event
from openmoss.clock import walk
from openmoss.jobs import TIMETABLE
from openmoss.models import JobClock, SiteSettings
from patrol.models import Finding
from tasks.models import SubTask, Task

TOKEN = "prometheus-may-look"


@pytest.fixture
def opened(db) -> None:
    SiteSettings.load()
    SiteSettings.objects.update(metrics_token=TOKEN)


@pytest.fixture
def scrape(client, opened):
    """Scrape and return `{(name, value of each label …): number}`, labels in the order of the alphabet."""

    def numbers() -> dict:
        answer = client.get("/metrics", headers={"Authorization": f"Bearer {TOKEN}"})
        assert answer.status_code == 200, answer.content
        families = text_string_to_metric_families(answer.content.decode())
        return {
            (sample.name, *(value for _, value in sorted(sample.labels.items()))): sample.value
            for family in families
            for sample in family.samples
        }

    return numbers


def test_there_is_nothing_without_a_token_in_the_settings(client, db):
    for headers in ({}, {"Authorization": "Bearer "}, {"Authorization": "Bearer"}):
        assert client.get("/metrics", headers=headers).status_code == 404


@pytest.mark.parametrize(
    "sent",
    ["", "Bearer", "Bearer ", f"Bearer {TOKEN}x", f"bearer{TOKEN}", TOKEN, "Bearer \xff", f"Basic {TOKEN}"],
)
def test_only_the_token_opens_them(client, opened, sent):
    answer = client.get("/metrics", headers={"Authorization": sent} if sent else {})

    assert answer.status_code == 401
    assert answer["WWW-Authenticate"] == "Bearer"
    assert b"openmoss_" not in answer.content


def test_no_agent_and_no_person_needs_to_sign_in_or_can(erin, admin_client, opened):
    assert erin.get("/metrics").status_code == 401
    assert admin_client.get("/metrics").status_code == 401


def test_both_forms_of_the_address_answer_to_reading_only(client, opened):
    headers = {"Authorization": f"Bearer {TOKEN}"}

    assert client.get("/metrics/", headers=headers).status_code == 200
    assert client.get("/metrics", headers=headers)["Content-Type"].startswith("text/plain")
    assert client.post("/metrics", headers=headers).status_code == 405


def test_work_is_counted_by_status_with_the_age_of_the_oldest(scrape):
    with time_machine.travel("2026-11-23T10:00:00Z", tick=False) as clock:
        task = Task.objects.create(name="News", status="active")
        Task.objects.create(name="Old news", status="archived")
        SubTask.objects.create(task=task, name="Collect")
        clock.shift(60)
        SubTask.objects.create(task=task, name="Sort")
        SubTask.objects.create(task=task, name="Throw away", status="cancelled")
        clock.shift(30)
        numbers = scrape()

    assert numbers["openmoss_sub_tasks", "pending"] == 2
    assert numbers["openmoss_sub_tasks", "cancelled"] == 1
    assert numbers["openmoss_sub_tasks", "blocked"] == 0
    assert numbers["openmoss_sub_task_oldest_seconds", "pending"] == 90
    assert numbers["openmoss_sub_task_oldest_seconds", "review"] == 0
    assert ("openmoss_sub_task_oldest_seconds", "cancelled") not in numbers
    assert (numbers["openmoss_tasks", "active"], numbers["openmoss_tasks", "archived"]) == (1, 1)
    assert numbers["openmoss_tasks", "planning"] == 0


def test_agents_are_counted_and_who_called_lately(scrape, erin, ed, rita):
    Agent.objects.filter(name="Ed").update(status="disabled")
    Agent.objects.filter(name="Erin").update(last_seen_at=timezone.now() - timedelta(minutes=14))
    Agent.objects.filter(name="Rita").update(last_seen_at=timezone.now() - timedelta(minutes=16))

    numbers = scrape()

    assert numbers["openmoss_agents", "executor", "active"] == 1
    assert numbers["openmoss_agents", "executor", "disabled"] == 1
    assert numbers["openmoss_agents", "reviewer", "active"] == 1
    assert numbers["openmoss_agents", "planner", "active"] == 0
    assert (numbers["openmoss_agents_seen", "executor"], numbers["openmoss_agents_seen", "reviewer"]) == (
        1,
        0,
    )


def test_only_open_findings_are_counted(scrape, erin):
    def find(kind: str, severity: str, **more) -> None:
        Finding.objects.create(kind=kind, severity=severity, subject_id=erin.id, description="x", **more)

    find("agent_silent", "critical")
    find("score_drop", "warning")
    find("agent_silent", "critical", status="resolved", resolved_at=timezone.now())

    numbers = scrape()

    assert numbers["openmoss_findings", "agent_silent", "critical"] == 1
    assert numbers["openmoss_findings", "score_drop", "warning"] == 1
    assert sum(value for key, value in numbers.items() if key[0] == "openmoss_findings") == 2


def test_deliveries_are_counted_by_how_they_stand(scrape):
    def deliver(**columns) -> None:
        event = Event.objects.create(kind="task.create", actor_role="clock", actor_name="the clock")
        Delivery.objects.create(event=event, channel=channel, **columns)

    now = timezone.now()
    channel = Channel.objects.create(address="mailto:ann@example.org")
    deliver()
    deliver(queued_at=now - timedelta(days=9))
    deliver(due_at=None, sent_at=now)
    deliver(due_at=None, sent_at=now, queued_at=now - timedelta(days=2))
    deliver(due_at=None)

    numbers = scrape()

    counted = [numbers["openmoss_deliveries", state] for state in ("waiting", "sent", "given_up")]
    assert counted == [2, 1, 1]


def test_calls_are_a_histogram(scrape, erin):
    erin.get("/api/agents/me")
    erin.get("/api/tasks/nope")
    for row, milliseconds in zip(list(buffer._rows), (40, 2000), strict=True):
        row.milliseconds = milliseconds
    buffer.flush()

    numbers = scrape()

    steps = ["0.01", "0.05", "0.1", "0.25", "1.0", "+Inf"]
    bucket = "openmoss_request_seconds_bucket"
    assert [numbers[bucket, step, "executor", "2xx"] for step in steps] == [0, 1, 1, 1, 1, 1]
    assert [numbers[bucket, step, "executor", "4xx"] for step in steps] == [0, 0, 0, 0, 0, 1]
    assert numbers["openmoss_request_seconds_count", "executor", "2xx"] == 1
    assert numbers["openmoss_request_seconds_sum", "executor", "4xx"] == 2


def test_the_clock_shows_how_late_it_is(scrape):
    with time_machine.travel("2026-11-23T10:00:00Z", tick=False) as clock:
        walk(TIMETABLE)
        clock.shift(20)
        numbers = scrape()

    assert numbers["openmoss_clock_tick_age_seconds",] == 20
    assert numbers["openmoss_job_age_seconds", "prune_answers"] == 20
    assert numbers["openmoss_job_late_seconds", "prune_answers"] == 0
    assert numbers["openmoss_job_late_seconds", "tick"] == 5


def test_a_clock_that_never_ran_has_no_age(scrape):
    JobClock.objects.create(name="tick")

    numbers = scrape()

    assert ("openmoss_clock_tick_age_seconds",) not in numbers
    assert ("openmoss_job_age_seconds", "tick") not in numbers


def test_more_to_count_takes_no_more_queries_and_no_more_lines(scrape, django_assert_num_queries):
    walk(TIMETABLE)
    before = scrape()
    task = Task.objects.create(name="News")
    SubTask.objects.bulk_create([SubTask(task=task, name=f"Part {n}") for n in range(500)])
    for n in range(5):
        hire(f"Executor {n}", "executor")

    with django_assert_num_queries(1 + 9):
        after = scrape()

    assert before.keys() == after.keys()


def test_a_database_that_is_away_is_a_503_and_no_traceback(client, opened, caplog):
    def fail(*call):
        raise OperationalError("password authentication failed for user moss at db.internal")

    with connection.execute_wrapper(fail):
        answer = client.get("/metrics", headers={"Authorization": f"Bearer {TOKEN}"})

    assert answer.status_code == 503
    assert answer.content == b"The database does not answer: OperationalError.\n"
    assert caplog.records == []


def test_nothing_secret_is_told(client, opened, erin):
    text = client.get("/metrics", headers={"Authorization": f"Bearer {TOKEN}"}).content.decode()

    for secret in (TOKEN, erin.key, SiteSettings.load().registration_token, "Erin"):
        assert secret not in text
