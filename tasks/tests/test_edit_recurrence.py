"""Changing what comes: the schedule and the template, never what is there."""

import pytest
import time_machine

from agents.services import disable_agent
from notifications.models import Event
from tasks.models import Module, Recurrence, SubTask, Task
from tasks.services import create_occurrences


@pytest.fixture(autouse=True)
def clock():
    with time_machine.travel("2026-11-25T12:00:00Z", tick=False) as clock:
        yield clock


def test_what_comes_is_made_by_the_new_template(clock, daily, given, pia, erin):
    there = given("done", holder=erin, recurrence=daily, occurrence=daily.created_at)

    answer = pia.put(
        f"/api/recurrences/{daily.pk}",
        name="Gather",
        description="Ten papers",
        priority="high",
        assigned_agent=erin.id,
    )

    clock.move_to("2026-11-26T09:00:00Z")
    create_occurrences()
    made = SubTask.objects.exclude(pk=there.pk).get()
    assert answer.status_code == 200, answer.content
    assert (made.name, made.description, made.priority) == ("Gather", "Ten papers", "high")
    assert (made.assignee, made.status) == (erin.agent, "assigned")
    assert SubTask.objects.get(pk=there.pk).name == "Collect"


def test_a_new_schedule_counts_from_now_on(clock, daily, pia):
    answer = pia.put(f"/api/recurrences/{daily.pk}", cron="0 8 * * 1", timezone="Europe/Berlin")

    assert answer.json()["next"][0] == "2026-11-30T07:00:00Z"
    clock.move_to("2026-11-26T09:00:00Z")
    assert create_occurrences() == 0
    clock.move_to("2026-11-30T07:00:00Z")
    assert create_occurrences() == 1


def test_a_new_zone_moves_the_same_hour(daily, pia):
    answer = pia.put(f"/api/recurrences/{daily.pk}", timezone="Asia/Shanghai")

    assert answer.json()["next"][0] == "2026-11-26T01:00:00Z"
    assert answer.json()["cron"] == "0 9 * * *"


def test_what_is_not_named_stays(daily, pia, erin):
    pia.put(f"/api/recurrences/{daily.pk}", overlap="queue", catch_up="skip", assigned_agent=erin.id)

    answer = pia.put(f"/api/recurrences/{daily.pk}", name=None, cron=None, deliverable="news.md")

    assert (answer.json()["name"], answer.json()["cron"]) == ("Collect", "0 9 * * *")
    assert (answer.json()["overlap"], answer.json()["catch_up"]) == ("queue", "skip")
    assert (answer.json()["assigned_agent"], answer.json()["deliverable"]) == (erin.id, "news.md")


def test_an_empty_assignee_leaves_what_comes_free_and_an_empty_module_means_none(daily, task, pia, erin):
    module = Module.objects.create(task=task, name="Research")
    given = pia.put(f"/api/recurrences/{daily.pk}", assigned_agent=erin.id, module_id=str(module.pk)).json()

    answer = pia.put(f"/api/recurrences/{daily.pk}", assigned_agent="", module_id="").json()

    assert (given["assigned_agent"], given["module_id"]) == (erin.id, str(module.pk))
    assert (answer["assigned_agent"], answer["module_id"]) == (None, None)


def test_an_edit_is_told_by_one_event_that_names_the_fields(daily, events, pia):
    pia.put(f"/api/recurrences/{daily.pk}", cron="0 8 * * *", name="Gather")

    assert events(daily) == ["recurrence.create:  > ", "recurrence.edit:  > "]
    assert Event.objects.last().data == {"fields": ["cron", "name"]}


def test_an_edit_that_changes_nothing_is_no_event(daily, events, unchanged, pia):
    with unchanged(daily):
        answer = pia.put(f"/api/recurrences/{daily.pk}", name="Collect", cron="0 9 * * *")

    assert answer.status_code == 200


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("cron", "61 9 * * *"),
        ("cron", "0 9 30 2 *"),
        ("timezone", "Mars/Olympus"),
        ("overlap", "wait"),
        ("catch_up", ""),
        ("name", ""),
        ("priority", "urgent"),
        ("assigned_agent", 5),
    ],
)
def test_nonsense_is_refused(daily, unchanged, pia, field, value):
    with unchanged(daily):
        answer = pia.put(f"/api/recurrences/{daily.pk}", **{field: value})

    assert answer.status_code == 400
    assert list(answer.json()["fields"]) == [field]


def test_what_comes_is_given_to_active_executors_only(daily, unchanged, pia, rita, ed):
    disable_agent(ed.agent)

    with unchanged(daily):
        answers = [
            pia.put(f"/api/recurrences/{daily.pk}", assigned_agent=agent.id, name="Gather")
            for agent in (rita, ed)
        ]

    assert [list(answer.json()["fields"]) for answer in answers] == [["assigned_agent"]] * 2


def test_what_has_ended_cannot_be_edited(daily, unchanged, pia):
    pia.post(f"/api/recurrences/{daily.pk}/end")

    with unchanged(daily):
        answer = pia.put(f"/api/recurrences/{daily.pk}", name="Gather")

    assert answer.status_code == 409
    assert answer.json()["detail"] == "Recurrence 'Collect' has ended."


def test_what_recurs_in_a_closed_task_cannot_be_edited(daily, task, unchanged, pia):
    Task.objects.filter(pk=task.pk).update(status="completed")

    with unchanged(daily):
        answer = pia.put(f"/api/recurrences/{daily.pk}", name="Gather")

    assert answer.status_code == 409


def test_an_edit_of_what_somebody_else_changed_meanwhile_is_refused(daily, pia, monkeypatch):
    seen = Recurrence.objects.get(pk=daily.pk)
    pia.put(f"/api/recurrences/{daily.pk}", cron="0 8 * * *")
    monkeypatch.setattr("tasks.api.recurrences.RecurrenceViewSet._find", lambda self, id: seen)

    answer = pia.put(f"/api/recurrences/{daily.pk}", timezone="Asia/Shanghai")

    assert answer.status_code == 409
    assert Recurrence.objects.get().timezone == "UTC"
