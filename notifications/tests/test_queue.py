"""Whom to tell of an event, written with the event."""

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from notifications import services
from notifications.models import Delivery, Event
from notifications.services import record, record_each
from openmoss.models import SiteSettings
from tasks.models import SubTask, Task


def told() -> list[tuple[str, str]]:
    return [(row.event.kind, row.channel.address) for row in Delivery.objects.select_related("event")]


def test_a_real_block_is_told_to_who_asks_for_it(site, pia, erin, pat):
    services.add_channel(address="https://one.example/", events=["sub_task.block"])
    services.add_channel(address="https://two.example/", events=["sub_task.approve"])
    task = pia.post("/api/tasks", name="News").json()
    sub_task = pia.post("/api/sub-tasks", task_id=task["id"], name="Collect").json()
    erin.post(f"/api/sub-tasks/{sub_task['id']}/claim")

    pat.post(f"/api/sub-tasks/{sub_task['id']}/block", reason="Silent.")

    assert told() == [("sub_task.block", "https://one.example/")]


@pytest.mark.parametrize(
    ("name", "kind", "now"),
    [
        ("task_completed", "sub_task.approve", "done"),
        ("review_rejected", "sub_task.reject", "rework"),
        ("all_done", "task.set_status", "completed"),
        ("patrol_alert", "finding.open", "critical"),
        ("patrol_alert", "finding.escalate", "critical"),
        ("sub_task.approve", "sub_task.approve", "done"),
        ("task.set_status", "task.set_status", "active"),
        ("finding.open", "finding.open", "warning"),
        ("*", "agent.create", "active"),
    ],
)
def test_an_event_goes_by_these_names(site, happen, name, kind, now):
    services.add_channel(address="https://one.example/", events=[name])

    happen("Collect", kind, now=now)

    assert [row[0] for row in told()] == [kind]


@pytest.mark.parametrize(
    ("name", "kind", "now"),
    [
        ("all_done", "task.set_status", "in_progress"),
        ("patrol_alert", "finding.open", "warning"),
        ("patrol_alert", "finding.resolve", "critical"),
        ("task_completed", "sub_task.submit", "review"),
    ],
)
def test_an_event_goes_by_no_other_name(site, happen, name, kind, now):
    services.add_channel(address="https://one.example/", events=[name])

    happen("Collect", kind, now=now)

    assert told() == []


def test_a_channel_without_names_is_told_what_the_settings_say(site, happen):
    services.add_channel(address="https://one.example/")
    SiteSettings.objects.update(notification_events=["review_rejected"])

    happen("Collect", "sub_task.reject")
    happen("Collect", "sub_task.approve")

    assert [row[0] for row in told()] == ["sub_task.reject"]


def test_nobody_is_told_while_notifications_are_off(site, happen):
    services.add_channel(address="https://one.example/", events=["*"])
    SiteSettings.objects.update(notifications_enabled=False)

    happen("Collect")

    assert told() == []


def test_a_channel_that_is_off_is_not_told(site, happen):
    channel = services.add_channel(address="https://one.example/", events=["*"])
    services.edit_channel(channel, enabled=False)

    happen("Collect")

    assert told() == []


def test_what_agents_tell_the_server_does_not(site, happen, settings):
    for address in ("chat:oc_1", "user:ou_1", "ann@example.org", "email:ed@example.org"):
        services.add_channel(address=address, events=["*"])

    happen("First")
    settings.EMAIL_URL = "smtp://mail.example"
    happen("Second")

    assert [row[1] for row in told()] == ["ann@example.org", "email:ed@example.org"]


def test_of_a_change_that_fails_nobody_is_told(hook, happen):
    with transaction.atomic():
        happen("Collect")
        transaction.set_rollback(True)

    assert told() == []
    assert not Event.objects.filter(kind="sub_task.block").exists()


def test_what_happens_to_channels_is_not_told(hook):
    other = services.add_channel(address="https://two.example/")
    services.edit_channel(other, name="Other")
    services.remove_channel(other)

    assert told() == []
    assert Event.objects.filter(kind__startswith="channel.").count() == 4


def test_many_events_are_told_in_the_order_in_which_they_happened(hook):
    second = services.add_channel(address="https://two.example/", events=["*"])
    rows = [SubTask(task=Task(name="News"), name=str(number)) for number in range(1200)]

    with transaction.atomic():
        record_each("sub_task.create", subjects=rows, actor=None)

    for channel in (hook, second):
        names = list(channel.deliveries.values_list("event__subject_name", flat=True))
        assert names == [str(number) for number in range(1200)]


def test_without_channels_an_event_costs_one_small_read(site, django_assert_num_queries):
    task = Task.objects.create(name="News")
    record("task.edit", subject=task, actor=None)  # makes the prepared statement

    with django_assert_num_queries(2):
        record("task.edit", subject=task, actor=None)


def test_without_channels_a_thousand_events_cost_one_read_too(site):
    rows = [SubTask(task=Task(name="News"), name=str(number)) for number in range(1000)]
    record_each("sub_task.create", subjects=rows[:1], actor=None)

    with CaptureQueriesContext(connection) as written:
        record_each("sub_task.create", subjects=rows, actor=None)

    reads = [query["sql"] for query in written if query["sql"].startswith("SELECT")]
    assert len(reads) == 1
    assert "notifications_channel" in reads[0]
    assert all("notifications_delivery" not in query["sql"] for query in written)


def test_no_channel_asks_no_delivery_is_written(site, happen, django_assert_num_queries):
    services.add_channel(address="https://one.example/", events=["sub_task.approve"])
    happen("Collect")

    with django_assert_num_queries(4):  # a savepoint, the event, the channels
        happen("Collect")

    assert told() == []
