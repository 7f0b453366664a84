"""Of thousands of sub-tasks only a few are looked at; the fact of each task is what looking at all would give."""

import random
from datetime import timedelta

import pytest
from django.utils import timezone

from agents.models import Agent
from openmoss.access import Role
from patrol.detectors.scene import Scene
from patrol.selectors.office import Office
from patrol.selectors.pressing import looked_at
from patrol.selectors.why import PERSON, for_a_person, standings
from tasks.models import ActivityLog, Dependency, SubTask, Task
from tasks.workflow import HELD, Status

NOW = timezone.now()


class WholeOffice(Office):
    """Looks at every sub-task."""

    @property
    def pressing(self) -> dict:
        by_task = {task.pk: [] for task in self.tasks}
        for row in looked_at(SubTask.objects.unfinished()).order_by("status_since"):
            by_task[row.task_id].append(row)
        return by_task


def ago(rng: random.Random):
    return NOW - timedelta(minutes=rng.choice((1, 20, 59, 61, 119, 121, 300)), seconds=rng.randrange(60))


def fill(rng: random.Random) -> None:
    """Make forty tasks in a mess: any status, holders of every sort, dependencies and calls for help."""
    agents = [
        Agent(name=f"Agent {n}", role=Role.EXECUTOR, status=status, last_seen_at=seen)
        for n, (status, seen) in enumerate(
            [("active", NOW), ("active", ago(rng)), ("active", None), ("disabled", NOW), ("active", ago(rng))]
        )
    ]
    Agent.objects.bulk_create(agents)
    Agent.objects.create(name="Pia", role=Role.PLANNER)
    for number in range(40):
        # Few of each in one task, or the worst would hide all others.
        statuses, holders = rng.sample(Status.values, 2), rng.sample(agents, 2)
        task = Task.objects.create(name=f"Task {number}", status="in_progress")
        rows = []
        for part in range(rng.randrange(1, 9)):
            status = rng.choice(statuses)
            row = SubTask(task=task, name=f"Part {part}", status=status, status_since=ago(rng))
            row.rework_count = rng.choice((0, 0, 0, 2, 3, 5))
            if status in HELD or status in (Status.REVIEW, Status.DONE):
                row.assignee, row.assigned_at = rng.choice(holders), ago(rng)
            row.completed_at = ago(rng) if status == Status.DONE else None
            rows.append(row)
        SubTask.objects.bulk_create(rows)
        pairs = {(rng.randrange(part), part) for part in range(1, len(rows)) if rng.random() < 0.5}
        Dependency.objects.bulk_create(
            Dependency(sub_task=rows[later], needs=rows[earlier])
            for earlier, later in pairs
            # What was begun no longer waits for others, or has not since.
            if rows[later].status in (Status.PENDING, Status.ASSIGNED)
        )
        for row in rows:
            if row.assignee and rng.random() < 0.1:
                ActivityLog.objects.create(agent=row.assignee, sub_task=row, action="blocked", created_at=NOW)
    SubTask.objects.update(updated_at=NOW - timedelta(days=1))


@pytest.mark.django_db
@pytest.mark.parametrize("seed", [4, 5])
def test_looking_at_a_few_is_as_good_as_looking_at_all(seed):
    fill(random.Random(seed))

    few = standings(Office(Scene(NOW), None))
    all_of_them = standings(WholeOffice(Scene(NOW), None))

    def told(rows):
        return {row.task.name: (row.name, row.since, row.who, row.waiting) for row in rows}

    assert told(few) == told(all_of_them)
    assert [row.fact for row in few] == [row.fact for row in all_of_them]
    assert len({row.fact for row in few}) > 8


@pytest.mark.django_db
@pytest.mark.parametrize("missing", ["nobody", "planner", "executor", "reviewer"])
@pytest.mark.parametrize("overdue", [False, True])
def test_what_is_left_to_a_person_is_found_without_looking_where_nothing_is(missing, overdue):
    fill(random.Random(4))
    Agent.objects.create(name="Rita", role=Role.REVIEWER)
    Agent.objects.filter(role=missing).update(status="disabled")
    if not overdue:
        SubTask.objects.filter(status=Status.REVIEW).update(status_since=NOW)

    office = Office(Scene(NOW), None)
    left = for_a_person(office)

    looked = "pressing" in vars(office)
    expected = [row for row in standings(office) if row.who == PERSON]
    assert [(row.task, row.fact, row.sub_task) for row in left] == [
        (row.task, row.fact, row.sub_task) for row in expected
    ]
    assert looked is (overdue or missing != "nobody")
    assert bool(left) is looked
