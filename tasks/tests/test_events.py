"""What happened is written in the transaction that made it happen."""

import pytest
from django.db import DatabaseError

from notifications.models import Event
from notifications.services import record, record_each
from tasks import services
from tasks.models import Module, Rule, SubTask, Task


@pytest.fixture
def full_disk(monkeypatch):
    """Let every event fail from now on."""

    def fail(*args, **kwargs):
        raise DatabaseError("disk full")

    def fill():
        for module in ("moves", "tasks", "sub_tasks", "rules", "agents"):
            monkeypatch.setattr(f"tasks.services.{module}.record", fail)

    return fill


MOVES = [
    ("claim", "pending", {}),
    ("start", "assigned", {"session_id": "chat-2"}),
    ("submit", "in_progress", {}),
    ("release", "in_progress", {"why": "Too hard."}),
    ("approve", "review", {}),
    ("reject", "review", {"why": "Thin."}),
    ("block", "in_progress", {"why": "Silent."}),
    ("reassign", "in_progress", {"to": "ed"}),
    ("unblock", "blocked", {}),
    ("cancel", "pending", {}),
    ("bind_session", "in_progress", {"session_id": "chat-2"}),
]
ACTORS = {
    "approve": "rita",
    "reject": "rita",
    "block": "pat",
    "reassign": "pia",
    "unblock": "pia",
    "cancel": "pia",
}


@pytest.mark.parametrize(("move", "status", "arguments"), MOVES)
def test_a_move_without_its_event_is_no_move(
    request, given, unchanged, full_disk, erin, ed, move, status, arguments
):
    by = request.getfixturevalue(ACTORS.get(move, "erin"))
    sub_task = given(status, holder=None if status == "pending" else erin)
    arguments = arguments | ({"to": ed.agent} if "to" in arguments else {})
    full_disk()

    with unchanged(sub_task), pytest.raises(DatabaseError):
        getattr(services, move)(sub_task, by=by.agent, **arguments)

    assert SubTask.objects.get().status == status


def test_the_api_says_that_nothing_was_changed(given, unchanged, full_disk, erin):
    sub_task = given("pending")
    full_disk()

    with unchanged(sub_task):
        answer = erin.post(f"/api/sub-tasks/{sub_task.pk}/claim")

    assert answer.status_code == 500
    assert answer.json()["detail"] == "The server failed on this call; nothing was changed."
    assert "disk full" not in answer.content.decode()


def test_a_start_whose_event_fails_leaves_the_task_in_planning(given, task, unchanged, full_disk, erin):
    Task.objects.update(status="planning")
    sub_task = given("assigned", holder=erin)
    full_disk()

    with unchanged(task, sub_task), pytest.raises(DatabaseError):
        services.start(sub_task, by=erin.agent)

    assert Task.objects.get().status == "planning"


def test_nothing_is_planned_without_its_event(given, task, unchanged, full_disk, pia):
    sub_task = given("pending", needs=[given("pending", name="First")])
    planning = Task.objects.create(name="Other")
    rule = Rule.objects.create(scope="task", task=task, content="Cite.")
    full_disk()

    for write in (
        lambda: services.create_task(name="More", by=pia.agent),
        lambda: services.edit_task(planning, name="More", by=pia.agent),
        lambda: services.set_task_status(planning, "active", by=pia.agent),
        lambda: services.cancel_task(task, by=pia.agent),
        lambda: services.create_module(task, name="Research", by=pia.agent),
        lambda: services.create_sub_task(task, name="More", by=pia.agent),
        lambda: services.edit_sub_task(sub_task, name="More", depends_on=[], by=pia.agent),
        lambda: services.add_rule(content="Be kind.", task=task, by=pia.agent),
        lambda: services.delete_rule(rule, by=pia.agent),
    ):
        with unchanged(task, planning, sub_task, rule), pytest.raises(DatabaseError):
            write()

    assert Module.objects.count() == 0
    assert Rule.objects.count() == 1


def test_an_agent_does_not_retire_without_its_event(given, unchanged, full_disk, erin):
    sub_task = given("in_progress", holder=erin)
    full_disk()

    with unchanged(sub_task, erin.agent), pytest.raises(DatabaseError):
        services.retire_agent(erin.agent)

    assert erin.get("/api/agents/me").status_code == 200


@pytest.mark.django_db(transaction=True)
def test_an_event_outside_a_transaction_is_refused(transactional_db, task):
    with pytest.raises(RuntimeError, match="in the transaction"):
        record("task.edit", subject=task, actor=None)
    with pytest.raises(RuntimeError, match="in the transaction"):
        record_each("task.edit", subjects=[task], actor=None, was={task.pk: "planning"})

    assert Event.objects.count() == 0


def test_an_event_outlives_its_actor_and_subject(given, pia, erin):
    sub_task = given("pending")
    services.claim(sub_task, by=erin.agent)
    name, key = sub_task.name, str(sub_task.pk)

    SubTask.objects.all().delete()

    event = Event.objects.get(kind="sub_task.claim")
    assert (event.subject_id, event.subject_name, event.actor_name) == (key, name, "Erin")
