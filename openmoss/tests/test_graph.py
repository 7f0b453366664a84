"""What waits for what, as a picture."""

from collections import defaultdict
from itertools import count, pairwise
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from openmoss.selectors import graph
from openmoss.selectors.graph import HEIGHT, WIDTH, draw, graph_of
from tasks.models import Dependency, SubTask, Task


def sub_tasks(names: str, **status) -> dict[str, SubTask]:
    """Make sub-tasks that are not saved, one for each letter, done unless `status` says otherwise."""
    numbers = count(1)
    return {
        name: SubTask(pk=UUID(int=next(numbers)), name=name, status=status.get(name, "done"))
        for name in names
    }


def drawn(edges: str, **status):
    """Draw edges like `ab bc`, each from what is needed to what waits for it."""
    pairs = [tuple(pair) for pair in edges.split()]
    rows = sub_tasks(sorted({name for pair in pairs for name in pair}), **status)
    picture = draw(list(rows.values()), [(rows[need].pk, rows[waiting].pk) for need, waiting in pairs])
    return picture, {box.sub_task.name: box for box in picture.boxes}


def test_everything_stands_one_layer_behind_the_last_thing_that_it_needs():
    _, box = drawn("ab bc ac cd ae")

    columns = sorted({each.x for each in box.values()})
    assert [columns.index(box[name].x) for name in "abcde"] == [0, 1, 2, 3, 1]


def test_lines_that_need_not_cross_do_not():
    # As they were made they would cross twice.
    _, box = drawn("af be cd")

    assert (box["a"].y - box["b"].y) * (box["f"].y - box["e"].y) > 0
    assert (box["b"].y - box["c"].y) * (box["e"].y - box["d"].y) > 0


def test_the_longest_chain_that_is_left_is_marked_and_nothing_finished():
    picture, box = drawn("ab bc cd ax xd", b="in_progress", c="pending", d="pending", x="blocked")

    assert {name for name, each in box.items() if each.critical} == {"b", "c", "d"}
    assert picture.chain == 3
    assert [line.critical for line in picture.lines].count(True) == 2
    # It is drawn last, so that nothing lies on top of it.
    assert picture.lines[-1].critical


def test_without_a_chain_nothing_is_marked():
    picture, _ = drawn("ab ac", b="pending", c="pending")

    assert picture.chain == 0
    assert not any(line.critical for line in picture.lines)


def test_a_circle_that_should_not_be_there_does_no_harm():
    picture, box = drawn("ab bc cb", a="pending", b="pending", c="pending")

    assert set(box) == {"a", "b", "c"}
    # Of the circle one line is left, the one that does not lead back.
    assert len(picture.lines) == 2


@settings(max_examples=40, deadline=None)
@given(
    st.sets(
        st.tuples(st.integers(0, 24), st.integers(0, 24)).filter(lambda edge: edge[0] < edge[1]), min_size=1
    )
)
def test_no_box_lies_on_another_and_all_lines_lead_to_the_right(edges):
    ids = {UUID(int=number + 1): number for edge in edges for number in edge}
    rows = [SubTask(pk=pk, name=str(number), status="pending") for pk, number in ids.items()]

    picture = draw(rows, [(UUID(int=need + 1), UUID(int=waiting + 1)) for need, waiting in edges])

    columns = defaultdict(list)
    for box in picture.boxes:
        assert 0 <= box.x <= picture.width - WIDTH
        assert 0 <= box.y <= picture.height - HEIGHT
        columns[box.x].append(box.y)
    for heights in columns.values():
        heights.sort()
        assert all(lower - upper >= HEIGHT for upper, lower in pairwise(heights))
    assert len(picture.boxes) == len(ids)
    assert len(picture.lines) == len(edges)
    x = {box.sub_task.pk: box.x for box in picture.boxes}
    assert all(x[UUID(int=need + 1)] < x[UUID(int=waiting + 1)] for need, waiting in edges)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("Collect", ["Collect"]),
        ("Check with keyboard and screen reader", ["Check with", "keyboard and scre…"]),
        ("Donaudampfschifffahrtsgesellschaft", ["Donaudampfschifffa", "hrtsgesellschaft"]),
        ("收集港口新闻并写成摘要然后发送给所有读者", ["收集港口新闻并写成", "摘要然后发送给所…"]),
        ("\u202ecod.exe", ["cod.exe"]),
    ],
)
def test_names_take_two_lines_at_most(name, words):
    picture = draw([SubTask(pk=UUID(int=1), name=name), SubTask(pk=UUID(int=2), name="x")], [])

    (box,) = [box for box in picture.boxes if box.sub_task.name == name]
    assert box.words == words


def chain(task: Task, statuses: list[str]) -> list[SubTask]:
    rows = [
        SubTask(task=task, name=f"Step {number}", status=status) for number, status in enumerate(statuses)
    ]
    SubTask.objects.bulk_create(rows)
    pairs = pairwise(rows)
    Dependency.objects.bulk_create([Dependency(sub_task=later, needs=need) for need, later in pairs])
    return rows


def test_a_task_in_which_nothing_waits_has_no_picture(db):
    task = Task.objects.create(name="News")
    SubTask.objects.create(task=task, name="Collect")

    assert graph_of(task) is None


def test_of_recurring_work_only_what_is_left_is_drawn(db):
    task = Task.objects.create(name="News", type="recurring")
    chain(task, ["cancelled"] * 5 + ["pending"] * 2)

    picture = graph_of(task)

    # With what it builds on, though that is finished.
    assert {box.sub_task.name for box in picture.boxes} == {"Step 4", "Step 5", "Step 6"}
    assert picture.only_open


def test_what_is_large_is_folded_and_what_is_larger_not_drawn(db, monkeypatch):
    monkeypatch.setattr(graph, "MOST_OPEN", 3)
    monkeypatch.setattr(graph, "MOST_DRAWN", 5)
    small, large, too_large = (Task.objects.create(name=name) for name in "abc")
    chain(small, ["pending"] * 3)
    chain(large, ["pending"] * 5)
    chain(too_large, ["pending"] * 6)

    assert not graph_of(small).is_large
    assert graph_of(large).is_large
    assert len(graph_of(large).boxes) == 5
    assert graph_of(too_large).nodes == 6
    assert not graph_of(too_large).boxes
