"""The strip above every page: silent as long as all is well, and it notices by itself."""

from datetime import timedelta

import pytest
from django.utils import timezone

from notifications.models import Channel, Delivery, Event
from openmoss.models import JobClock, SiteSettings
from openmoss.selectors.alarms import Pulse
from patrol.models import Finding
from reviews.models import Review

LIVE = {"HX-Request": "true", "HX-Target": "strip"}


@pytest.fixture
def well(db):
    """A server at which nothing is wrong."""
    JobClock.objects.create(name="tick", started_at=timezone.now())
    return SiteSettings.load()


def alarms() -> list[str]:
    return [alarm.text for alarm in Pulse(SiteSettings.load()).alarms]


def find(subject, *, severity: str = "critical", kind: str = "stuck") -> None:
    Finding.objects.create(
        kind=kind,
        severity=severity,
        subject_id=subject.pk,
        sub_task=subject,
        task=subject.task,
        description="It.",
    )


def test_where_all_is_well_there_is_nothing_to_see(well, desk, submitted):
    find(submitted, severity="warning")

    assert alarms() == []
    strip = desk.get("/strip").content.decode()
    assert 'id="strip"' in strip
    assert 'class="strip"' not in strip


def test_a_worker_that_stands_still_is_told(well):
    JobClock.objects.update(started_at=timezone.now() - timedelta(minutes=4))
    assert alarms() == ["The worker has not been seen for 4 min"]

    JobClock.objects.all().delete()
    assert alarms() == ["The worker has never run, so nothing is patrolled or sent"]


def test_critical_findings_are_counted(well, submitted):
    find(submitted)
    find(submitted, kind="orphan")
    find(submitted, kind="timeout", severity="warning")
    Finding.objects.filter(kind="orphan").update(status="resolved", resolved_at=timezone.now())

    assert alarms() == ["1 critical finding"]
    pulse = Pulse(SiteSettings.load())
    assert (pulse.findings, pulse.critical) == (2, 1)


def test_work_that_nobody_reviews_is_told_once_it_waited_too_long(well, submitted, erin):
    now = timezone.now()
    submitted.status_since = now - timedelta(minutes=59)
    submitted.save()
    assert alarms() == []

    submitted.status_since = now - timedelta(hours=3)
    submitted.save()
    assert alarms() == ["Nothing reviewed for 3 h while 1 waits"]

    verdict = Review(sub_task=submitted, round=1, assignee=erin.agent, result="approved", score=5)
    verdict.reviewer_name, verdict.created_at = "Rita", now - timedelta(minutes=10)
    verdict.save()
    assert alarms() == []


def test_notifications_that_were_given_up_are_told_for_a_day(well):
    event = Event.objects.create(kind="task.create")
    channel = Channel.objects.create(address="chat:1")
    lost = Delivery.objects.create(event=event, channel=channel, due_at=None)
    assert alarms() == ["1 notification of the last 24 hours could not be sent"]

    Delivery.objects.update(sent_at=timezone.now())
    assert alarms() == []
    Delivery.objects.filter(pk=lost.pk).update(sent_at=None, queued_at=timezone.now() - timedelta(hours=25))
    assert alarms() == []


def test_all_of_it_is_one_query_and_only_news_are_sent(well, desk, submitted, django_assert_num_queries):
    site = SiteSettings.load()
    with django_assert_num_queries(1):
        pulse = Pulse(site)
        assert (pulse.alarms, pulse.findings) == ([], 0)

    cursor = desk.get("/strip").context["console"].alarms_cursor
    assert desk.get(f"/strip?cursor={cursor}", headers=LIVE).status_code == 204
    find(submitted)
    news = desk.get(f"/strip?cursor={cursor}", headers=LIVE).content.decode()
    assert 'href="/patrol?severity=critical"' in news


def test_strangers_hear_no_alarms(well, client, submitted):
    find(submitted)
    assert b"critical" not in client.get("/strip", follow=True).content
