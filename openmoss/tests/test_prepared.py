"""SQL that is made once yields what the queryset yields, for every value and on every database."""

from datetime import datetime, timedelta, timezone
from uuid import UUID, uuid4

import pytest

from openmoss.prepared import Prepared, PreparedUpdate
from openmoss.tests.racing import in_threads
from tasks import services as work
from tasks.models import SubTask, Task

SUB_TASK = Prepared(lambda pk: SubTask.objects.select_related("task", "assignee").filter(pk=pk), pk=UUID)
SINCE = Prepared(
    lambda status, at: (
        SubTask.objects.filter(status=status, created_at__gte=at)
        .order_by("name")
        .values_list("pk", "name", "created_at", "assignee")
    ),
    status=str,
    at=datetime,
)


@pytest.fixture
def rows(pia, erin) -> list[SubTask]:
    task = work.create_task(name="News", by=pia.agent)
    made = [work.create_sub_task(task, name=f"Part {n}", by=pia.agent) for n in range(3)]
    work.claim(made[0], by=erin.agent)
    return made


def test_a_model_comes_with_its_relations_or_without(rows, erin, django_assert_num_queries):
    with django_assert_num_queries(2):
        (held,), (free,) = SUB_TASK(pk=rows[0].pk), SUB_TASK(pk=rows[1].pk)
        assert (held.name, held.task.name, held.assignee.name) == ("Part 0", "News", "Erin")
        assert (free.name, free.task.name, free.assignee) == ("Part 1", "News", None)

    assert held == SubTask.objects.get(pk=rows[0].pk)
    assert held.created_at == SubTask.objects.get(pk=rows[0].pk).created_at
    assert SUB_TASK(pk=uuid4()) == []


def test_rows_are_those_of_the_queryset(rows):
    ever = datetime(2000, 1, 1, tzinfo=timezone.utc)

    assert SINCE(status="pending", at=ever) == [
        (row.pk, row.name, row.created_at, None)
        for row in (SubTask.objects.get(pk=row.pk) for row in rows[1:])
    ]
    assert SINCE(status="assigned", at=ever)[0][3] == rows[0].assignee_id
    assert SINCE(status="pending", at=datetime.now(timezone.utc) + timedelta(days=1)) == []


@pytest.mark.parametrize("text", ["", "'", '" OR 1=1 --', "%s", "pending%", "\ufdd00"])
def test_a_value_is_never_sql(rows, text):
    assert SINCE(status=text, at=datetime(2000, 1, 1, tzinfo=timezone.utc)) == []


def test_an_update_counts_its_rows_and_empties_fields(rows):
    rename = PreparedUpdate(
        lambda pk, seen, name: (
            SubTask.objects.filter(pk=pk, attempt=seen),
            {"name": name, "current_session_id": None},
        ),
        pk=UUID,
        seen=int,
        name=str,
    )
    SubTask.objects.update(current_session_id="s-1")

    assert rename(pk=rows[1].pk, seen=0, name="Renamed") == 1
    assert rename(pk=rows[2].pk, seen=7, name="Renamed") == 0

    assert list(SubTask.objects.order_by("name").values_list("name", "current_session_id")) == [
        ("Part 0", "s-1"),
        ("Part 2", "s-1"),
        ("Renamed", None),
    ]


@pytest.mark.django_db(transaction=True)
def test_threads_share_the_sql_and_nothing_else(pia):
    tasks = [work.create_task(name=f"Task {n}", by=pia.agent) for n in range(8)]
    by_pk = Prepared(lambda pk: Task.objects.filter(pk=pk), pk=UUID)

    def read(task: Task) -> None:
        for _ in range(20):
            assert [row.name for row in by_pk(pk=task.pk)] == [task.name]

    assert in_threads([lambda task=task: read(task) for task in tasks]) == ["won"] * 8
