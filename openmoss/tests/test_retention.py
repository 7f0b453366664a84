"""Old rows go without making anybody wait: in batches that fit the disk, with pauses, and never by a full scan."""

import time
from contextlib import contextmanager
from datetime import timedelta
from itertools import pairwise

import pytest
from django.db import connection
from django.utils import timezone

from agents.models import RequestLog
from agents.services import prune_request_log
from notifications.models import Channel, Delivery, Event
from notifications.services import prune_events
from openmoss import retention
from openmoss.api.idempotency import prune_answers
from openmoss.clock import prune_job_runs
from openmoss.jobs import TIMETABLE
from openmoss.models import IdempotencyRecord, JobRun, SiteSettings
from openmoss.retention import prune
from tasks.models import ActivityLog, Dependency, SubTask, Task
from tasks.services import prune_activity_log

DAY = timedelta(days=1)


@pytest.fixture
def site(db) -> SiteSettings:
    site = SiteSettings.load()
    for log in ("request_log", "activity_log", "event", "job_run"):
        setattr(site, f"{log}_days", 10)
    site.save()
    return site


def runs(count: int, *, ago: timedelta = 20 * DAY) -> None:
    at = timezone.now() - ago
    JobRun.objects.bulk_create([JobRun(job="job", started_at=at, milliseconds=1) for _ in range(count)])


@contextmanager
def deletes_taking(seconds_a_row: float):
    """Let each deleted row take so long; yield the sizes of the batches."""
    sizes: list[int] = []

    def slowly(execute, sql, params, *rest):
        if sql.startswith("DELETE"):
            sizes.append(len(params))
            time.sleep(seconds_a_row * len(params))
        return execute(sql, params, *rest)

    with connection.execute_wrapper(slowly):
        yield sizes


@pytest.mark.parametrize("milliseconds", [0.2, 1.5])
def test_on_a_slow_disk_the_batches_are_small(db, milliseconds):
    runs(1000 if milliseconds < 1 else 150)

    with deletes_taking(milliseconds / 1000) as sizes:
        prune(JobRun.objects.all())

    settled = sizes[2:-1]
    assert settled
    assert max(settled) * milliseconds < 40
    assert min(settled) >= retention.SMALLEST_BATCH
    assert not JobRun.objects.exists()


def test_on_a_fast_disk_the_batches_grow(db):
    runs(3000)

    with deletes_taking(0) as sizes:
        prune(JobRun.objects.all())

    assert sizes[0] == retention.FIRST_BATCH
    assert max(sizes) > 4 * retention.FIRST_BATCH
    assert all(later <= 1.25 * earlier for earlier, later in pairwise(sizes))


def test_others_get_as_much_time_as_it_takes(db, monkeypatch):
    slept = []
    monkeypatch.setattr(retention.time, "sleep", slept.append)
    monkeypatch.setattr(retention, "_delete", lambda rows, batch: rows.filter(pk__in=batch).delete() and 0.02)
    runs(200)

    prune(JobRun.objects.all())

    assert set(slept) == {0.02}
    assert len(slept) > 1


def test_what_takes_too_long_is_left_for_the_next_time(db, monkeypatch):
    monkeypatch.setattr(retention, "RUN_FOR", 0.2)
    runs(1000)

    with deletes_taking(0.001) as sizes:
        deleted = prune(JobRun.objects.all())

    assert 0 < deleted < 1000
    assert deleted == sum(sizes) == 1000 - JobRun.objects.count()


def test_no_count_and_no_list_of_everything_is_asked_for(db):
    asked = []

    def note(execute, sql, *rest):
        asked.append(sql)
        return execute(sql, *rest)

    runs(300)
    with connection.execute_wrapper(note):
        prune(JobRun.objects.all())

    assert not any("COUNT(" in sql for sql in asked)
    assert all("LIMIT" in sql for sql in asked if sql.startswith("SELECT"))


def call(*, at) -> RequestLog:
    return RequestLog.objects.create(at=at, agent_id=_NOBODY, method="GET", status=200, milliseconds=1)


_NOBODY = "00000000-0000-4000-8000-000000000000"


def event(*, at) -> Event:
    return Event.objects.create(kind="task.create", actor_role="clock", actor_name="the clock", at=at)


