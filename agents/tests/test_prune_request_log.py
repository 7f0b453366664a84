from datetime import timedelta

from django.utils import timezone

from agents.models import RequestLog
from agents.services import prune_request_log
from openmoss import retention
from openmoss.jobs import TIMETABLE


def called(agent, **ago) -> RequestLog:
    at = timezone.now() - timedelta(**ago)
    return RequestLog(at=at, agent=agent, method="GET", path="/api/tasks", status=200, milliseconds=1)


def test_old_calls_are_forgotten_and_new_ones_kept(site, erin):
    site.request_log_days = 3
    site.save()
    RequestLog.objects.bulk_create(
        [
            called(erin.agent, days=4),
            called(erin.agent, days=3, minutes=1),
            called(erin.agent, days=2, hours=23),
        ]
    )
    kept = RequestLog.objects.latest("at")

    deleted = prune_request_log()

    assert deleted == 2
    assert RequestLog.objects.get() == kept


def test_more_than_one_batch_is_forgotten(site, erin):
    RequestLog.objects.bulk_create([called(erin.agent, days=8) for _ in range(3 * retention.FIRST_BATCH + 1)])

    assert prune_request_log() == 3 * retention.FIRST_BATCH + 1
    assert not RequestLog.objects.exists()


def test_there_may_be_nothing_to_forget(site, erin):
    RequestLog.objects.bulk_create([called(erin.agent, days=6)])

    assert prune_request_log() == 0
    assert RequestLog.objects.count() == 1


def test_the_clock_does_it():
    assert prune_request_log in [job.run for job in TIMETABLE]
