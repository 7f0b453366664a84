"""/tasks/board: the sub-tasks by status, and what can be done with each."""

from datetime import timedelta

import pytest
from django.utils import timezone

from tasks.models import Module, SubTask, Task
from tasks.selectors.board import CARDS, FINISHED_CARDS
from tasks.workflow import Status


def lanes(browser, **query) -> dict[str, list[str]]:
    """Return the names on the cards of each lane that has any."""
    columns = browser.get("/tasks/board", query).context["columns"]
    return {str(column.status): [card.name for card in column.cards] for column in columns if column.count}


def test_every_sub_task_stands_in_its_lane_the_most_urgent_first(onlooker, given, erin):
    now = timezone.now()
    given(name="Later")
    given(name="Earlier", status_since=now - timedelta(hours=1))
    given(name="Urgent", priority="high")
    given("rework", holder=erin, name="Again", rework_count=2)

    page = onlooker.get("/tasks/board")
    text = page.content.decode()

    assert lanes(onlooker) == {"pending": ["Urgent", "Earlier", "Later"], "rework": ["Again"]}
    assert [column.status for column in page.context["columns"]] == list(Status)
    assert "Sent back 2 times" in text
    assert "Erin" in text
    assert "News" in text
    assert "/block" not in text


@pytest.mark.parametrize(
    ("status", "moves"),
    [
        ("pending", {"reassign", "cancel"}),
        ("in_progress", {"reassign", "release", "block", "cancel"}),
        ("review", {"review", "cancel"}),
        ("blocked", {"unblock", "reassign", "cancel"}),
        ("done", set()),
    ],
)
def test_a_card_offers_what_is_possible_now(desk, given, erin, status, moves):
    sub_task = given(status, holder=None if status == "pending" else erin)

    page = desk.get("/tasks/board").content.decode()

    every = ("reassign", "release", "block", "unblock", "cancel", "review")
    assert {move for move in every if f'href="/sub-tasks/{sub_task.pk}/{move}"' in page} == moves


def test_the_board_narrows_to_a_task_a_module_and_an_executor(desk, task, given, erin):
    sources = Module.objects.create(task=task, name="Sources")
    given(name="Free")
    given(name="Sourced", module=sources)
    given("assigned", holder=erin, name="Held")
    other = Task.objects.create(name="Sports")
    given(name="Elsewhere", task=other)
    foreign = Module.objects.create(task=other, name="Balls")

    assert lanes(desk, task=task.pk) == {"pending": ["Free", "Sourced"], "assigned": ["Held"]}
    assert lanes(desk, task=task.pk, module=sources.pk) == {"pending": ["Sourced"]}
    assert lanes(desk, task=task.pk, module=foreign.pk) == lanes(desk, task=task.pk)
    assert lanes(desk, agent=erin.id) == {"assigned": ["Held"]}
    assert lanes(desk, task="nonsense") == lanes(desk)
    assert (
        "No sub-task is like that."
        in desk.get(
            "/tasks/board", {"task": task.pk, "agent": foreign.pk, "module": sources.pk, "status": "done"}
        ).content.decode()
    )


def test_an_empty_board_says_what_comes_next(desk, task):
    assert "No sub-tasks yet" in desk.get("/tasks/board").content.decode()
    assert "No sub-task is like that." in desk.get("/tasks/board", {"task": task.pk}).content.decode()


def test_a_long_lane_shows_its_beginning_and_leads_to_the_rest(
    desk, task, erin, django_assert_max_num_queries
):
    now = timezone.now()
    held = {"assignee": erin.agent, "attempt": 1}
    rows = [SubTask(task=task, name=f"Free {n}", status_since=now + timedelta(seconds=n)) for n in range(70)]
    for status in ("assigned", "in_progress", "review", "rework", "blocked", "cancelled"):
        rows += [SubTask(task=task, name=status, status=status, **held) for _ in range(3)]
    rows += [
        SubTask(
            task=task,
            name=f"Done {n}",
            status="done",
            completed_at=now,
            status_since=now + timedelta(seconds=n),
            **held,
        )
        for n in range(30)
    ]
    SubTask.objects.bulk_create(rows)

    with django_assert_max_num_queries(20):
        page = desk.get("/tasks/board")
    columns = {column.status: column for column in page.context["columns"]}
    rest = desk.get("/tasks/board", {"status": "pending"})
    last = desk.get("/tasks/board", {"status": "pending", "before": rest.context["rows"].older})

    assert (columns["pending"].count, len(columns["pending"].cards)) == (70, CARDS)
    assert "40 more" in page.content.decode()
    assert 'href="?status=pending"' in page.content.decode()
    assert [card.name for card in columns["done"].cards] == [
        f"Done {n}" for n in range(29, 29 - FINISHED_CARDS, -1)
    ]
    assert [card.name for card in [*rest.context["rows"], *last.context["rows"]]] == [
        f"Free {n}" for n in range(70)
    ]
    assert desk.get("/tasks/board", {"status": "gone"}).status_code == 400


def test_the_board_asks_for_itself_only_when_something_happened(desk, given, erin):
    sub_task = given()
    cursor = desk.get("/tasks/board").context["cursor"]
    part = {"HX-Request": "true", "HX-Target": "board"}

    same = desk.get("/tasks/board", {"cursor": cursor}, headers=part)
    erin.post(f"/api/sub-tasks/{sub_task.pk}/claim")
    changed = desk.get("/tasks/board", {"cursor": cursor}, headers=part)

    assert same.status_code == 204
    assert changed.content.decode().strip().startswith('<div id="board"')
    assert "Erin" in changed.content.decode()


def test_what_an_agent_wrote_is_harmless(desk, pia, task):
    evil = '"><img src=x onerror=alert(1)>\u202etxt'
    pia.post("/api/sub-tasks", task_id=str(task.pk), name=evil)

    page = desk.get("/tasks/board").content.decode()

    assert "<img src=x" not in page
    assert "&lt;img src=x onerror=alert(1)&gt;txt" in page
    assert "\u202e" not in page
