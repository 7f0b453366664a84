from datetime import datetime, timezone

import pytest
from django.utils.timezone import now

from agents.models import Agent
from tasks.models import Recurrence, Task


def test_every_role_reads_every_sub_task(given, pia, erin, ed, rita, pat):
    sub_task = given("in_progress", holder=erin)

    answers = [caller.get(f"/api/sub-tasks/{sub_task.pk}") for caller in (pia, erin, ed, rita, pat)]

    assert [answer.json()["status"] for answer in answers] == ["in_progress"] * 5


def test_both_forms_of_the_address_serve(given, erin):
    sub_task = given("pending")

    answer = erin.get(f"/api/sub-tasks/{sub_task.pk}/")

    assert answer.json()["id"] == str(sub_task.pk)


def test_a_reader_sees_when_the_holder_was_heard_of_last(given, pia, erin):
    sub_task, free = given("in_progress", holder=erin), given("pending")
    before = pia.get(f"/api/sub-tasks/{sub_task.pk}").json()["heartbeat_at"]
    seen_at = now()
    Agent.objects.filter(pk=erin.id).update(last_seen_at=seen_at)

    heartbeats = [pia.get(f"/api/sub-tasks/{row.pk}").json()["heartbeat_at"] for row in (sub_task, free)]

    assert before is None
    assert heartbeats == [seen_at.isoformat().replace("+00:00", "Z"), None]


def test_a_reader_sees_what_it_waits_for_whether_done_or_not(given, erin, ed):
    done, still_open = given("done", holder=ed), given("pending")
    sub_task = given("pending", needs=[still_open, done])

    answer = erin.get(f"/api/sub-tasks/{sub_task.pk}")

    assert answer.json()["depends_on"] == [str(still_open.pk), str(done.pk)]
    assert erin.get(f"/api/sub-tasks/{done.pk}").json()["depends_on"] == []


def test_a_reader_sees_by_what_schedule_it_comes_again(given, daily, erin):
    at = datetime(2026, 11, 25, 9, tzinfo=timezone.utc)
    sub_task = given("pending", type="recurring", recurrence=daily, occurrence=at)

    answer = erin.get(f"/api/sub-tasks/{sub_task.pk}").json()

    assert answer["recurring_config"] == {
        "cron": "0 9 * * *",
        "timezone": "UTC",
        "overlap": "skip",
        "catch_up": "one",
    }
    assert answer["recurrence_id"] == str(daily.pk)
    assert answer["occurrence"] == "2026-11-25T09:00:00Z"


def test_a_list_reads_all_schedules_in_one_query(given, task, erin, django_assert_max_num_queries):
    for _ in range(5):
        recurrence = Recurrence.objects.create(task=task, name="Daily", cron="0 9 * * *", next_at=now())
        given("pending", recurrence=recurrence, occurrence=now())
    erin.get("/api/agents/me")

    with django_assert_max_num_queries(5):
        answer = erin.get("/api/sub-tasks").json()

    assert [row["recurring_config"]["cron"] for row in answer["items"]] == ["0 9 * * *"] * 5


@pytest.mark.parametrize("id", ["11111111-2222-3333-4444-555555555555", "Collect", "1"])
def test_an_unknown_sub_task_is_not_found(given, erin, id):
    given("pending")

    answer = erin.get(f"/api/sub-tasks/{id}")

    assert answer.status_code == 404
    assert answer.json()["detail"] == f"There is no sub-task with the id '{id}'."


def test_the_id_of_something_else_is_not_found(erin):
    task = Task.objects.create(name="News")

    answer = erin.get(f"/api/sub-tasks/{task.pk}")

    assert answer.status_code == 404
