"""What waits for what: edges between the sub-tasks of one task."""

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from tasks.models import Dependency, SubTask, Task

UNKNOWN = "11111111-2222-3333-4444-555555555555"


def finish(sub_task, holder):
    SubTask.objects.filter(pk=sub_task.pk).update(
        status="done", assignee=holder.agent, completed_at=timezone.now()
    )


def edit(caller, sub_task, *needs):
    return caller.put(f"/api/sub-tasks/{sub_task.pk}", depends_on=[str(need.pk) for need in needs])


def needed_by(sub_task) -> set[str]:
    return set(Dependency.objects.filter(sub_task=sub_task).values_list("needs__name", flat=True))


def test_work_that_waits_cannot_be_claimed(given, unchanged, erin, ed):
    first = given("pending", name="Find sources")
    second = given("in_progress", name="Find a title", holder=ed)
    sub_task = given("pending", needs=[first, second])

    with unchanged(sub_task):
        answer = erin.post(f"/api/sub-tasks/{sub_task.pk}/claim")

    assert answer.status_code == 409
    assert answer.json()["detail"].startswith("Sub-task 'Collect' waits for ")
    assert "'Find sources' (pending)" in answer.json()["detail"]
    assert "'Find a title' (in progress)" in answer.json()["detail"]
    assert "`st available`" in answer.json()["hint"]


def test_work_that_waits_cannot_be_started(given, unchanged, erin):
    first = given("pending", name="Find sources")
    sub_task = given("assigned", holder=erin, needs=[first])

    with unchanged(sub_task):
        answer = erin.post(f"/api/sub-tasks/{sub_task.pk}/start")

    assert answer.status_code == 409
    assert answer.json()["detail"] == "Sub-task 'Collect' waits for 'Find sources' (pending)."


def test_rework_goes_on_even_when_something_was_put_in_front_of_it(given, erin):
    sub_task = given("rework", holder=erin, needs=[given("pending", name="Find sources")])

    answer = erin.post(f"/api/sub-tasks/{sub_task.pk}/start")

    assert answer.json()["status"] == "in_progress"


@pytest.mark.parametrize(
    "status", ["pending", "assigned", "in_progress", "review", "rework", "blocked", "cancelled"]
)
def test_only_done_work_frees_what_waits_for_it(given, unchanged, erin, ed, status):
    first = given(status, holder=None if status == "pending" else ed)
    sub_task = given("pending", needs=[first])

    with unchanged(sub_task):
        answer = erin.post(f"/api/sub-tasks/{sub_task.pk}/claim")

    assert answer.status_code == 409
    assert str(sub_task.pk) not in {row["id"] for row in erin.get("/api/sub-tasks/available").json()["items"]}


def test_work_becomes_available_when_the_last_it_waits_for_is_done(given, erin, ed, rita):
    first, last = given("in_progress", holder=ed), given("in_progress", holder=ed)
    sub_task = given("pending", needs=[first, last])
    seen = []

    for need in (first, last):
        ed.post(f"/api/sub-tasks/{need.pk}/submit")
        rita.post("/api/review-records", sub_task_id=str(need.pk), result="approved", score=5)
        seen.append([row["id"] for row in erin.get("/api/sub-tasks/available").json()["items"]])

    assert seen == [[], [str(sub_task.pk)]]
    assert erin.post(f"/api/sub-tasks/{sub_task.pk}/claim").status_code == 200


def test_a_new_sub_task_waits_for_what_it_names(given, task, pia, erin):
    first = given("pending", name="Find sources")

    answer = pia.post(
        "/api/sub-tasks", task_id=str(task.pk), name="Write", depends_on=[str(first.pk), str(first.pk)]
    )

    assert answer.status_code == 200
    assert answer.json()["depends_on"] == [str(first.pk)]
    assert erin.post(f"/api/sub-tasks/{answer.json()['id']}/claim").status_code == 409


