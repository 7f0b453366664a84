"""How far apart the wake-ups of an agent usually are: what patrol calls silent depends on it."""

from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from agents.models import Agent

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


@pytest.fixture
def learn(erin, log):
    """Let Erin call after each of the pauses and return her usual interval in minutes after each."""

    def calls(*pauses: timedelta) -> list[float | None]:
        usual = []
        with time_machine.travel("2026-11-23T10:00:00Z", tick=False) as clock:
            for pause in (timedelta(0), *pauses):
                clock.shift(pause)
                erin.get("/api/agents/me")
                log.flush()
                seconds = Agent.objects.get(pk=erin.id).usual_interval
                usual.append(seconds and seconds / 60)
        return usual

    return calls


def test_an_agent_that_was_seen_once_has_no_rhythm(learn):
    assert learn() == [None]


def test_calls_within_five_minutes_are_one_wake_up(learn):
    assert learn(MINUTE, 5 * MINUTE, 5 * MINUTE) == [None] * 4


def test_the_interval_goes_from_wake_up_to_wake_up(learn):
    usual = learn(4 * MINUTE, 4 * MINUTE, 22 * MINUTE, 4 * MINUTE)

    assert usual == [None, None, None, 30, 30]


def test_a_regular_agent_keeps_its_interval(learn):
    assert learn(*[30 * MINUTE] * 5) == [None, *[30] * 5]


def test_one_long_night_changes_little_and_a_new_rhythm_is_learnt(learn):
    usual = learn(10 * MINUTE, 110 * MINUTE, *[10 * MINUTE] * 15)

    assert usual[:4] == [None, 10, 40, 31]
    assert usual[-1] == pytest.approx(10, abs=0.2)


def test_a_month_away_counts_as_a_week(learn):
    assert learn(30 * DAY) == [None, 7 * 24 * 60]


def test_a_clock_that_is_put_back_does_not_stop_the_log(erin, log):
    with time_machine.travel("2026-11-23T10:00:00Z", tick=False) as clock:
        for pause in (timedelta(0), -3 * HOUR, HOUR, HOUR):
            clock.shift(pause)
            erin.get("/api/agents/me")
            log._seen_written.clear()  # as another process, which has not noted her
            log.flush()

    agent = Agent.objects.get()
    assert f"{agent.last_seen_at:%H:%M}" == "09:00"
    assert 0 <= agent.usual_interval <= 3600


def test_peek_is_no_sign_of_being_awake(erin, log):
    with time_machine.travel("2026-11-23T10:00:00Z", tick=False) as clock:
        for _ in range(3):
            erin.get("/api/peek")
            log.flush()
            clock.shift(HOUR)

    assert Agent.objects.get().awake_since is None


def test_one_read_for_everybody_who_was_seen(erin, ed, rita, log, django_assert_num_queries):
    with time_machine.travel("2026-11-23T10:00:00Z", tick=False) as clock:
        for caller in (erin, ed, rita):
            caller.get("/api/agents/me")
        log.flush()
        clock.shift(HOUR)
        seen = dict.fromkeys([erin.agent.pk, ed.agent.pk, rita.agent.pk], timezone.now())

        with django_assert_num_queries(2 + 1 + 3):  # begin and end, the read, and a write each
            log._write_seen(seen)

    assert set(Agent.objects.values_list("usual_interval", flat=True)) == {3600}