@pytest.mark.parametrize(
    ("make", "forget"),
    [
        (call, prune_request_log),
        (event, prune_events),
        (lambda at: JobRun.objects.create(job="job", started_at=at, milliseconds=1), prune_job_runs),
    ],
    ids=["request log", "events", "job runs"],
)
def test_old_rows_go_and_new_ones_stay(site, make, forget):
    now = timezone.now()
    for ago in (30 * DAY, 10 * DAY + timedelta(minutes=1)):
        make(at=now - ago)
    kept = [make(at=now - ago) for ago in (10 * DAY - timedelta(minutes=1), timedelta(0))]

    assert forget() == 2
    assert list(type(kept[0]).objects.order_by("pk")) == kept
    assert forget in [job.run for job in TIMETABLE]


def test_zero_days_keep_everything(site, erin):
    SiteSettings.objects.update(activity_log_days=0, event_days=0, job_run_days=0)
    event(at=timezone.now() - 3000 * DAY)
    runs(1, ago=3000 * DAY)
    ActivityLog.objects.create(agent=erin.agent, action="plan", created_at=timezone.now() - 3000 * DAY)

    assert [prune_events(), prune_job_runs(), prune_activity_log()] == [0, 0, 0]


def test_an_event_that_somebody_waits_to_be_told_of_stays(site):
    long_ago = timezone.now() - 20 * DAY
    waiting, told = event(at=long_ago), event(at=long_ago)
    channel = Channel.objects.create(address="mailto:ann@example.org")
    Delivery.objects.create(event=waiting, channel=channel)
    Delivery.objects.create(event=told, channel=channel, due_at=None, sent_at=long_ago)

    assert prune_events() == 1
    assert Event.objects.get() == waiting
    assert Delivery.objects.get().event == waiting


@pytest.fixture
def said(erin):
    """Let Erin say something long ago about a sub-task in some state."""
    task = Task.objects.create(name="News", status="active")

    def says(status: str = "", action: str = "blocked") -> ActivityLog:
        held = {} if status in ("pending", "cancelled", "") else {"assignee": erin.agent}
        done = {"completed_at": timezone.now()} if status == "done" else {}
        sub_task = (
            SubTask.objects.create(task=task, name="Part", status=status, **held, **done) if status else None
        )
        return ActivityLog.objects.create(
            agent=erin.agent, action=action, sub_task=sub_task, created_at=timezone.now() - 20 * DAY
        )

    return says


def test_words_about_finished_work_are_forgotten(site, said):
    said("done")
    said("cancelled")
    said()

    assert prune_activity_log() == 3
    assert prune_activity_log in [job.run for job in TIMETABLE]


@pytest.mark.parametrize("status", ["pending", "assigned", "in_progress", "review", "rework", "blocked"])
def test_a_call_for_help_about_open_work_is_kept(site, said, status):
    call = said(status)

    assert prune_activity_log() == 0
    assert ActivityLog.objects.get() == call


def test_a_delivery_that_open_work_builds_on_is_kept(site, said):
    needed, forgotten = said("done", "delivery"), said("done", "delivery")
    Dependency.objects.create(sub_task=said("pending").sub_task, needs=needed.sub_task)
    Dependency.objects.create(sub_task=said("done").sub_task, needs=forgotten.sub_task)

    assert prune_activity_log() == 2
    assert ActivityLog.objects.filter(pk=needed.pk).exists()
    assert not ActivityLog.objects.filter(pk=forgotten.pk).exists()


PRUNED = {
    "request_log_by_time": prune_request_log,
    "activity_newest": prune_activity_log,
    "job_run_by_time": prune_job_runs,
    "openmoss_idempotencyrecord_created_at": prune_answers,
    "INTEGER PRIMARY KEY": prune_events,
}


@pytest.mark.skipif(
    connection.vendor != "sqlite", reason="PostgreSQL scans what is small, whatever indexes there are"
)
@pytest.mark.parametrize(("index", "forget"), PRUNED.items(), ids=[job.__name__ for job in PRUNED.values()])
def test_an_index_gives_the_rows_in_their_order(site, erin, index, forget, monkeypatch):
    event(at=timezone.now())
    plans = []
    monkeypatch.setattr(f"{forget.__module__}.prune", lambda rows: plans.append(rows[:100].explain()))

    forget()

    (plan,) = plans
    table = plan.splitlines()[0]
    assert "SEARCH" in table, plan
    assert index in table, plan
    assert "TEMP B-TREE" not in plan


def test_answers_that_are_kept_for_a_day_are_no_matter_of_settings(db):
    IdempotencyRecord.objects.create(
        caller=_NOBODY, key="old", fingerprint="x", created_at=timezone.now() - 2 * DAY
    )
    IdempotencyRecord.objects.create(caller=_NOBODY, key="new", fingerprint="x")

    assert prune_answers() == 1
    assert IdempotencyRecord.objects.get().key == "new"
