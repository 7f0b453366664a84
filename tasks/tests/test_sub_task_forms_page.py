"""New and edited sub-tasks: the brief, what they wait for, who does them, and whether they come again."""

import pytest

from notifications.models import Event
from tasks.models import Module, Recurrence, SubTask, Task

PLAIN = {"name": "Collect", "priority": "high", "timezone": "UTC", "overlap": "skip", "catch_up": "one"}


def needs(sub_task) -> set:
    return set(sub_task.depends_on.values_list("name", flat=True))


def test_a_person_plans_a_sub_task(desk, task, given, erin):
    module = Module.objects.create(task=task, name="Sources")
    first, second = given(name="First"), given("done", holder=erin, name="Second")

    answer = desk.post(
        f"/tasks/{task.pk}/sub-tasks/new",
        PLAIN
        | {
            "module": module.pk,
            "assignee": erin.id,
            "acceptance": "A\r\nB",
            "depends_on": [first.pk, second.pk],
        },
    )

    sub_task = SubTask.objects.get(name="Collect")
    event = Event.objects.about(sub_task).get()
    assert answer.url == f"/sub-tasks/{sub_task.pk}"
    assert (sub_task.priority, sub_task.module, sub_task.acceptance) == ("high", module, "A\nB")
    assert (sub_task.status, sub_task.assignee, sub_task.type) == ("assigned", erin.agent, "once")
    assert needs(sub_task) == {"First", "Second"}
    assert (event.kind, event.actor_name) == ("sub_task.create", "Ann")
    assert not Recurrence.objects.exists()


def test_only_what_belongs_here_can_be_chosen(desk, task, given, pia, unchanged):
    other = Task.objects.create(name="Sports")
    foreign = Module.objects.create(task=other, name="Balls")
    elsewhere, cancelled = given(task=other), given("cancelled")

    with unchanged(task):
        for wrong in (
            {"module": foreign.pk},
            {"depends_on": [elsewhere.pk]},
            {"depends_on": [cancelled.pk]},
            {"assignee": pia.id},
            {"priority": "urgent"},
        ):
            answer = desk.post(f"/tasks/{task.pk}/sub-tasks/new", PLAIN | wrong)

            assert set(answer.context["form"].errors) == set(wrong)


def test_with_a_schedule_it_comes_again(desk, task, erin):
    answer = desk.post(
        f"/tasks/{task.pk}/sub-tasks/new",
        PLAIN | {"cron": "0 9 * * *", "timezone": "Asia/Shanghai", "overlap": "queue", "assignee": erin.id},
    )

    recurrence, sub_task = Recurrence.objects.get(), SubTask.objects.get()
    assert answer.url == f"/sub-tasks/{sub_task.pk}"
    assert (recurrence.cron, recurrence.timezone, recurrence.overlap) == (
        "0 9 * * *",
        "Asia/Shanghai",
        "queue",
    )
    assert (sub_task.recurrence, sub_task.type, sub_task.assignee) == (recurrence, "recurring", erin.agent)
    assert Event.objects.about(recurrence).get().actor_name == "Ann"


def test_a_schedule_that_is_none_is_shown_at_its_field(desk, task, unchanged):
    with unchanged(task):
        answer = desk.post(f"/tasks/{task.pk}/sub-tasks/new", PLAIN | {"cron": "every day"})

    assert answer.status_code == 422
    assert "is no schedule" in answer.context["form"].errors["cron"][0]
    assert '<details class="schedule" id="schedule" open>' in answer.content.decode()


def test_nothing_is_added_to_a_closed_task(desk, task, given):
    Task.objects.filter(pk=task.pk).update(status="completed")

    answer = desk.post(f"/tasks/{task.pk}/sub-tasks/new", PLAIN)

    assert answer.status_code == 422
    assert "is completed; nothing in it can be added" in answer.content.decode()
    assert not SubTask.objects.exists()


@pytest.fixture
def edit(desk):
    """Send the form of a sub-task as it is shown, but for some values."""

    def send(sub_task, **values):
        form = desk.get(f"/sub-tasks/{sub_task.pk}/edit").context["form"]
        shown = {name: form[name].value() for name in form.fields}
        shown = {name: getattr(value, "pk", value) for name, value in shown.items() if value is not None}
        return desk.post(f"/sub-tasks/{sub_task.pk}/edit", shown | values)

    return send


def test_a_person_edits_a_brief(edit, task, given):
    module = Module.objects.create(task=task, name="Sources")
    first, second = given(name="First"), given(name="Second")
    sub_task = given(name="Collect", description="One\nTwo", needs=[first])

    edit(sub_task)
    assert not Event.objects.about(sub_task).exists()
    answer = edit(sub_task, description="One\r\nTwo", module=module.pk, depends_on=[second.pk])

    sub_task.refresh_from_db()
    assert answer.url == f"/sub-tasks/{sub_task.pk}"
    assert (sub_task.module, sub_task.description, needs(sub_task)) == (module, "One\nTwo", {"Second"})
    event = Event.objects.about(sub_task).get()
    assert (event.actor_name, event.data) == ("Ann", {"fields": ["module", "depends_on"]})


def test_a_circle_is_refused_at_its_field(edit, given):
    first = given(name="First")
    second = given(name="Second", needs=[first])

    answer = edit(first, depends_on=[second.pk])

    assert "That would be a circle" in answer.context["form"].errors["depends_on"][0]
    assert needs(first) == set()


def test_what_it_waits_for_already_stays_to_choose(desk, given):
    gone = given("cancelled", name="Gone")
    sub_task = given(needs=[gone])

    choices = desk.get(f"/sub-tasks/{sub_task.pk}/edit").context["form"].fields["depends_on"].choices

    assert [words for _pk, words in choices] == ["Gone (cancelled)"]


def test_an_edit_does_not_write_over_somebody_elses(desk, pia, given):
    sub_task = given()
    seen = desk.get(f"/sub-tasks/{sub_task.pk}/edit").context["form"].now
    pia.put(f"/api/sub-tasks/{sub_task.pk}", description="Only from harbours.")

    answer = desk.post(
        f"/sub-tasks/{sub_task.pk}/edit", PLAIN | {"description": "From anywhere.", "seen": seen}
    )

    sub_task.refresh_from_db()
    assert "Somebody changed this while you were writing" in answer.content.decode()
    assert sub_task.description == "Only from harbours."


def test_what_was_begun_is_not_edited(edit, given, erin, unchanged):
    sub_task = given("in_progress", holder=erin)

    with unchanged(sub_task):
        answer = edit(sub_task, name="Else")

    assert "only one that nobody has started can be edited" in answer.content.decode()


def test_a_large_task_offers_its_newest_in_few_queries(desk, task, django_assert_max_num_queries):
    SubTask.objects.bulk_create(SubTask(task=task, name=f"Part {n}") for n in range(230))

    with django_assert_max_num_queries(15):
        page = desk.get(f"/tasks/{task.pk}/sub-tasks/new")

    assert len(page.context["form"].fields["depends_on"].choices) == 200
