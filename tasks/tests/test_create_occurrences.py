"""What the clock makes: one sub-task for each time, and never two that are unfinished."""

from datetime import timedelta

import pytest
import time_machine
from django.db import IntegrityError, transaction
from django.utils import timezone

from agents.services import disable_agent
from notifications.models import Event
from openmoss.clock import walk
from openmoss.jobs import TIMETABLE
from tasks import services
from tasks.models import Module, Recurrence, SubTask, Task
from tasks.services import create_occurrences, create_recurrence
from tasks.services.occurrences import create_occurrence
from tasks.tests.work import finish, occurrences

HOURLY = {"name": "Collect", "cron": "0 * * * *", "by": None}


@pytest.fixture(autouse=True)
def clock():
    with time_machine.travel("2026-11-25T09:30:00Z", tick=False) as clock:
        yield clock


@pytest.fixture
def look(clock):
    """Let the clock look at some time of the day."""

    def at(hour: str) -> list[str]:
        clock.move_to(f"2026-11-25T{hour}:00Z")
        before = set(SubTask.objects.values_list("pk", flat=True))
        create_occurrences()
        return occurrences(SubTask.objects.exclude(pk__in=before))

    return at


def skips() -> list[str]:
    return list(Event.objects.filter(kind="recurrence.skip").values_list("why", flat=True))


def test_a_sub_task_is_made_at_its_time_and_not_before(task, look):
    recurrence = create_recurrence(task, **HOURLY, acceptance="Ten papers", priority="high")

    assert look("09:59") == []
    assert look("10:00") == ["10:00"]
    sub_task = SubTask.objects.get()
    assert (sub_task.task, sub_task.name, sub_task.acceptance) == (task, "Collect", "Ten papers")
    assert (sub_task.type, sub_task.priority, sub_task.status) == ("recurring", "high", "pending")
    assert sub_task.recurrence == recurrence


def test_it_can_be_claimed_at_once(task, look, erin):
    create_recurrence(task, **HOURLY)
    look("10:00")

    assert erin.post("/api/sub-tasks/claim-next").json()["sub_task"]["occurrence"] == "2026-11-25T10:00:00Z"


def test_the_clock_tells_what_it_made(task, look):
    recurrence = create_recurrence(task, **HOURLY)
    look("10:00")

    events = Event.objects.filter(task_id=task.pk)[1:]
    assert [(event.kind, event.actor_role, event.subject_id) for event in events] == [
        ("sub_task.create", "clock", str(SubTask.objects.get().pk)),
        ("recurrence.occur", "clock", str(recurrence.pk)),
    ]
    assert events[1].data == {
        "sub_task": str(SubTask.objects.get().pk),
        "occurrence": "2026-11-25T10:00:00+00:00",
    }


def test_the_timetable_has_it_looked_for_every_fifteen_seconds(task, clock):
    create_recurrence(task, **HOURLY)
    clock.move_to("2026-11-25T09:59:50Z")
    walk(TIMETABLE)
    clock.shift(15)

    walk(TIMETABLE)

    assert occurrences() == ["10:00"]


def test_looking_again_makes_no_second_one(task, look):
    create_recurrence(task, **HOURLY)

    assert [look(hour) for hour in ("10:00", "10:00", "10:01")] == [["10:00"], [], []]


@pytest.mark.parametrize("status", ["pending", "assigned", "in_progress", "review", "rework", "blocked"])
def test_while_the_last_one_is_unfinished_nothing_is_made(task, given, look, erin, status):
    recurrence = create_recurrence(task, **HOURLY)
    holder = None if status == "pending" else erin
    given(status, holder=holder, recurrence=recurrence, occurrence=timezone.now())

    assert [look(hour) for hour in ("10:00", "11:00", "12:00")] == [[], [], []]
    assert skips() == []


@pytest.mark.parametrize("end", ["done", "cancelled"])
def test_times_that_pass_in_the_meantime_are_skipped_and_told_once(task, look, clock, erin, end):
    create_recurrence(task, **HOURLY)
    look("10:00"), look("11:00"), look("12:00")
    clock.move_to("2026-11-25T12:20:00Z")
    finish(SubTask.objects.get(), erin, end)

    assert [look(hour) for hour in ("12:20", "12:40", "13:00")] == [[], [], ["13:00"]]
    assert skips() == ["Skipped: 2 times while the last one was unfinished."]


def test_in_a_queue_the_latest_of_them_is_made_as_soon_as_it_is_finished(task, look, clock, erin):
    create_recurrence(task, **HOURLY, overlap="queue")
    look("10:00"), look("11:00"), look("12:00")
    clock.move_to("2026-11-25T12:20:00Z")
    finish(SubTask.objects.get(), erin)

    assert [look(hour) for hour in ("12:20", "12:40")] == [["12:00"], []]
    assert skips() == ["Skipped: 1 time while the last one was unfinished."]


def test_in_a_queue_a_single_time_that_waited_skips_nothing(task, look, clock, erin):
    create_recurrence(task, **HOURLY, overlap="queue")
    look("10:00"), look("11:00")
    finish(SubTask.objects.get(), erin)

    assert look("11:20") == ["11:00"]
    assert skips() == []


def test_after_an_outage_one_is_made_for_the_latest_time(task, look):
    create_recurrence(task, **HOURLY)

    assert look("14:30") == ["14:00"]
    assert skips() == ["Skipped: 4 times while the clock stood still."]
    assert look("15:00") == []


def test_after_an_outage_none_is_made_if_one_wishes_so(task, look):
    create_recurrence(task, **HOURLY, catch_up="skip")

    assert look("14:30") == []
    assert skips() == ["Skipped: 5 times while the clock stood still."]
    assert look("15:00") == ["15:00"]


