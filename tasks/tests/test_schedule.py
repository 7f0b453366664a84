"""The arithmetic of schedules: cron times in many zones, and what a late look at them finds."""

from datetime import date, datetime, timedelta, timezone
from itertools import islice, takewhile
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from openmoss.errors import Invalid
from tasks.recurrence import CatchUp, Overlap, Schedule, turn

ZONES = ["UTC", "Europe/Berlin", "America/New_York", "Asia/Shanghai", "Australia/Lord_Howe"]
CRONS = ["0 9 * * *", "30 2 * * *", "*/30 2 * * *", "15 1,2 * * *", "0 */6 * * *", "0 * * * *", "*/7 * * * *"]


def utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=timezone.utc)


def on(day: date, cron: str, zone: str) -> list[str]:
    """Return the times of a local day as its wall clocks show them, and what they are in UTC."""
    start = datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(zone))
    end = start + timedelta(days=1)
    times = Schedule(cron, zone).times(start.astimezone(timezone.utc) - timedelta(seconds=1))
    return [
        f"{at.astimezone(start.tzinfo):%H:%M} = {at:%H:%M}" for at in takewhile(lambda at: at < end, times)
    ]


@pytest.mark.parametrize(
    ("zone", "at"),
    [("UTC", "09:00"), ("Asia/Shanghai", "01:00"), ("America/New_York", "14:00"), ("Europe/Berlin", "08:00")],
)
def test_a_time_is_meant_in_its_zone(zone, at):
    first = Schedule("0 9 * * *", zone).after(utc(2026, 11, 25))

    assert f"{first:%H:%M}" == at


@pytest.mark.parametrize(
    ("zone", "day", "gap", "first"),
    [
        ("Europe/Berlin", date(2027, 3, 28), "30 2 * * *", "03:00 = 01:00"),
        ("America/New_York", date(2027, 3, 14), "30 2 * * *", "03:00 = 07:00"),
        ("Australia/Lord_Howe", date(2026, 10, 4), "15 2 * * *", "02:30 = 15:30"),
    ],
)
def test_a_time_that_the_clocks_leave_out_in_spring_counts_when_they_change(zone, day, gap, first):
    assert on(day, gap, zone) == [first]
    assert on(day, "*/10 2 * * *", zone)[0] == first
    assert on(day, "* * * * *", zone).count(first) == 1


@pytest.mark.parametrize(
    ("zone", "day", "twice", "first"),
    [
        ("Europe/Berlin", date(2026, 10, 25), "30 2 * * *", "02:30 = 00:30"),
        ("America/New_York", date(2026, 11, 1), "30 1 * * *", "01:30 = 05:30"),
        ("Australia/Lord_Howe", date(2027, 4, 4), "45 1 * * *", "01:45 = 14:45"),
    ],
)
def test_a_time_that_comes_twice_in_autumn_counts_once(zone, day, twice, first):
    assert on(day, twice, zone) == [first]


def test_in_the_second_pass_through_an_hour_its_times_are_over():
    second_pass = utc(2026, 10, 25, 1, 15)  # 02:15 in Berlin for the second time

    assert Schedule("30 2 * * *", "Europe/Berlin").after(second_pass) == utc(2026, 10, 26, 1, 30)
    assert Schedule("30 2 * * *", "Europe/Berlin").latest(second_pass) == utc(2026, 10, 25, 0, 30)


def test_half_hours_of_a_certain_hour_are_not_lost_and_do_not_come_twice():
    assert on(date(2027, 3, 28), "*/30 2 * * *", "Europe/Berlin") == ["03:00 = 01:00"]
    assert on(date(2026, 10, 25), "*/30 2 * * *", "Europe/Berlin") == ["02:00 = 00:00", "02:30 = 00:30"]
    assert on(date(2027, 4, 4), "*/30 9 * * *", "Australia/Lord_Howe") == ["09:00 = 22:30", "09:30 = 23:00"]


@pytest.mark.parametrize(("day", "hours"), [(date(2027, 3, 28), 23), (date(2026, 10, 25), 25)])
def test_work_of_every_hour_goes_by_the_time_that_passes(day, hours):
    times = on(day, "0 * * * *", "Europe/Berlin")

    assert len(times) == hours


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize("cron", ["30 2 * * *", "0 9 * * *", "45 1 * * *", "0 */24 * * *", "59 23 * * *"])
def test_a_year_of_a_daily_time_has_each_day_once(zone, cron):
    start = datetime(2026, 9, 1, tzinfo=ZoneInfo(zone))

    times = list(islice(Schedule(cron, zone).times(start.astimezone(timezone.utc)), 365))

    days = [at.astimezone(ZoneInfo(zone)).date() for at in times]
    first = days[0]
    assert days == [first + timedelta(days=n) for n in range(365)]
    assert first in (start.date(), start.date() + timedelta(days=1))


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize("cron", CRONS)
def test_the_latest_time_is_the_one_that_going_forward_finds(zone, cron):
    schedule = Schedule(cron, zone)
    for change in (utc(2026, 10, 25, 1), utc(2026, 11, 1, 6), utc(2027, 4, 3, 15), utc(2027, 3, 28, 1)):
        times = list(
            takewhile(
                lambda at, end=change + timedelta(hours=6): at <= end,
                schedule.times(change - timedelta(days=3)),
            )
        )
        for minutes in range(-240, 240, 5):
            moment = change + timedelta(minutes=minutes)

            assert schedule.latest(moment) == max(at for at in times if at <= moment)


