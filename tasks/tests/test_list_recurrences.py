"""Reading what recurs: every role may, with the times that come."""

import pytest
import time_machine

from tasks.models import Task
from tasks.selectors import upcoming
from tasks.services import create_recurrence

UNKNOWN = "11111111-2222-3333-4444-555555555555"


@pytest.fixture(autouse=True)
def clock():
    with time_machine.travel("2026-03-27T12:00:00Z", tick=False) as clock:
        yield clock


def test_every_role_reads_what_recurs(daily, pia, erin, rita, pat):
    answers = [
        caller.get(address)
        for caller in (pia, erin, rita, pat)
        for address in ("/api/recurrences", f"/api/recurrences/{daily.pk}", f"/api/recurrences/{daily.pk}/")
    ]

    assert [answer.status_code for answer in answers] == [200] * 12


def test_the_list_is_enveloped_newest_first_and_of_one_task_if_asked(clock, daily, task, erin):
    clock.shift(60)
    other = Task.objects.create(name="Other")
    later = create_recurrence(other, name="Weekly", cron="0 9 * * 1", by=None)

    everything = erin.get("/api/recurrences").json()
    of_task = erin.get("/api/recurrences", task_id=str(task.pk)).json()

    assert [row["id"] for row in everything["items"]] == [str(later.pk), str(daily.pk)]
    assert (everything["total"], everything["has_more"]) == (2, False)
    assert [row["name"] for row in of_task["items"]] == ["Collect"]
    assert erin.get("/api/recurrences", page_size=1, page=2).json()["items"][0]["id"] == str(daily.pk)


def test_the_next_five_times_cross_the_change_of_clocks(task, erin):
    create_recurrence(task, name="Daily", cron="30 2 * * *", timezone="Europe/Berlin", by=None)

    [row] = erin.get("/api/recurrences").json()["items"]

    assert row["next"] == [
        "2026-03-28T01:30:00Z",
        "2026-03-29T01:00:00Z",
        "2026-03-30T00:30:00Z",
        "2026-03-31T00:30:00Z",
        "2026-04-01T00:30:00Z",
    ]


def test_nothing_comes_in_a_closed_task(daily, task, erin):
    Task.objects.filter(pk=task.pk).update(status="completed")

    assert erin.get(f"/api/recurrences/{daily.pk}").json()["next"] == []
    assert erin.get(f"/api/recurrences/{daily.pk}").json()["state"] == "active"


def test_the_unfinished_sub_task_is_named(daily, given, erin):
    given("cancelled", recurrence=daily, occurrence="2026-03-26T09:00Z")
    unfinished = given("blocked", recurrence=daily, occurrence="2026-03-27T09:00Z")

    assert erin.get(f"/api/recurrences/{daily.pk}").json()["open_sub_task"] == str(unfinished.pk)


def test_a_list_takes_a_fixed_number_of_queries(task, erin, django_assert_num_queries):
    for n in range(20):
        create_recurrence(task, name=f"Number {n}", cron="* * * * *", by=None)
    erin.get("/api/agents/me")

    with django_assert_num_queries(3):
        answer = erin.get("/api/recurrences")

    assert len(answer.json()["items"]) == 20


def test_as_many_times_as_one_likes_can_be_seen(daily):
    assert [f"{at:%d %H:%M}" for at in upcoming(daily, count=2)] == ["28 09:00", "29 09:00"]


@pytest.mark.parametrize("id", [UNKNOWN, "Daily", "1"])
def test_an_unknown_one_is_not_found(daily, unchanged, pia, id):
    with unchanged(daily):
        answers = [
            pia.get(f"/api/recurrences/{id}"),
            pia.put(f"/api/recurrences/{id}", name="Gather"),
            pia.post(f"/api/recurrences/{id}/pause"),
            pia.get("/api/recurrences", task_id=id),
        ]

    assert [answer.status_code for answer in answers] == [404] * 4
    assert answers[0].json()["detail"] == f"There is no recurrence with the id '{id}'."
