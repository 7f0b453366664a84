"""Stopping for a while, going on, and ending for good."""

import pytest
import time_machine

from notifications.models import Event
from tasks.models import SubTask
from tasks.services import create_occurrences, end_recurrence, pause_recurrence, resume_recurrence


@pytest.fixture(autouse=True)
def clock():
    with time_machine.travel("2026-11-25T12:00:00Z", tick=False) as clock:
        yield clock


def test_nothing_comes_in_a_pause(clock, daily, pia):
    answer = pia.post(f"/api/recurrences/{daily.pk}/pause", reason="Holidays")

    assert (answer.json()["state"], answer.json()["paused_at"]) == ("paused", "2026-11-25T12:00:00Z")
    assert answer.json()["next"] == []
    clock.move_to("2026-11-27T09:00:00Z")
    assert create_occurrences() == 0
    assert not SubTask.objects.exists()


def test_what_was_due_in_a_pause_is_not_made_up_for(clock, daily, pia):
    pia.post(f"/api/recurrences/{daily.pk}/pause")
    clock.move_to("2026-11-27T09:03:00Z")

    answer = pia.post(f"/api/recurrences/{daily.pk}/resume")

    assert (answer.json()["state"], answer.json()["paused_at"]) == ("active", None)
    assert answer.json()["next"][0] == "2026-11-28T09:00:00Z"
    assert create_occurrences() == 0
    clock.move_to("2026-11-28T09:00:00Z")
    assert create_occurrences() == 1


def test_nothing_comes_after_the_end_and_what_is_there_stays(clock, daily, given, pia):
    there = given("pending", recurrence=daily, occurrence=daily.created_at)

    answer = pia.post(f"/api/recurrences/{daily.pk}/end", reason="Nobody reads it")

    assert (answer.json()["state"], answer.json()["next"]) == ("ended", [])
    assert answer.json()["open_sub_task"] == str(there.pk)
    clock.move_to("2026-11-27T09:00:00Z")
    assert create_occurrences() == 0
    assert SubTask.objects.get().status == "pending"


def test_each_is_told_by_one_event_with_its_reason(daily, events, pia):
    pia.post(f"/api/recurrences/{daily.pk}/pause", reason="Holidays")
    pia.post(f"/api/recurrences/{daily.pk}/resume", reason="Back at work")
    pia.post(f"/api/recurrences/{daily.pk}/end", reason="Nobody reads it")

    assert events(daily)[1:] == [
        "recurrence.pause:  > paused",
        "recurrence.resume:  > active",
        "recurrence.end:  > ended",
    ]
    assert [event.why for event in Event.objects.about(daily)][1:] == [
        "Holidays",
        "Back at work",
        "Nobody reads it",
    ]


@pytest.mark.parametrize("moves", [["pause"], ["resume"], ["pause", "resume"], ["end"], ["pause", "end"]])
def test_the_same_again_changes_nothing(daily, unchanged, pia, moves):
    for move in moves:
        pia.post(f"/api/recurrences/{daily.pk}/{move}")

    with unchanged(daily):
        answer = pia.post(f"/api/recurrences/{daily.pk}/{moves[-1]}")

    assert answer.status_code == 200


@pytest.mark.parametrize("move", ["pause", "resume"])
def test_what_has_ended_does_not_go_on(daily, unchanged, pia, move):
    pia.post(f"/api/recurrences/{daily.pk}/end")

    with unchanged(daily):
        answer = pia.post(f"/api/recurrences/{daily.pk}/{move}")

    assert answer.status_code == 409
    assert answer.json()["hint"] == "Create a new one."


@pytest.mark.parametrize("move", ["pause", "resume", "end"])
def test_only_planners_may(daily, unchanged, erin, rita, pat, move):
    with unchanged(daily):
        answers = [caller.post(f"/api/recurrences/{daily.pk}/{move}") for caller in (erin, rita, pat)]

    assert [answer.status_code for answer in answers] == [403, 403, 403]


def test_a_person_may_as_well(daily, ann):
    pause_recurrence(daily, by=ann)
    resume_recurrence(daily, by=ann)
    end_recurrence(daily, by=ann)

    assert set(Event.objects.filter(actor_role="admin").values_list("actor_name", flat=True)) == {"Ann"}
