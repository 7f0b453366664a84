"""What a place on the leaderboard rests on."""

from datetime import datetime, timezone
from zoneinfo import ZoneInfo

import time_machine
from django.utils import timezone as zones

from reviews.record import TREND_DAYS, records
from scoring.models import ScoreEntry
from scoring.services import adjust


def test_the_trend_ends_with_the_score_and_cuts_its_days_where_the_reader_does(ann, erin):
    for points, at in (
        (7, datetime(2026, 1, 5, tzinfo=timezone.utc)),  # before the trend begins
        (
            -5,
            datetime(2026, 3, 8, 15, 59, tzinfo=timezone.utc),
        ),  # the 8th in Shanghai, a minute before midnight
        (3, datetime(2026, 3, 8, 16, 0, tzinfo=timezone.utc)),  # the 9th
    ):
        entry = adjust(erin.agent, score_delta=points, reason="Work", by=ann)
        ScoreEntry.objects.filter(pk=entry.pk).update(created_at=at)

    with (
        time_machine.travel(datetime(2026, 3, 10, 12, tzinfo=timezone.utc), tick=False),
        zones.override(ZoneInfo("Asia/Shanghai")),
    ):
        trend = records()[0].trend

    assert len(trend) == TREND_DAYS + 1
    assert trend[-5:] == [7, 7, 2, 5, 5]
    assert set(trend[:-5]) == {7}
