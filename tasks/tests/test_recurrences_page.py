"""Recurring work, as a person begins, edits, pauses, resumes and ends it."""

import pytest

from notifications.models import Event
from tasks.models import Module, Recurrence
from tasks.services import pause_recurrence

NEW = {
    "name": "Collect",
    "priority": "medium",
    "cron": "0 9 * * 1-5",
    "timezone": "Asia/Shanghai",
    "overlap": "skip",
    "catch_up": "skip",
}


def test_a_person_begins_recurring_work(desk, task, erin):
    module = Module.objects.create(task=task, name="Sources")

    answer = desk.post(f"/tasks/{task.pk}/recurrences/new", NEW | {"assignee": erin.id, "module": module.pk})

    recurrence = Recurrence.objects.get()
    assert answer.url == f"/tasks/{task.pk}"
    assert recurrence.config == {
        "cron": "0 9 * * 1-5",
        "timezone": "Asia/Shanghai",
        "overlap": "skip",
        "catch_up": "skip",
    }
    assert (recurrence.assignee, recurrence.module) == (erin.agent, module)
    assert Event.objects.about(recurrence).get().actor_name == "Ann"


def test_a_zone_that_is_none_is_shown_at_its_field(desk, task):
    answer = desk.post(f"/tasks/{task.pk}/recurrences/new", NEW | {"timezone": "Mars/Phobos"})

    assert "is no time zone" in answer.context["form"].errors["timezone"][0]
    assert not Recurrence.objects.exists()


def test_the_next_times_follow_what_is_typed(onlooker, time_machine):
    time_machine.move_to("2026-03-06T12:00:00Z", tick=False)  # a Friday

    page = onlooker.get("/recurrences/preview", {"cron": "0 9 * * 1-5", "timezone": "Asia/Shanghai"})
    wrong = onlooker.get("/recurrences/preview", {"cron": "<b>", "timezone": "UTC"})
    nothing = onlooker.get("/recurrences/preview")

    assert "Mon 9 Mar 2026, 09:00" in page.content.decode()
    assert "Mon 9 Mar 2026, 01:00:00 UTC" in page.content.decode()
    assert page.content.decode().count("<li>") == 5
    assert "&lt;b&gt;" in wrong.content.decode()
    assert "is no schedule" in wrong.content.decode()
    assert "appear here" in nothing.content.decode()


def test_an_edit_changes_what_was_changed(desk, daily, erin):
    Recurrence.objects.filter(pk=daily.pk).update(assignee=erin.agent)
    desk_form = desk.get(f"/recurrences/{daily.pk}/edit")
    form = desk_form.context["form"]
    shown = {name: form[name].value() for name in form.fields}
    shown = {name: getattr(value, "pk", value) for name, value in shown.items() if value is not None}
    erin.agent.__class__.objects.filter(pk=erin.id).update(status="disabled")

    answer = desk.post(f"/recurrences/{daily.pk}/edit", shown | {"cron": "0 10 * * *"})

    daily.refresh_from_db()
    assert "09:00" in desk_form.content.decode()
    assert answer.url == f"/tasks/{daily.task_id}"
    assert (daily.cron, daily.assignee) == ("0 10 * * *", erin.agent)
    event = Event.objects.about(daily).latest("pk")
    assert (event.kind, event.actor_name, event.data) == ("recurrence.edit", "Ann", {"fields": ["cron"]})


@pytest.mark.parametrize(("verb", "state"), [("pause", "paused"), ("resume", "active"), ("end", "ended")])
def test_a_person_pauses_resumes_and_ends(desk, daily, verb, state):
    if verb == "resume":
        pause_recurrence(daily, by=None)

    answer = desk.post(f"/recurrences/{daily.pk}/{verb}", {"why": "The harbour is closed."})

    daily.refresh_from_db()
    event = Event.objects.about(daily).latest("pk")
    assert answer.url == f"/tasks/{daily.task_id}"
    assert daily.state == state
    assert (event.kind, event.actor_name, event.why) == (
        f"recurrence.{verb}",
        "Ann",
        "The harbour is closed.",
    )


def test_what_has_ended_is_not_paused(desk, daily):
    desk.post(f"/recurrences/{daily.pk}/end", {"why": "Enough."})

    answer = desk.post(f"/recurrences/{daily.pk}/pause", {"why": "For now."})

    assert answer.status_code == 422
    assert "has ended" in answer.content.decode()
