import pytest

from notifications.models import Event
from openmoss.errors import Conflict
from tasks import services
from tasks.models import SubTask, Task


@pytest.mark.parametrize("status", ["pending", "assigned"])
def test_a_planner_changes_the_brief_of_what_nobody_has_started(given, pia, erin, status):
    sub_task = given(status, holder=erin if status == "assigned" else None)
    brief = {
        "name": "Gather",
        "description": "Ten papers",
        "deliverable": "papers.md",
        "acceptance": "All read.",
        "priority": "low",
    }

    answer = pia.put(f"/api/sub-tasks/{sub_task.pk}", **brief)

    event = Event.objects.about(sub_task).get()
    assert answer.status_code == 200
    assert {field: answer.json()[field] for field in brief} == brief
    assert answer.json()["status"] == status
    assert answer.json()["attempt"] == sub_task.attempt
    assert SubTask.objects.get().updated_at > sub_task.updated_at
    assert (event.kind, event.actor_name, event.data) == ("sub_task.edit", "Pia", {"fields": sorted(brief)})


@pytest.mark.parametrize("status", ["in_progress", "review", "rework", "blocked", "done", "cancelled"])
def test_started_work_keeps_its_brief(given, unchanged, pia, erin, status):
    sub_task = given(status, holder=erin)

    with unchanged(sub_task):
        answer = pia.put(f"/api/sub-tasks/{sub_task.pk}", name="Gather")

    assert answer.status_code == 409
    assert f"is {status.replace('_', ' ')};" in answer.json()["detail"]
    assert "sub-task rule" in answer.json()["hint"]


@pytest.mark.parametrize("status", ["completed", "archived", "cancelled"])
def test_work_of_a_closed_task_keeps_its_brief(given, unchanged, pia, status):
    sub_task = given("pending")
    Task.objects.update(status=status)

    with unchanged(sub_task):
        answer = pia.put(f"/api/sub-tasks/{sub_task.pk}", name="Gather")

    assert answer.status_code == 409
    assert answer.json()["detail"].startswith(f"Task 'News' is {status};")


def test_null_and_absent_fields_stay_as_they_are(given, pia):
    sub_task = given("pending", description="Ten papers", acceptance="All read.", priority="high")

    answer = pia.put(
        f"/api/sub-tasks/{sub_task.pk}", name=None, description=None, priority=None, acceptance=""
    )

    assert [answer.json()[field] for field in ("name", "description", "priority", "acceptance")] == [
        "Collect", "Ten papers", "high", "",
    ]  # fmt: skip
    assert Event.objects.about(sub_task).get().data == {"fields": ["acceptance"]}


@pytest.mark.parametrize("body", [{}, {"name": "Collect"}, {"name": None}, {"status": "done"}])
def test_an_edit_that_changes_nothing_leaves_no_trace(given, unchanged, pia, body):
    sub_task = given("pending")

    with unchanged(sub_task):
        answer = pia.put(f"/api/sub-tasks/{sub_task.pk}", **body)

    assert answer.status_code == 200
    assert answer.json()["name"] == "Collect"


@pytest.mark.parametrize(
    ("field", "value"),
    [("name", ""), ("name", " "), ("name", "x" * 201), ("priority", "urgent"), ("description", 5)],
)
def test_nonsense_is_refused(given, unchanged, pia, field, value):
    sub_task = given("pending")

    with unchanged(sub_task):
        answer = pia.put(f"/api/sub-tasks/{sub_task.pk}", **{field: value})

    assert answer.status_code == 400
    assert list(answer.json()["fields"]) == [field]


def test_what_was_claimed_meanwhile_is_not_edited(given, unchanged, pia, erin):
    seen_free = given("pending")
    services.claim(SubTask.objects.get(), by=erin.agent)

    with unchanged(seen_free), pytest.raises(Conflict):
        services.edit_sub_task(seen_free, by=pia.agent, name="Gather")

    assert seen_free.name == "Collect"


def test_what_was_handed_on_meanwhile_is_not_edited(given, unchanged, pia, erin, ed):
    seen_assigned = given("assigned", holder=erin)
    services.reassign(SubTask.objects.get(), to=ed.agent, by=pia.agent)

    with unchanged(seen_assigned), pytest.raises(Conflict):
        services.edit_sub_task(seen_assigned, by=pia.agent, name="Gather")


def test_only_planners_edit(given, unchanged, erin, rita, pat):
    sub_task = given("assigned", holder=erin)

    with unchanged(sub_task):
        answers = [caller.put(f"/api/sub-tasks/{sub_task.pk}", name="Gather") for caller in (erin, rita, pat)]

    assert [answer.status_code for answer in answers] == [403, 403, 403]


def test_an_unknown_sub_task_is_not_found(pia):
    answer = pia.put("/api/sub-tasks/11111111-2222-3333-4444-555555555555", name="Gather")

    assert answer.status_code == 404
