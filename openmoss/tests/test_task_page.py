"""The page of one task."""

import re
from itertools import pairwise

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from notifications.models import Event
from openmoss.selectors import task as selector
from openmoss.views import task as view
from tasks.models import Dependency, Module, Recurrence, SubTask, Task
from tasks.services import add_rule, create_recurrence

HOSTILE = "<script>alert(1)</script>\u202e"


@pytest.fixture
def plan(pia) -> dict:
    """A task of Pia's with a module, two sub-tasks of which one waits for the other, and a rule."""
    task = pia.post("/api/tasks", name="News", description="**Every** morning").json()
    module = pia.post(f"/api/tasks/{task['id']}/modules", name="Sources").json()
    made = {"task_id": task["id"], "module_id": module["id"]}
    collect = pia.post("/api/sub-tasks", name="Collect", priority="high", **made).json()
    write = pia.post("/api/sub-tasks", name="Write", depends_on=[collect["id"]], task_id=task["id"]).json()
    add_rule(content="Cite *everything*", task=Task.objects.get(), by=None)
    return {"task": task["id"], "module": module["id"], "collect": collect["id"], "write": write["id"]}


def shown(browser, plan, query: str = "") -> str:
    answer = browser.get(f"/tasks/{plan['task']}{query}")
    assert answer.status_code == 200
    return answer.content.decode()


def rows_of(page: str) -> list[str]:
    return re.findall(r'<tr id="row-.*?</a>', page, re.S)


def test_it_shows_the_plan_how_far_it_is_and_what_waits_for_what(desk, plan, erin):
    erin.post(f"/api/sub-tasks/{plan['collect']}/claim")
    erin.post(f"/api/sub-tasks/{plan['collect']}/start")

    page = shown(desk, plan)

    assert "<strong>Every</strong> morning" in page
    assert "0 of 2 sub-tasks done" in page
    assert [("Collect" in row, "Write" in row) for row in rows_of(page)] == [(True, False), (False, True)]
    assert f'id="module-{plan["module"]}"' in page
    assert "In no module" in page
    assert page.count("waits for others") == 1
    assert "Cite <em>everything</em>" in page
    # The picture: two boxes, in a chain of unfinished work.
    assert re.findall(r'class="box critical".*?data-status="(\w+)"', page) == ["in_progress", "pending"]
    assert "The longest chain that is left has 2 sub-tasks." in page
    # How it stands, and what happened lately.
    assert "has been worked on by Erin" in page
    assert re.search(r'class="agent" href="/agents/[^>]*>.{0,60}Erin</a> started <a[^>]*>Collect</a>', page)


def test_filters_stand_in_the_address(desk, plan, erin):
    erin.post(f"/api/sub-tasks/{plan['collect']}/claim")

    assert len(rows_of(shown(desk, plan, "?status=assigned"))) == 1
    assert "Collect" in rows_of(shown(desk, plan, f"?module={plan['module']}"))[0]
    assert "Write" in rows_of(shown(desk, plan, "?module=none"))[0]
    assert "No sub-task is like that any more." in shown(desk, plan, "?status=done")
    for nonsense in ("?status=x", "?module=x", f"?module={plan['task']}", "?before=x"):
        assert desk.get(f"/tasks/{plan['task']}{nonsense}").status_code == 400


def test_long_lists_are_paged(desk, plan, monkeypatch):
    monkeypatch.setattr(view, "ROWS", 1)

    first = shown(desk, plan)
    second = desk.get(f"/tasks/{plan['task']}{_link(first, 'before')}").content.decode()

    assert "Collect" in rows_of(first)[0]
    assert len(rows_of(first)) == 1
    assert "Write" in rows_of(second)[0]
    assert (
        "Collect" in rows_of(desk.get(f"/tasks/{plan['task']}{_link(second, 'after')}").content.decode())[0]
    )


def _link(page: str, name: str) -> str:
    return re.search(rf'href="(\?{name}=[^"]*)"', page)[1].replace("&amp;", "&")


def test_what_holds_it_up_comes_with_what_frees_it(desk, plan, erin, pat):
    erin.post(f"/api/sub-tasks/{plan['collect']}/claim")
    pat.post(f"/api/sub-tasks/{plan['collect']}/block", reason="The source is down")
    pat.post(
        "/api/findings",
        sub_task_id=plan["collect"],
        kind="stuck",
        severity="critical",
        description="It stands still",
    )

    page = shown(desk, plan)

    assert "What holds it up" in page
    assert "The source is down" in page
    assert "1 other sub-task waits for it." in page
    assert f'href="/sub-tasks/{plan["collect"]}/unblock"' in page
    assert "It stands still" in page
    assert 'data-status="blocked"' in page


def test_recurring_work_tells_its_next_times_and_can_be_paused(desk, plan):
    task = Task.objects.get()
    ended = create_recurrence(task, name="Once", cron="0 9 * * *", by=None)
    Recurrence.objects.filter(pk=ended.pk).update(ended_at=ended.created_at)
    daily = create_recurrence(task, name="Digest", cron="0 9 * * *", by=None)
    paused = create_recurrence(task, name="Weekly", cron="0 9 * * 1", by=None)
    Recurrence.objects.filter(pk=paused.pk).update(paused_at=paused.created_at)

    page = shown(desk, plan)

    assert f'id="recurrence-{daily.pk}"' in page
    assert f"{daily.next_at:%Y-%m-%d}T09:00:00" in page
    assert f'href="/recurrences/{daily.pk}/pause"' in page
    assert f'action="/recurrences/{paused.pk}/resume"' in page
    assert f"/recurrences/{paused.pk}/pause" not in page
    # What has ended comes last, and nothing can be done with it.
    assert f"/recurrences/{ended.pk}/" not in page
    assert page.index(f'id="recurrence-{paused.pk}"') < page.index(f'id="recurrence-{ended.pk}"')