def test_an_edit_replaces_what_a_sub_task_waits_for(given, events, pia):
    old, new = given("pending", name="Old"), given("pending", name="New")
    sub_task = given("pending", needs=[old])

    answer = edit(pia, sub_task, new, new)

    assert answer.json()["depends_on"] == [str(new.pk)]
    assert needed_by(sub_task) == {"New"}
    assert events(sub_task) == ["sub_task.edit:  > "]


def test_an_edit_clears_what_a_sub_task_waits_for(given, pia, erin):
    sub_task = given("pending", needs=[given("pending")])

    answer = edit(pia, sub_task)

    assert answer.json()["depends_on"] == []
    assert erin.post(f"/api/sub-tasks/{sub_task.pk}/claim").status_code == 200


@pytest.mark.parametrize("body", [{"name": "Gather"}, {"name": "Gather", "depends_on": None}])
def test_an_edit_of_something_else_keeps_what_a_sub_task_waits_for(given, pia, body):
    first = given("pending", name="Find sources")
    sub_task = given("pending", needs=[first])

    answer = pia.put(f"/api/sub-tasks/{sub_task.pk}", **body)

    assert answer.json()["name"] == "Gather"
    assert answer.json()["depends_on"] == [str(first.pk)]


def test_two_sub_tasks_cannot_wait_for_each_other(given, unchanged, pia):
    first = given("pending", name="A")
    second = given("pending", name="B", needs=[first])

    with unchanged(first, second):
        answer = edit(pia, first, second)

    assert answer.status_code == 400
    assert answer.json()["fields"] == {"depends_on": ["That would be a circle: 'A' needs 'B' needs 'A'."]}


def test_a_longer_circle_is_refused_and_named(given, unchanged, pia):
    apart, first = given("pending", name="Apart"), given("pending", name="A")
    second = given("pending", name="B", needs=[apart, first])
    third = given("pending", name="C", needs=[apart, second])

    with unchanged(first, second, third):
        answer = edit(pia, first, apart, third)

    assert answer.status_code == 400
    assert "That would be a circle: 'A' needs 'C' needs 'B' needs 'A'." in answer.json()["detail"]


def test_a_sub_task_cannot_wait_for_itself(given, unchanged, pia):
    sub_task = given("pending")

    with unchanged(sub_task):
        answer = edit(pia, sub_task, sub_task)

    assert answer.status_code == 400
    assert answer.json()["fields"] == {"depends_on": ["Sub-task 'Collect' cannot wait for itself."]}


def test_two_roads_to_the_same_sub_task_are_no_circle(given, pia):
    first = given("pending", name="A")
    left, right = given("pending", name="L", needs=[first]), given("pending", name="R", needs=[first])
    last = given("pending", name="Z")

    answer = edit(pia, last, left, right, first)

    assert answer.status_code == 200
    assert needed_by(last) == {"A", "L", "R"}


def test_a_circle_that_the_same_edit_opens_is_no_circle(given, pia):
    first = given("pending", name="A")
    second = given("pending", name="B", needs=[first])
    edit(pia, second)

    answer = edit(pia, first, second)

    assert answer.status_code == 200
    assert needed_by(first) == {"B"}


def test_a_refused_circle_does_not_half_edit_the_sub_task(given, unchanged, pia):
    first = given("pending", name="A")
    second = given("pending", name="B", needs=[first])

    with unchanged(first, second):
        answer = pia.put(
            f"/api/sub-tasks/{first.pk}", name="A2", priority="high", depends_on=[str(second.pk)]
        )

    assert answer.status_code == 400


def test_the_database_refuses_a_sub_task_that_waits_for_itself(given):
    sub_task = given("pending")

    with pytest.raises(IntegrityError), transaction.atomic():
        Dependency.objects.create(sub_task=sub_task, needs=sub_task)

    assert Dependency.objects.count() == 0


