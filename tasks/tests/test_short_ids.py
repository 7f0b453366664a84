"""The first six or more characters of an id serve, as long as they name one row."""

import uuid

import pytest

from tasks.models import SubTask

FIRST, SECOND = uuid.UUID(f"abcdef12-{'0' * 4}-4000-8000-{'0' * 12}"), uuid.UUID(f"abcdef99{'0' * 24}")


@pytest.mark.parametrize("id", ["abcdef1", "abcdef12", "ABCDEF12", "abcdef12-00", "abcdef1200004000"])
def test_the_beginning_of_an_id_serves_in_the_address(given, erin, id):
    given("pending", id=FIRST)
    given("pending", id=SECOND)

    answer = erin.post(f"/api/sub-tasks/{id}/claim")

    assert answer.status_code == 200
    assert answer.json()["id"] == str(FIRST)
    assert SubTask.objects.get(pk=SECOND).status == "pending"


def test_six_characters_are_enough(given, erin):
    given("pending", id=FIRST)

    answer = erin.get("/api/sub-tasks/abcdef")

    assert answer.json()["id"] == str(FIRST)


def test_the_beginning_of_an_id_serves_in_a_body(given, task, pia, erin):
    given("pending", id=FIRST)

    answer = pia.post(
        "/api/sub-tasks",
        task_id=str(task.pk)[:12],
        name="Write",
        assigned_agent=erin.id[:12],
        depends_on=["abcdef"],
    )

    assert answer.status_code == 200
    assert answer.json()["task_id"] == str(task.pk)
    assert answer.json()["assigned_agent"] == erin.id
    assert answer.json()["depends_on"] == [str(FIRST)]


def test_the_beginning_of_an_id_serves_in_a_query(given, task, pia):
    sub_task = given("pending")

    answer = pia.get("/api/sub-tasks", task_id=str(task.pk)[:12])

    assert [row["id"] for row in answer.json()["items"]] == [str(sub_task.pk)]


def test_two_candidates_are_named_and_neither_is_taken(given, unchanged, erin):
    first = given("pending", id=FIRST, name="Collect")
    second = given("pending", id=SECOND, name="Write")

    with unchanged(first, second):
        answer = erin.post("/api/sub-tasks/abcdef/claim")

    assert answer.status_code == 409
    assert "begins with 'abcdef'" in answer.json()["detail"]
    assert f"{FIRST} (Collect)" in answer.json()["hint"]
    assert f"{SECOND} (Write)" in answer.json()["hint"]


def test_two_candidates_in_a_body_are_named_too(given, task, unchanged, pia):
    first, second = given("pending", id=FIRST), given("pending", id=SECOND)

    with unchanged(first, second):
        answer = pia.post("/api/sub-tasks", task_id=str(task.pk), name="Write", depends_on=["abcdef"])

    assert answer.status_code == 409
    assert str(FIRST) in answer.json()["hint"]


@pytest.mark.parametrize("id", ["abcde", "a", "abcde-", "abcdeg", "abcdef%", "abcdef1" + "2" * 30, "%61bcde"])
def test_anything_else_is_not_found(given, unchanged, erin, id):
    sub_task = given("pending", id=FIRST)

    with unchanged(sub_task):
        answer = erin.post(f"/api/sub-tasks/{id}/claim")

    assert answer.status_code == 404
    assert answer.json()["code"] == "not_found"


def test_five_characters_in_a_body_are_not_found(given, task, unchanged, pia):
    sub_task = given("pending", id=FIRST)

    with unchanged(sub_task):
        answer = pia.post("/api/sub-tasks", task_id=str(task.pk), name="Write", depends_on=["abcde"])

    assert answer.status_code == 404
    assert list(answer.json()["fields"]) == ["depends_on"]
