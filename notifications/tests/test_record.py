import pytest

from notifications.models import Event
from notifications.services import record, record_each
from tasks.models import Module, SubTask, Task


@pytest.fixture
def task(db) -> Task:
    return Task.objects.create(name="News")


def test_an_event_says_who_did_what_to_what(task, pia):
    event = record(
        "task.edit", subject=task, actor=pia.agent, was="a", now="b", why="Because.", fields=["name"]
    )

    event.refresh_from_db()
    assert event.kind == "task.edit"
    assert (event.actor_role, event.actor_id, event.actor_name) == ("planner", pia.id, "Pia")
    assert (event.subject_id, event.subject_name, event.task_id) == (str(task.pk), "News", task.pk)
    assert (event.was, event.now, event.why, event.data) == ("a", "b", "Because.", {"fields": ["name"]})
    assert event.at is not None


def test_a_person_acts_as_admin(task, admin_user):
    event = record("task.edit", subject=task, actor=admin_user)

    assert (event.actor_role, event.actor_id, event.actor_name) == ("admin", str(admin_user.pk), "admin")


def test_the_clock_has_no_id(task):
    event = record("task.edit", subject=task, actor=None)

    assert (event.actor_role, event.actor_id, event.actor_name) == ("clock", "", "the clock")


def test_an_event_knows_the_task_of_its_subject(task, erin):
    sub_task = SubTask.objects.create(task=task, name="Collect")
    module = Module.objects.create(task=task, name="Feeds")

    events = [record("x.y", subject=subject, actor=None) for subject in (task, sub_task, module, erin.agent)]

    assert [event.task_id for event in events] == [task.pk, task.pk, task.pk, None]


def test_an_event_outlives_its_subject(task, pia):
    sub_task = SubTask.objects.create(task=task, name="Collect")
    record("sub_task.create", subject=sub_task, actor=pia.agent)

    sub_task.delete()

    assert Event.objects.get(kind="sub_task.create").subject_name == "Collect"


def test_a_long_name_is_cut(pia, db):
    task = Task(name="x" * 300)

    assert record("task.create", subject=task, actor=pia.agent).subject_name == "x" * 200


@pytest.mark.django_db(transaction=True)
def test_an_event_outside_a_transaction_is_refused(task):
    with pytest.raises(RuntimeError):
        record("task.edit", subject=task, actor=None)
    with pytest.raises(RuntimeError):
        record_each("task.edit", subjects=[task], actor=None)

    assert not Event.objects.exists()


def test_events_are_read_by_subject_task_and_actor(task, pia, erin):
    sub_task = SubTask.objects.create(task=task, name="Collect")
    Event.objects.all().delete()
    record("a", subject=task, actor=pia.agent)
    record("b", subject=sub_task, actor=erin.agent)
    record("c", subject=erin.agent, actor=pia.agent)

    def kinds(events) -> list[str]:
        return [event.kind for event in events]

    assert kinds(Event.objects.about(sub_task)) == ["b"]
    assert kinds(Event.objects.in_task(task)) == ["a", "b"]
    assert kinds(Event.objects.by(pia.agent)) == ["a", "c"]


def test_each_subject_gets_its_own_event(task, pia):
    sub_tasks = [
        SubTask.objects.create(task=task, name=name, status="cancelled") for name in ("Collect", "Sort")
    ]
    was = {sub_tasks[0].pk: "pending", sub_tasks[1].pk: "review"}

    record_each("sub_task.cancel", subjects=sub_tasks, actor=pia.agent, was=was, now="cancelled", why="Over.")

    events = Event.objects.filter(kind="sub_task.cancel")
    assert [(event.subject_name, event.was, event.now, event.why) for event in events] == [
        ("Collect", "pending", "cancelled", "Over."),
        ("Sort", "review", "cancelled", "Over."),
    ]
    assert {(event.actor_name, event.task_id) for event in events} == {("Pia", task.pk)}
    assert [event.data for event in events] == [{}, {}]


def test_each_event_can_have_its_own_details_and_tells_the_status(task):
    sub_tasks = [SubTask(task=task, name=name) for name in ("Collect", "Sort")]

    record_each("sub_task.create", subjects=sub_tasks, actor=None, data=lambda row: {"name": row.name})

    events = Event.objects.filter(kind="sub_task.create")
    assert [(event.was, event.now, event.data) for event in events] == [
        ("", "pending", {"name": "Collect"}),
        ("", "pending", {"name": "Sort"}),
    ]


def test_many_events_take_two_queries(task, django_assert_num_queries):
    sub_tasks = [SubTask(task=task, name=str(number)) for number in range(20)]

    with django_assert_num_queries(2):
        record_each("sub_task.create", subjects=sub_tasks, actor=None)

    assert Event.objects.count() == 20


def test_no_subjects_no_events(db):
    record_each("sub_task.create", subjects=[], actor=None)

    assert not Event.objects.exists()