def test_a_few_minutes_late_is_not_missed(task, look):
    create_recurrence(task, **HOURLY, catch_up="skip")

    assert look("10:05") == ["10:00"]


def test_a_long_overlap_and_an_outage_are_told_in_one_sentence(task, look, clock, erin):
    create_recurrence(task, **HOURLY)
    look("10:00")
    clock.move_to("2026-11-25T12:20:00Z")
    finish(SubTask.objects.get(), erin)

    assert look("15:30") == ["15:00"]
    assert skips() == [
        "Skipped: 2 times while the last one was unfinished, 2 times while the clock stood still."
    ]


@pytest.mark.parametrize("status", ["completed", "archived", "cancelled"])
def test_nothing_is_made_in_a_closed_task(task, look, status):
    create_recurrence(task, **HOURLY)
    Task.objects.filter(pk=task.pk).update(status=status)

    assert [look(hour) for hour in ("10:00", "11:00")] == [[], []]
    assert not SubTask.objects.exists()


def test_what_recurs_in_closed_tasks_costs_nothing(task, look, clock, django_assert_num_queries):
    create_recurrence(task, **HOURLY)
    Task.objects.filter(pk=task.pk).update(status="completed")
    clock.move_to("2026-11-25T10:00:00Z")

    with django_assert_num_queries(1):
        create_occurrences()


def test_nothing_is_made_when_its_task_closes_while_the_clock_looks(task, clock, unchanged):
    recurrence = create_recurrence(task, **HOURLY)
    clock.move_to("2026-11-25T10:00:00Z")
    Task.objects.filter(pk=task.pk).update(status="completed")

    with unchanged(recurrence):
        assert create_occurrence(recurrence, last=None) is None


def test_a_task_may_be_completed_while_it_recurs_and_goes_on_when_it_is_reopened(task, look, clock, pia):
    create_recurrence(task, **HOURLY)
    closed = pia.put(f"/api/tasks/{task.pk}/status", status="completed")
    look("11:00")
    clock.move_to("2026-11-25T12:30:00Z")

    pia.put(f"/api/tasks/{task.pk}/status", status="active")

    assert closed.status_code == 200
    assert [look(hour) for hour in ("12:30", "13:00")] == [[], ["13:00"]]
    assert skips() == []


def test_another_status_of_an_open_task_makes_nothing_wait(task, look, clock, pia):
    create_recurrence(task, **HOURLY)
    clock.move_to("2026-11-25T10:00:05Z")

    pia.put(f"/api/tasks/{task.pk}/status", status="active")

    assert look("10:01") == ["10:00"]


def test_it_is_handed_to_its_executor(task, look, erin):
    module = Module.objects.create(task=task, name="Research")
    create_recurrence(task, **HOURLY, assignee=erin.agent, module=module)
    look("10:00")

    sub_task = SubTask.objects.get()
    assert (sub_task.status, sub_task.assignee, sub_task.attempt) == ("assigned", erin.agent, 1)
    assert sub_task.module == module


@pytest.mark.parametrize("leave", [disable_agent, services.retire_agent])
def test_it_is_free_when_its_executor_has_left(task, look, erin, leave):
    create_recurrence(task, **HOURLY, assignee=erin.agent)
    leave(erin.agent)

    assert look("10:00") == ["10:00"]
    assert (SubTask.objects.get().status, SubTask.objects.get().assignee) == ("pending", None)


def test_one_that_fails_is_told_at_the_end_and_stops_no_other(task, look, caplog):
    broken = create_recurrence(task, **HOURLY)
    Recurrence.objects.filter(pk=broken.pk).update(timezone="Mars/Olympus")
    good = create_recurrence(task, name="Good", cron="0 * * * *", by=None)

    with pytest.raises(RuntimeError, match="1 recurrences failed, the log says why: 'Collect'"):
        look("10:00")

    assert [row.recurrence for row in SubTask.objects.all()] == [good]
    assert "Mars/Olympus" in caplog.text


def test_a_clock_that_was_put_back_makes_nothing_again(task, look, clock, erin):
    recurrence = create_recurrence(task, **HOURLY, overlap="queue")
    look("12:00")
    finish(SubTask.objects.get(), erin)
    clock.move_to("2026-11-25T10:30:00Z")
    services.resume_recurrence(services.pause_recurrence(recurrence, by=None), by=None)

    assert [look(hour) for hour in ("11:00", "12:00", "13:00")] == [[], [], ["13:00"]]


def test_looking_when_nothing_is_due_takes_one_query(task, look, django_assert_num_queries):
    create_recurrence(task, **HOURLY)

    with django_assert_num_queries(1):
        create_occurrences()


def test_the_database_refuses_a_second_one_for_the_same_time(task, given, daily, erin):
    at = timezone.now()
    given("done", holder=erin, recurrence=daily, occurrence=at)

    with pytest.raises(IntegrityError, match=r"once_per_occurrence|occurrence"), transaction.atomic():
        given("pending", recurrence=daily, occurrence=at)


def test_the_database_refuses_a_second_unfinished_one(given, daily):
    at = timezone.now()
    given("pending", recurrence=daily, occurrence=at)

    with pytest.raises(IntegrityError), transaction.atomic():
        given("pending", recurrence=daily, occurrence=at + timedelta(days=1))


@pytest.mark.parametrize("half", [{"occurrence": "2026-11-25T09:00Z"}, {"recurrence": True}])
def test_the_database_refuses_half_an_occurrence(given, daily, half):
    fields = half | ({"recurrence": daily} if "recurrence" in half else {})

    with pytest.raises(IntegrityError), transaction.atomic():
        given("pending", **fields)
