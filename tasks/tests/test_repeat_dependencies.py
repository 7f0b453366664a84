"""What the last one waited for, the next one waits for as well; and its rules are the same."""

import pytest
import time_machine

from notifications.models import Event
from tasks.models import Dependency, Rule, SubTask
from tasks.services import add_rule, begin_recurring, create_occurrences
from tasks.tests.work import finish


@pytest.fixture(autouse=True)
def clock():
    with time_machine.travel("2026-11-25T12:00:00Z", tick=False) as clock:
        yield clock


@pytest.fixture
def next_day(clock):
    """Let another day come, and the clock look at nine."""
    days = iter(range(26, 31))

    def come(hour: str = "09:00") -> dict[str, SubTask]:
        clock.move_to(f"2026-11-{next(days)}T{hour}:00Z")
        create_occurrences()
        return {row.name: row for row in SubTask.objects.exclude(recurrence=None).order_by("occurrence")}

    return come


def begin(task, name: str, *needs: SubTask, cron: str = "0 9 * * *", **more) -> SubTask:
    return begin_recurring(task, name=name, cron=cron, depends_on=needs, by=None, **more)


def waits_for(sub_task: SubTask) -> list[SubTask]:
    return [edge.needs for edge in Dependency.objects.filter(sub_task=sub_task).select_related("needs")]


def left_out() -> str:
    return Event.objects.filter(kind="recurrence.occur").last().why


def test_work_that_comes_once_stays_before_all_that_recurs(task, given, next_day, erin):
    sources = given("done", holder=erin, name="Find sources")
    finish(begin(task, "Collect", sources), erin)

    made = next_day()["Collect"]

    assert waits_for(made) == [sources]
    assert erin.post(f"/api/sub-tasks/{made.pk}/claim").status_code == 200


def test_the_next_one_waits_for_the_next_one_of_what_it_waited_for(task, next_day, erin):
    collect = begin(task, "Collect")
    write = begin(task, "Write", collect)
    finish(collect, erin), finish(write, erin)

    made = next_day()

    assert made["Write"].pk != write.pk
    assert waits_for(made["Write"]) == [made["Collect"]]
    assert erin.post(f"/api/sub-tasks/{made['Write'].pk}/claim").status_code == 409


def test_what_is_due_at_the_same_time_is_made_in_the_order_of_its_dependencies(task, next_day, erin):
    # Made in the reverse order, newest first as a list would have them.
    names = ["Publish", "Write", "Collect"]
    rows = {name: begin(task, name) for name in names}
    for name, need in (("Publish", "Write"), ("Write", "Collect")):
        Dependency.objects.create(sub_task=rows[name], needs=rows[need])
    for row in rows.values():
        finish(row, erin)

    made = next_day()

    assert [waits_for(made[name]) for name in names] == [[made["Write"]], [made["Collect"]], []]


def test_recurrences_that_wait_for_each_other_in_a_circle_are_made_all_the_same(task, next_day, erin):
    one, other = begin(task, "One"), begin(task, "Other")
    finish(one, erin), finish(other, erin)
    first = next_day()
    Dependency.objects.create(sub_task=first["One"], needs=other)
    Dependency.objects.create(sub_task=first["Other"], needs=one)
    finish(first["One"], erin), finish(first["Other"], erin)

    second = next_day()

    assert {second["One"].pk, second["Other"].pk}.isdisjoint({first["One"].pk, first["Other"].pk})
    assert len(waits_for(second["One"])) == len(waits_for(second["Other"])) == 1


def test_more_frequent_work_waits_for_the_newest_of_what_comes_seldom(task, next_day, erin):
    weekly = begin(task, "Choose", cron="0 8 * * 5")
    daily = begin(task, "Collect", weekly)
    finish(weekly, erin), finish(daily, erin)

    thursday = next_day()
    finish(thursday["Collect"], erin)
    friday = next_day()

    assert waits_for(thursday["Collect"]) == [weekly]
    assert friday["Choose"].pk != weekly.pk
    assert waits_for(friday["Collect"]) == [friday["Choose"]]


def test_work_of_a_later_time_is_not_waited_for(task, next_day, erin):
    collect = begin(task, "Collect", cron="0 10 * * *")
    write = begin(task, "Write", collect)
    finish(collect, erin), finish(write, erin)

    made = next_day("10:30")  # after an outage

    assert made["Collect"].pk != collect.pk
    assert waits_for(made["Write"]) == [collect]


def test_cancelled_work_is_not_waited_for_and_the_event_says_so(task, given, next_day, erin):
    sources, gone = given("done", holder=erin), given("cancelled", name="Ask around")
    finish(begin(task, "Collect", sources, gone), erin)

    made = next_day()["Collect"]

    assert waits_for(made) == [sources]
    assert left_out() == "It does not wait for 'Ask around': cancelled."
    assert erin.post(f"/api/sub-tasks/{made.pk}/claim").status_code == 200


def test_after_a_cancelled_day_the_days_are_joined_as_before(task, next_day, erin):
    collect = begin(task, "Collect")
    finish(collect, erin), finish(begin(task, "Write", collect), erin)
    first = next_day()
    finish(first["Collect"], erin, "cancelled"), finish(first["Write"], erin, "cancelled")

    second = next_day()
    finish(second["Collect"], erin), finish(second["Write"], erin)
    third = next_day()

    assert waits_for(second["Write"]) == [second["Collect"]]
    assert waits_for(third["Write"]) == [third["Collect"]]


def test_a_cancelled_occurrence_does_not_strand_what_comes(task, next_day, erin, clock):
    collect = begin(task, "Collect", cron="0 8 * * *")
    write = begin(task, "Write", collect)
    finish(collect, erin), finish(write, erin)
    clock.move_to("2026-11-26T08:00:00Z")
    create_occurrences()
    finish(SubTask.objects.get(name="Collect", status="pending"), erin, "cancelled")

    made = next_day()["Write"]

    assert waits_for(made) == [collect]
    assert erin.post(f"/api/sub-tasks/{made.pk}/claim").status_code == 200


def test_an_edit_of_the_last_one_holds_for_the_next(task, given, next_day, pia, erin):
    sources = given("done", holder=erin, name="Find sources")
    collect = begin(task, "Collect")
    pia.put(f"/api/sub-tasks/{collect.pk}", depends_on=[str(sources.pk)])
    finish(collect, erin)

    assert waits_for(next_day()["Collect"]) == [sources]


def test_rules_are_the_same_as_before(task, next_day, pia, erin, clock):
    collect = begin(task, "Collect")
    for content in ("No paywalls.", "Ten at the most."):
        clock.shift(60)
        add_rule(content=content, sub_task=collect, by=pia.agent)
    finish(collect, erin)

    made = next_day()["Collect"]

    assert [rule.content for rule in Rule.objects.filter(sub_task=made)] == [
        "No paywalls.",
        "Ten at the most.",
    ]
    assert Rule.objects.filter(sub_task=collect).count() == 2
    assert Event.objects.filter(kind="rule.create", actor_role="clock").count() == 2