def test_work_of_another_task_is_refused(given, unchanged, pia):
    other = given("pending", name="Elsewhere", task=Task.objects.create(name="Other"))
    sub_task = given("pending")

    with unchanged(sub_task):
        answer = edit(pia, sub_task, other)

    assert answer.status_code == 400
    assert answer.json()["fields"] == {"depends_on": ["Sub-task 'Elsewhere' belongs to another task."]}


def test_a_new_sub_task_cannot_wait_for_work_of_another_task(given, unchanged, task, pia):
    other = given("pending", name="Elsewhere", task=Task.objects.create(name="Other"))

    with unchanged(task):
        answer = pia.post("/api/sub-tasks", task_id=str(task.pk), name="Write", depends_on=[str(other.pk)])

    assert answer.status_code == 400
    assert list(answer.json()["fields"]) == ["depends_on"]


@pytest.mark.parametrize("id", [UNKNOWN, "Collect", "12345"])
def test_an_unknown_id_is_not_found(given, unchanged, task, pia, id):
    sub_task = given("pending", needs=[given("pending")])

    with unchanged(sub_task):
        edited = pia.put(f"/api/sub-tasks/{sub_task.pk}", depends_on=[id])
        created = pia.post("/api/sub-tasks", task_id=str(task.pk), name="Write", depends_on=[id])

    assert (edited.status_code, created.status_code) == (404, 404)
    assert list(edited.json()["fields"]) == list(created.json()["fields"]) == ["depends_on"]
    assert id in edited.json()["detail"]


@pytest.mark.parametrize("value", ["one", [None], [7], [["a"]], {"a": 1}])
def test_something_that_is_no_list_of_ids_is_refused(given, unchanged, pia, value):
    sub_task = given("pending")

    with unchanged(sub_task):
        answer = pia.put(f"/api/sub-tasks/{sub_task.pk}", depends_on=value)

    assert answer.status_code == 400
    assert next(iter(answer.json()["fields"])).startswith("depends_on")


def test_all_that_it_waits_for_is_read_in_one_query(task, pia):
    needs = SubTask.objects.bulk_create([SubTask(task=task, name=f"Part {n}") for n in range(20)])
    ids = [str(need.pk)[: 8 if n % 2 else 36] for n, need in enumerate(needs)]

    with CaptureQueriesContext(connection) as few:
        pia.post("/api/sub-tasks", task_id=str(task.pk), name="Few", depends_on=ids[:1])
    with CaptureQueriesContext(connection) as many:
        answer = pia.post("/api/sub-tasks", task_id=str(task.pk), name="Many", depends_on=ids)

    assert answer.json()["depends_on"] == [str(need.pk) for need in needs]
    assert len(many) == len(few)


def test_of_several_ids_the_first_that_is_wrong_is_named(given, task, pia):
    sub_task = given("pending")

    answer = pia.post(
        "/api/sub-tasks", task_id=str(task.pk), name="Write", depends_on=[str(sub_task.pk), "Nope", UNKNOWN]
    )

    assert answer.status_code == 404
    assert answer.json()["detail"] == "There is no sub-task with the id 'Nope'."


def test_a_beginning_that_two_ids_share_is_refused(task, pia):
    for last in "12":
        SubTask.objects.create(pk=f"abcdef00-0000-0000-0000-00000000000{last}", task=task, name="Twin")

    answer = pia.post("/api/sub-tasks", task_id=str(task.pk), name="Write", depends_on=["abcdef"])

    assert answer.status_code == 409
    assert "More than one sub-task has an id that begins with 'abcdef'" in answer.json()["detail"]


def test_a_sub_task_waits_for_100_others_and_not_for_more(given, task, unchanged, pia):
    needs = SubTask.objects.bulk_create([SubTask(task=task, name=f"Part {n}") for n in range(101)])
    sub_task = given("pending")
    hundred = edit(pia, sub_task, *needs[:100])

    with unchanged(sub_task):
        more = edit(pia, sub_task, *needs)

    assert hundred.status_code == 200
    assert len(hundred.json()["depends_on"]) == 100
    assert more.status_code == 400
    assert list(more.json()["fields"]) == ["depends_on"]
