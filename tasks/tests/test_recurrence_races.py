"""Two workers at once, and people who change what the clock is about to make."""

from datetime import timedelta
from functools import partial

import pytest
from django.db import connection
from django.utils import timezone

from notifications.models import Event
from openmoss.tests.racing import in_processes, in_threads
from tasks import services
from tasks.models import Recurrence, SubTask, Task
from tasks.services import occurrences

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]
THREADS = 8
PROCESSES = 4
OF_OCCURRENCES = ("sub_task_one_open_occurrence", "sub_task_once_per_occurrence")


@pytest.fixture
def task(pia) -> Task:
    return services.create_task(name="News", by=pia.agent)


def due(task: Task, count: int = 1) -> list[Recurrence]:
    """Make recurrences that were due at the last full minute."""
    at = timezone.now().replace(second=0, microsecond=0)
    rows = [
        services.create_recurrence(task, name=f"Part {n}", cron="* * * * *", catch_up="skip", by=None)
        for n in range(count)
    ]
    Recurrence.objects.update(next_at=at, created_at=at - timedelta(hours=1))
    return rows


def everybody_makes(recurrence: Recurrence) -> list[str]:
    # Everybody has read the row before anybody writes: the worst case.
    fresh = [Recurrence.objects.select_related("task").get(pk=recurrence.pk) for _ in range(THREADS)]
    return in_threads([partial(occurrences.create_occurrence, seen, last=None) for seen in fresh])


def test_of_eight_threads_one_makes_what_is_due(task):
    [recurrence] = due(task)

    outcomes = everybody_makes(recurrence)

    assert outcomes == ["won"] * THREADS
    assert SubTask.objects.count() == 1
    assert Event.objects.filter(kind="recurrence.occur").count() == 1
    assert Event.objects.filter(kind="sub_task.create").count() == 1


@pytest.fixture
def without_constraints(monkeypatch):
    every = SubTask._meta.constraints
    named = {constraint.name: constraint for constraint in every}
    # SQLite makes the table anew, as the model describes it then.
    others = [constraint for constraint in every if constraint.name not in OF_OCCURRENCES]
    monkeypatch.setattr(SubTask._meta, "constraints", others)
    with connection.schema_editor() as editor:
        for name in OF_OCCURRENCES:
            editor.remove_constraint(SubTask, named[name])
    yield
    SubTask.objects.all().delete()
    monkeypatch.setattr(SubTask._meta, "constraints", every)
    with connection.schema_editor() as editor:
        for name in OF_OCCURRENCES:
            editor.add_constraint(SubTask, named[name])


def test_without_guard_and_constraints_several_are_made(task, without_constraints, monkeypatch):
    """The proof that the test above can fail."""
    [recurrence] = due(task)
    monkeypatch.setattr(occurrences, "as_seen", lambda row: Recurrence.objects.filter(pk=row.pk))

    everybody_makes(recurrence)

    assert SubTask.objects.count() > 1


def test_without_the_guard_the_database_still_refuses_a_second_one(task, monkeypatch):
    [recurrence] = due(task)
    monkeypatch.setattr(occurrences, "as_seen", lambda row: Recurrence.objects.filter(pk=row.pk))

    outcomes = everybody_makes(recurrence)

    assert sum("IntegrityError" in outcome for outcome in outcomes) == THREADS - 1
    assert SubTask.objects.count() == 1


def test_of_workers_in_threads_and_processes_each_time_gets_one(task):
    due(task, count=12)

    outcomes = in_processes(["go()\nwork.create_occurrences()"] * PROCESSES)
    outcomes += in_threads([services.create_occurrences] * 2)

    assert outcomes == ["won"] * (PROCESSES + 2)
    assert sorted(SubTask.objects.values_list("name", flat=True)) == sorted(f"Part {n}" for n in range(12))
    assert Event.objects.filter(kind="recurrence.occur").count() == 12


def test_a_task_is_never_completed_around_a_sub_task_that_the_clock_makes(pia):
    for _ in range(5):
        task = services.create_task(name="News", by=pia.agent)
        due(task)

        in_threads(
            [
                services.create_occurrences,
                partial(services.set_task_status, Task.objects.get(pk=task.pk), "completed", by=pia.agent),
            ]
        )

        completed = Task.objects.get(pk=task.pk).status == "completed"
        assert not (completed and SubTask.objects.filter(task=task).exists())


@pytest.mark.parametrize("stop", [services.pause_recurrence, services.end_recurrence])
def test_what_is_stopped_in_the_moment_it_is_due_makes_no_more(task, pia, stop):
    for _ in range(5):
        [recurrence] = due(task)

        outcomes = in_threads(
            [
                services.create_occurrences,
                partial(stop, Recurrence.objects.get(pk=recurrence.pk), by=pia.agent),
            ]
        )

        assert outcomes == ["won", "won"]
        made = SubTask.objects.filter(recurrence=recurrence).count()
        SubTask.objects.filter(recurrence=recurrence).update(status="cancelled")
        Recurrence.objects.update(next_at=timezone.now())
        services.create_occurrences()
        assert SubTask.objects.filter(recurrence=recurrence).count() == made <= 1


def test_of_two_edits_that_belong_together_one_wins(task, pia):
    for _ in range(5):
        recurrence = services.create_recurrence(task, name="Daily", cron="0 9 * * *", by=pia.agent)

        outcomes = in_threads(
            [
                partial(
                    services.edit_recurrence,
                    Recurrence.objects.select_related("task").get(pk=recurrence.pk),
                    by=pia.agent,
                    **change,
                )
                for change in ({"cron": "0 8 * * *"}, {"timezone": "Asia/Shanghai"})
            ]
        )

        recurrence.refresh_from_db()
        assert sorted(outcomes) == ["conflict", "won"]
        assert recurrence.next_at == recurrence.schedule.after(timezone.now())


def test_of_two_who_end_it_one_is_told_of(task, pia):
    [recurrence] = due(task)

    outcomes = in_threads(
        [
            partial(services.end_recurrence, Recurrence.objects.get(pk=recurrence.pk), by=pia.agent)
            for _ in range(THREADS)
        ]
    )

    assert sorted(outcomes) == ["conflict"] * (THREADS - 1) + ["won"]
    assert Event.objects.filter(kind="recurrence.end").count() == 1
