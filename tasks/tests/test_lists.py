"""The four lists in an envelope: tasks, sub-tasks, mine, available."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from agents.models import Agent
from tasks.models import Dependency, Module, SubTask, Task

UNKNOWN = "11111111-2222-3333-4444-555555555555"
LISTS = ["/api/tasks", "/api/sub-tasks", "/api/sub-tasks/mine", "/api/sub-tasks/available"]
every_list = pytest.mark.parametrize("path", LISTS)


@pytest.fixture
def fill(erin):
    """Put so many rows on a list, numbered from the oldest on."""

    def rows(path: str, count: int) -> None:
        begin = timezone.now()
        if path == "/api/tasks":
            Task.objects.bulk_create(
                [Task(name=f"{n}", created_at=begin + timedelta(seconds=n)) for n in range(count)]
            )
            return
        task = Task.objects.create(name="News", status="active")
        held = {"status": "assigned", "assignee": erin.agent} if path.endswith("/mine") else {}
        SubTask.objects.bulk_create(
            [
                SubTask(task=task, name=f"{n}", created_at=begin + timedelta(seconds=n), **held)
                for n in range(count)
            ]
        )

    return rows


def page_of(answer) -> dict:
    """Return the envelope without its items."""
    envelope = answer.json()
    del envelope["items"]
    return envelope


def names(answer) -> list[str]:
    return [row["name"] for row in answer.json()["items"]]


@every_list
def test_an_empty_list_has_the_whole_envelope(erin, path):
    answer = erin.get(path)

    assert answer.status_code == 200
    assert answer.json() == {
        "items": [], "total": 0, "page": 1, "page_size": 0, "total_pages": 1, "has_more": False,
    }  # fmt: skip


@every_list
def test_a_list_begins_with_the_newest(fill, erin, path):
    fill(path, 3)

    answer = erin.get(path)

    assert names(answer) == ["2", "1", "0"]


@every_list
def test_rows_of_the_same_moment_stand_in_one_order_on_all_pages(fill, erin, path):
    fill(path, 6)
    for model in (Task, SubTask):
        model.objects.update(created_at=timezone.now())

    seen = [name for page in (1, 2, 3) for name in names(erin.get(path, page_size=2, page=page))]

    assert sorted(seen) == ["0", "1", "2", "3", "4", "5"]


@every_list
def test_a_list_comes_in_pages(fill, erin, path):
    fill(path, 5)

    first, last = erin.get(path, page_size=2), erin.get(path, page_size=2, page=3)

    assert names(first) == ["4", "3"]
    assert page_of(first) == {"total": 5, "page": 1, "page_size": 2, "total_pages": 3, "has_more": True}
    assert names(last) == ["0"]
    assert page_of(last) == {"total": 5, "page": 3, "page_size": 2, "total_pages": 3, "has_more": False}


@every_list
def test_a_page_that_is_just_full_is_the_last(fill, erin, path):
    fill(path, 4)

    whole, half = erin.get(path, page_size=4), erin.get(path, page_size=2, page=2)

    assert page_of(whole) == {"total": 4, "page": 1, "page_size": 4, "total_pages": 1, "has_more": False}
    assert page_of(half) == {"total": 4, "page": 2, "page_size": 2, "total_pages": 2, "has_more": False}


@every_list
def test_a_page_beyond_the_end_is_empty(fill, erin, path):
    fill(path, 3)

    answer = erin.get(path, page_size=2, page=7)

    assert answer.status_code == 200
    assert names(answer) == []
    assert page_of(answer) == {"total": 3, "page": 7, "page_size": 2, "total_pages": 2, "has_more": False}


@every_list
@pytest.mark.parametrize("page", ["0", "-3"])
def test_a_page_before_the_beginning_is_the_first(fill, erin, path, page):
    fill(path, 3)

    answer = erin.get(path, page_size=2, page=page)

    assert names(answer) == ["2", "1"]
    assert answer.json()["page"] == 1


@every_list
def test_a_page_has_at_most_100_rows(fill, erin, path):
    fill(path, 102)

    answer = erin.get(path, page_size=101)

    assert len(names(answer)) == 100
    assert page_of(answer) == {"total": 102, "page": 1, "page_size": 100, "total_pages": 2, "has_more": True}


@every_list
@pytest.mark.parametrize("page_size", [{}, {"page_size": "0"}, {"page_size": "-1"}])
def test_without_a_page_size_there_are_500_rows_and_an_honest_rest(fill, erin, path, page_size):
    fill(path, 501)

    first, last = erin.get(path, **page_size), erin.get(path, page=2, **page_size)

    assert len(names(first)) == 500
    assert page_of(first) == {"total": 501, "page": 1, "page_size": 0, "total_pages": 2, "has_more": True}
    assert names(last) == ["0"]
    assert page_of(last) == {"total": 501, "page": 2, "page_size": 0, "total_pages": 2, "has_more": False}


@every_list
@pytest.mark.parametrize("name", ["page", "page_size"])
@pytest.mark.parametrize("value", ["two", "1.5", "9" * 40, "1e30"])
def test_a_page_is_a_whole_number(erin, path, name, value):
    answer = erin.get(path, **{name: value})

    assert answer.status_code == 400
    assert list(answer.json()["fields"]) == [name]


@pytest.mark.parametrize("path", ["/api/tasks", "/api/sub-tasks", "/api/sub-tasks/mine"])
def test_an_unknown_status_is_refused(erin, path):
    answer = erin.get(path, status="finished")

    assert answer.status_code == 400
    assert list(answer.json()["fields"]) == ["status"]
    assert "in_progress" in answer.json()["detail"]


def test_tasks_are_filtered_by_status(erin):
    for status in ("planning", "active", "active", "cancelled"):
        Task.objects.create(name=status, status=status)

    active, all_of_them = erin.get("/api/tasks", status="active"), erin.get("/api/tasks", status="")

    assert names(active) == ["active", "active"]
    assert active.json()["total"] == 2
    assert all_of_them.json()["total"] == 4


@pytest.mark.parametrize("path", ["/api/sub-tasks", "/api/sub-tasks/mine"])
def test_sub_tasks_are_filtered_by_status(given, erin, path):
    given("assigned", holder=erin, name="assigned")
    given("done", holder=erin, name="done")

    answer = erin.get(path, status="done")

    assert names(answer) == ["done"]
    assert answer.json()["total"] == 1


def test_sub_tasks_are_filtered_by_task_module_and_agent(given, task, pia, erin, ed):
    module = Module.objects.create(task=task, name="Research")
    other = Task.objects.create(name="Other")
    given("assigned", holder=erin, name="wanted", module=module)
    given("assigned", holder=ed, name="of Ed", module=module)
    given("assigned", holder=erin, name="elsewhere", task=other)
    given("pending", name="free")

    answers = [
        pia.get("/api/sub-tasks", task_id=str(other.pk)),
        pia.get("/api/sub-tasks", module_id=str(module.pk)),
        pia.get("/api/sub-tasks", assigned_agent=ed.id),
        pia.get("/api/sub-tasks", module_id=str(module.pk), assigned_agent=erin.id, status="assigned"),
        pia.get("/api/sub-tasks", task_id="", module_id="", assigned_agent="", status=""),
    ]

    assert [sorted(names(answer)) for answer in answers] == [
        ["elsewhere"],
        ["of Ed", "wanted"],
        ["of Ed"],
        ["wanted"],
        ["elsewhere", "free", "of Ed", "wanted"],
    ]


@pytest.mark.parametrize("name", ["task_id", "module_id", "assigned_agent"])
@pytest.mark.parametrize("id", [UNKNOWN, "nonsense"])
def test_an_unknown_id_in_a_filter_is_not_found(erin, name, id):
    answer = erin.get("/api/sub-tasks", **{name: id})

    assert answer.status_code == 404
    assert list(answer.json()["fields"]) == [name]


def test_mine_are_those_given_to_me_in_any_status(given, erin, ed, pia):
    for status in ("assigned", "in_progress", "review", "rework", "blocked", "done", "cancelled"):
        given(status, holder=erin, name=status)
    given("assigned", holder=ed, name="of Ed")
    given("pending", name="free")

    mine, of_a_planner = erin.get("/api/sub-tasks/mine"), pia.get("/api/sub-tasks/mine")

    assert sorted(names(mine)) == [
        "assigned", "blocked", "cancelled", "done", "in_progress", "review", "rework",
    ]  # fmt: skip
    assert names(of_a_planner) == []


def test_available_is_what_an_executor_can_claim(given, erin, ed, pia, rita, pat):
    for status in ("assigned", "in_progress", "review", "rework", "blocked", "done", "cancelled"):
        given(status, holder=ed, name=status)
    given("pending", name="free")

    answers = [caller.get("/api/sub-tasks/available") for caller in (erin, pia, rita, pat)]

    assert [names(answer) for answer in answers] == [["free"]] * 4
    assert [answer.json()["items"][0]["can"] for answer in answers] == [
        ["claim"], ["reassign", "cancel"], [], [],
    ]  # fmt: skip


def test_every_row_says_what_its_reader_can_do(given, erin, ed, pia):
    given("in_progress", holder=erin)

    answers = [
        erin.get("/api/sub-tasks"),
        erin.get("/api/sub-tasks/mine"),
        ed.get("/api/sub-tasks"),
        pia.get("/api/sub-tasks"),
    ]

    assert [answer.json()["items"][0]["can"] for answer in answers] == [
        ["submit", "release"], ["submit", "release"], [], ["reassign", "cancel"],
    ]  # fmt: skip


def test_available_work_of_a_task_in_planning_can_be_claimed(given, task, erin):
    Task.objects.update(status="planning")
    sub_task = given("pending")

    answer = erin.get("/api/sub-tasks/available")

    assert names(answer) == ["Collect"]
    assert erin.post(f"/api/sub-tasks/{sub_task.pk}/claim").status_code == 200


@pytest.mark.parametrize(
    ("path", "most"),
    [("/api/tasks", 3), ("/api/sub-tasks", 4), ("/api/sub-tasks/mine", 4), ("/api/sub-tasks/available", 4)],
)
def test_a_list_takes_as_many_queries_for_many_rows_as_for_one(fill, erin, path, most):
    fill(path, 1)
    with CaptureQueriesContext(connection) as for_one:
        erin.get(path, page_size=1)
    fill(path, 30)
    _make_them_differ(path, erin)

    with CaptureQueriesContext(connection) as for_many:
        answer = erin.get(path, page_size=30)

    assert len(answer.json()["items"]) == 30
    assert len(for_one) == len(for_many) == most


@pytest.mark.parametrize(
    ("path", "most"),
    [("/api/tasks", 2), ("/api/sub-tasks", 3), ("/api/sub-tasks/mine", 3), ("/api/sub-tasks/available", 3)],
)
def test_a_list_that_fits_on_one_page_is_counted_by_reading_it(
    fill, erin, path, most, django_assert_num_queries
):
    fill(path, 30)

    with django_assert_num_queries(most):
        answer = erin.get(path)

    assert answer.json()["total"] == 30


def test_one_sub_task_takes_three_queries(given, erin, ed, django_assert_num_queries):
    sub_task = given("assigned", holder=erin, needs=[given("done", holder=ed), given("pending")])

    with django_assert_num_queries(3):
        answer = erin.get(f"/api/sub-tasks/{sub_task.pk}")

    assert len(answer.json()["depends_on"]) == 2


def _make_them_differ(path, erin):
    """Give the rows holders and dependencies, as far as they stay on their list."""
    first, *others = SubTask.objects.order_by("created_at") or [None]
    if path == "/api/sub-tasks":
        for number, row in enumerate(others):
            agent = Agent.objects.create(name=f"Executor {number}", role="executor")
            SubTask.objects.filter(pk=row.pk).update(assignee=agent, status="assigned")
    if path == "/api/sub-tasks/available":
        SubTask.objects.filter(pk=first.pk).update(
            status="done", assignee=erin.agent, completed_at=timezone.now()
        )
        SubTask.objects.create(task_id=first.task_id, name="one more")
    Dependency.objects.bulk_create(
        [Dependency(sub_task=row, needs=first) for row in others if row.task_id == first.task_id]
    )