@settings(max_examples=60, deadline=None)
@given(
    st.sampled_from(CRONS),
    st.sampled_from(ZONES),
    st.datetimes(datetime(2026, 1, 1), datetime(2028, 1, 1), timezones=st.just(timezone.utc)),
)
def test_wherever_one_begins_the_times_that_follow_are_the_same(cron, zone, moment):
    schedule = Schedule(cron, zone)
    steps, at = [], moment
    for _ in range(20):
        at = schedule.after(at)
        steps.append(at)

    assert steps == list(islice(schedule.times(moment), 20))
    assert sorted(set(steps)) == steps


@pytest.mark.parametrize(
    ("cron", "why"),
    [
        ("", "it has 0 fields"),
        ("daily", "it has 1 fields"),
        ("0 0 9 * * *", "it has 6 fields"),
        ("61 * * * *", "bad minute"),
        ("0 25 * * *", "bad hour"),
        ("0 9 * * FRY", "bad day-of-week"),
        ("0 9 30 2 *", "bad day-of-month"),
        ("0 9 */31 2 MON#5", "it is never due"),
        ("*/0 * * * *", "bad minute"),
        ("** * * * *", "bad minute"),
    ],
)
def test_a_bad_schedule_is_refused_and_an_example_given(cron, why):
    with pytest.raises(Invalid) as refused:
        Schedule(cron, "UTC").after(utc(2026, 11, 25))

    assert f"'{cron}' is no schedule: {why}." in refused.value.detail
    assert "for example '0 9 * * 1-5'" in refused.value.detail
    assert list(refused.value.fields) == ["cron"]


@pytest.mark.parametrize("zone", ["", "Mars/Olympus", "Europe", "../../etc/passwd", "/etc/passwd", "x" * 300])
def test_an_unknown_zone_is_refused(zone):
    with pytest.raises(Invalid, match=r"is no time zone\. Give one like UTC") as refused:
        Schedule("0 9 * * *", zone)

    assert list(refused.value.fields) == ["timezone"]


@settings(max_examples=300, deadline=None)
@given(st.text("0123456789*/,-#LWMONFRIJAN ²", max_size=40), st.sampled_from(["UTC", "Europe/Berlin"]))
def test_whatever_is_written_there_is_a_schedule_or_a_refusal(cron, zone):
    try:
        schedule = Schedule(cron, zone)
        first = schedule.after(utc(2026, 11, 25))
    except Invalid:
        return

    assert first > utc(2026, 11, 25)
    assert schedule.latest(first) == first


# What a late look finds. Hourly; the last occurrence was finished at `free`, and the clock looks at `now`.


def looked(*, free: str, now: str, overlap=Overlap.SKIP, catch_up=CatchUp.ONE, due: str = "10:00") -> tuple:
    free, now, due = (utc(2026, 11, 25, *map(int, text.split(":"))) for text in (free, now, due))
    found = turn(
        Schedule("0 * * * *", "UTC"),
        due_at=due,
        free_since=free,
        now=now,
        overlap=overlap,
        catch_up=catch_up,
    )
    made = f"{found.occurrence:%H:%M}" if found.occurrence else None
    assert found.next_at == Schedule("0 * * * *", "UTC").after(now)
    return made, found.overlapped, found.missed


def test_what_is_due_is_made():
    assert looked(free="9:30", now="10:00") == ("10:00", 0, 0)
    assert looked(free="9:30", now="10:04", catch_up=CatchUp.SKIP) == ("10:00", 0, 0)


def test_times_that_overlapped_are_skipped():
    assert looked(free="12:30", now="12:30") == (None, 3, 0)
    assert looked(free="10:00", now="10:01") == (None, 1, 0)


def test_the_first_time_after_the_overlap_is_made():
    assert looked(free="12:30", now="13:01") == ("13:00", 3, 0)


def test_the_latest_time_that_overlapped_waits_in_a_queue_of_one():
    assert looked(free="12:30", now="12:30", overlap=Overlap.QUEUE) == ("12:00", 2, 0)
    assert looked(free="12:30", now="13:01", overlap=Overlap.QUEUE) == ("13:00", 3, 0)


def test_of_missed_times_the_latest_is_made_up_for():
    assert looked(free="9:30", now="13:30") == ("13:00", 0, 3)


def test_missed_times_are_not_made_up_for_if_one_wishes_so():
    assert looked(free="9:30", now="13:30", catch_up=CatchUp.SKIP) == (None, 0, 4)
    assert looked(free="9:30", now="13:03", catch_up=CatchUp.SKIP) == ("13:00", 0, 3)


def test_what_waits_in_the_queue_was_not_missed():
    found = looked(free="11:30", now="13:30", overlap=Overlap.QUEUE, catch_up=CatchUp.SKIP)

    assert found == ("11:00", 1, 2)


def test_counting_what_was_skipped_has_an_end():
    found = turn(
        Schedule("* * * * *", "UTC"),
        due_at=utc(2020, 1, 1),
        free_since=utc(2026, 11, 25),
        now=utc(2026, 11, 25),
        overlap=Overlap.SKIP,
        catch_up=CatchUp.ONE,
    )

    assert (found.occurrence, found.overlapped) == (None, 1000)