def test_the_timeline_is_newest_first_and_of_this_task_only(desk, plan, pia):
    pia.post("/api/tasks", name="Another")

    page = shown(desk, plan, "?show=timeline")

    told = re.findall(r'<li id="event-(\d+)"', page)
    events = Event.objects.in_task(Task.objects.get(name="News"))
    assert told == [str(pk) for pk in events.order_by("-pk").values_list("pk", flat=True)]
    assert "Another" not in page


def test_who_may_only_look_sees_no_way_to_act(onlooker, plan):
    page = shown(onlooker, plan)

    assert "Collect" in page
    for action in (
        "edit",
        "status",
        "cancel",
        "modules/new",
        "sub-tasks/new",
        "recurrences/new",
        "rules/new",
    ):
        assert f"/{action}" not in page


@pytest.mark.parametrize(
    ("status", "there", "not_there"),
    [
        ("planning", ["edit", "status", "cancel", "sub-tasks/new"], []),
        ("in_progress", ["status", "cancel", "sub-tasks/new"], ["edit"]),
        ("completed", ["status"], ["edit", "cancel", "sub-tasks/new", "modules/new"]),
        ("cancelled", [], ["edit", "status", "cancel", "sub-tasks/new"]),
    ],
)
def test_only_what_is_possible_now_is_offered(desk, db, status, there, not_there):
    task = Task.objects.create(name="News", status=status)

    page = shown(desk, {"task": task.pk})

    offered = re.findall(rf'href="/tasks/{task.pk}/([^"]*)"', page)
    assert set(there) <= set(offered)
    assert not set(not_there) & set(offered)


def test_it_keeps_itself_fresh_without_asking_twice(desk, plan, erin):
    page = shown(desk, plan)
    (address,) = re.findall(r'<div id="task"[^>]* hx-get="([^"]*)"', page)
    live = {"HX-Request": "true", "HX-Target": "task"}

    assert desk.get(f"/tasks/{plan['task']}{address}", headers=live).status_code == 204

    erin.post(f"/api/sub-tasks/{plan['collect']}/claim")
    fresh = desk.get(f"/tasks/{plan['task']}{address}", headers=live).content.decode()
    assert fresh.lstrip().startswith('<div id="task"')
    assert "<html" not in fresh
    assert 'data-status="assigned"' in fresh


def test_a_short_id_will_do_and_an_unknown_one_is_told(desk, plan):
    assert desk.get(f"/tasks/{plan['task'][:8]}").status_code == 200
    assert desk.get("/tasks/0b6db41f-aecb-438b-909f-d56f890464b9").status_code == 404


def test_what_agents_wrote_stays_text(desk, db):
    task = Task.objects.create(name=HOSTILE, description=HOSTILE)
    module = Module.objects.create(task=task, name=HOSTILE)
    first = SubTask.objects.create(task=task, module=module, name=HOSTILE)
    second = SubTask.objects.create(task=task, name=HOSTILE)
    Dependency.objects.create(sub_task=second, needs=first)
    add_rule(content=HOSTILE, task=task, by=None)
    create_recurrence(task, name=HOSTILE, cron="0 9 * * *", by=None)

    for query in ("", "?show=timeline"):
        page = shown(desk, {"task": task.pk}, query)
        assert "<script>alert" not in page
        assert "\u202e" not in page


def test_it_asks_as_much_of_a_large_task_as_of_a_small_one(desk, plan, erin, monkeypatch):
    monkeypatch.setattr(selector, "MOST_LOOKED_AT", 40)

    def queries() -> int:
        with CaptureQueriesContext(connection) as asked:
            shown(desk, plan)
        return len(asked)

    shown(desk, plan)  # the first page of all makes the settings
    small = queries()
    task = Task.objects.get()
    for number in range(30):
        module = Module.objects.create(task=task, name=f"Module {number}")
        SubTask.objects.create(task=task, module=module, name="x", status="rework", assignee=erin.agent)
        Event.objects.create(
            kind="task.edit",
            actor_role="clock",
            actor_name="x",
            subject_id=str(task.pk),
            subject_name="x",
            task_id=task.pk,
        )
        add_rule(content="x", task=task, by=None)
        create_recurrence(task, name="x", cron="0 9 * * *", by=None)
    rows = list(task.sub_tasks.all())
    Dependency.objects.bulk_create(
        [Dependency(sub_task=later, needs=need) for need, later in pairwise(rows[:-2])], ignore_conflicts=True
    )

    large = queries()
    # Recurring work has one more: which of its sub-tasks is open.
    assert large <= small + 1
    assert large <= 25

    # Of a very large one it does not look through everything that is unfinished.
    SubTask.objects.bulk_create([SubTask(task=task, name="x") for _ in range(20)])
    assert "takes a longer look" in shown(desk, plan)
    assert queries() < small
