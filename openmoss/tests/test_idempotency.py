"""How answers are forgotten; what they are good for is in tasks/tests/test_idempotency_key.py."""

from datetime import timedelta

from django.utils import timezone

from openmoss import retention
from openmoss.api.idempotency import prune_answers
from openmoss.jobs import TIMETABLE
from openmoss.models import IdempotencyRecord


def answered(agent, key: str, **ago) -> IdempotencyRecord:
    return IdempotencyRecord(
        caller=agent.pk, key=key, created_at=timezone.now() - timedelta(**ago), status=200
    )


def test_answers_older_than_a_day_are_forgotten(erin):
    IdempotencyRecord.objects.bulk_create(
        [
            answered(erin.agent, "new"),
            answered(erin.agent, "young", hours=23, minutes=59),
            answered(erin.agent, "old", hours=24, minutes=1),
            answered(erin.agent, "older", days=30),
        ]
    )

    assert prune_answers() == 2
    assert set(IdempotencyRecord.objects.values_list("key", flat=True)) == {"new", "young"}


def test_more_than_one_batch_is_forgotten(erin):
    count = retention.LARGEST_BATCH + 1
    IdempotencyRecord.objects.bulk_create([answered(erin.agent, str(n), days=2) for n in range(count)])

    assert prune_answers() == count
    assert not IdempotencyRecord.objects.exists()


def test_the_clock_does_it():
    assert prune_answers in [job.run for job in TIMETABLE]
