"""A POST under an Idempotency-Key happens once, however often it is sent."""

from datetime import timedelta

import pytest
from django.utils import timezone

from notifications.models import Event
from openmoss.api.idempotency import prune_answers
from openmoss.models import IdempotencyRecord
from tasks.models import ActivityLog, SubTask, Task


def test_a_task_is_created_once(pia):
    first = pia.post("/api/tasks", idempotency_key="plan-1", name="News", description="Daily")

    second = pia.post("/api/tasks", idempotency_key="plan-1", name="News", description="Daily")

    assert (first.status_code, second.status_code) == (200, 200)
    assert second.json() == first.json()
    assert "Idempotent-Replay" not in first.headers
    assert second.headers["Idempotent-Replay"] == "true"
    assert Task.objects.count() == 1
    assert Event.objects.filter(kind="task.create").count() == 1


def test_without_a_key_a_second_call_is_a_second_task(pia):
    pia.post("/api/tasks", name="News")

    pia.post("/api/tasks", name="News")

    assert Task.objects.count() == 2
    assert IdempotencyRecord.objects.count() == 0


def test_what_cannot_be_repeated_is_replayed(given, unchanged, erin):
    sub_task = given("in_progress", holder=erin)
    path = f"/api/sub-tasks/{sub_task.pk}/release"
    first = erin.post(path, idempotency_key="give-back", reason="Too hard for me.")

    with unchanged(sub_task):
        second = erin.post(path, idempotency_key="give-back", reason="Too hard for me.")

    assert second.status_code == 200
    assert second.content == first.content


def test_a_replay_is_the_first_answer_even_when_the_work_went_on(given, unchanged, pia, erin, ed):
    sub_task = given("pending")
    path = f"/api/sub-tasks/{sub_task.pk}/claim"
    first = erin.post(path, idempotency_key="mine")
    pia.post(f"/api/sub-tasks/{sub_task.pk}/reassign", agent_id=ed.id)

    with unchanged(sub_task):
        second = erin.post(path, idempotency_key="mine")

    assert second.json() == first.json()
    assert second.json()["assigned_agent"] == erin.id
    assert SubTask.objects.get().assignee == ed.agent


def test_a_log_is_written_once(erin):
    for _ in range(3):
        erin.post("/api/logs", idempotency_key="said", action="plan", summary="Read first.")

    assert ActivityLog.objects.count() == 1


def test_both_forms_of_an_address_are_one_call(pia):
    pia.post("/api/tasks", idempotency_key="plan-1", name="News")

    answer = pia.post("/api/tasks/", idempotency_key="plan-1", name="News")

    assert answer.headers["Idempotent-Replay"] == "true"
    assert Task.objects.count() == 1


def test_another_body_under_the_same_key_is_refused(pia):
    pia.post("/api/tasks", idempotency_key="plan-1", name="News")

    answer = pia.post("/api/tasks", idempotency_key="plan-1", name="Weather")

    assert answer.status_code == 409
    assert answer.json()["hint"] == "Make a new key for every new call."
    assert Task.objects.get().name == "News"
    assert Event.objects.filter(kind="task.create").count() == 1


def test_another_address_under_the_same_key_is_refused(given, unchanged, erin):
    first, second = given("pending"), given("pending")
    erin.post(f"/api/sub-tasks/{first.pk}/claim", idempotency_key="mine")

    with unchanged(second):
        answer = erin.post(f"/api/sub-tasks/{second.pk}/claim", idempotency_key="mine")

    assert answer.status_code == 409


def test_the_same_key_of_another_agent_is_another_key(erin, ed):
    erin.post("/api/logs", idempotency_key="1", action="plan", summary="Read first.")

    answer = ed.post("/api/logs", idempotency_key="1", action="plan", summary="Read first.")

    assert answer.json()["agent_id"] == ed.id
    assert "Idempotent-Replay" not in answer.headers
    assert ActivityLog.objects.count() == 2


def test_a_refused_call_is_not_remembered(given, pia, erin):
    first = given("in_progress", holder=erin)
    sub_task = given("pending", needs=[first])
    path = f"/api/sub-tasks/{sub_task.pk}/claim"
    refused = erin.post(path, idempotency_key="mine")
    SubTask.objects.filter(pk=first.pk).update(status="done", completed_at=timezone.now())

    answer = erin.post(path, idempotency_key="mine")

    assert refused.status_code == 409
    assert answer.status_code == 200
    assert answer.json()["status"] == "assigned"
    assert "Idempotent-Replay" not in answer.headers


@pytest.mark.parametrize(("role", "code", "body"), [("erin", 403, {"name": "News"}), ("pia", 400, {})])
def test_a_call_that_never_got_through_leaves_no_record(request, role, code, body):
    caller = request.getfixturevalue(role)

    answer = caller.post("/api/tasks", idempotency_key="plan-1", **body)

    assert answer.status_code == code
    assert IdempotencyRecord.objects.count() == 0
    assert Task.objects.count() == 0


@pytest.mark.parametrize(("age", "tasks"), [(timedelta(hours=23), 1), (timedelta(hours=25), 2)])
def test_a_key_is_remembered_for_24_hours(pia, age, tasks):
    pia.post("/api/tasks", idempotency_key="plan-1", name="News")
    IdempotencyRecord.objects.update(created_at=timezone.now() - age)

    answer = pia.post("/api/tasks", idempotency_key="plan-1", name="News")

    assert answer.status_code == 200
    assert Task.objects.count() == tasks
    assert IdempotencyRecord.objects.count() == 1


def test_an_expired_key_takes_another_body(pia):
    pia.post("/api/tasks", idempotency_key="plan-1", name="News")
    IdempotencyRecord.objects.update(created_at=timezone.now() - timedelta(hours=25))

    answer = pia.post("/api/tasks", idempotency_key="plan-1", name="Weather")

    assert answer.json()["name"] == "Weather"


def test_the_clock_forgets_old_answers(pia):
    pia.post("/api/tasks", idempotency_key="old", name="News")
    IdempotencyRecord.objects.update(created_at=timezone.now() - timedelta(hours=25))
    pia.post("/api/tasks", idempotency_key="young", name="News")

    forgotten = prune_answers()

    assert forgotten == 1
    assert IdempotencyRecord.objects.get().key == "young"


@pytest.mark.parametrize("key", ["x" * 201, "a\x00b", "a\tb", "a\x7fb"])
def test_a_garbled_key_is_refused(pia, key):
    answer = pia.post("/api/tasks", idempotency_key=key, name="News")

    assert answer.status_code == 400
    assert "Idempotency-Key" in answer.json()["detail"]
    assert Task.objects.count() == 0
    assert IdempotencyRecord.objects.count() == 0


@pytest.mark.parametrize("key", ["x" * 200, "clé", "a b", "*"])
def test_every_printable_key_serves(pia, key):
    for _ in range(2):
        pia.post("/api/tasks", idempotency_key=key, name="News")

    assert Task.objects.count() == 1


def test_only_a_post_has_a_key(pia):
    task = Task.objects.create(name="News")

    for _ in range(2):
        read = pia.raw("GET", "/api/tasks", b"", **{"Idempotency-Key": "1"})
        edit = pia.raw("PUT", f"/api/tasks/{task.pk}", b'{"name": "News 2"}', **{"Idempotency-Key": "1"})

    assert (read.status_code, edit.status_code) == (200, 200)
    assert "Idempotent-Replay" not in read.headers
    assert "Idempotent-Replay" not in edit.headers
    assert IdempotencyRecord.objects.count() == 0
