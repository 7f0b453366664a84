"""What a person does with a whole task: open, edit, move on, cancel it, and give it modules."""

from notifications.models import Event
from tasks.models import Module, Task


def errors(page) -> str:
    return page.context["form"].errors.as_text()


def test_a_person_opens_a_task(desk, ann):
    answer = desk.post("/tasks/new", {"name": "News", "description": "All\r\nof it", "type": "recurring"})

    task = Task.objects.get()
    event = Event.objects.about(task).get()
    assert answer.url == f"/tasks/{task.pk}"
    assert (task.name, task.description, task.type, task.status) == (
        "News",
        "All\nof it",
        "recurring",
        "planning",
    )
    assert (event.kind, event.actor_name, event.actor_id) == ("task.create", "Ann", str(ann.pk))


def test_a_name_is_one_line(desk):
    for name in ("", "two\nlines", "x" * 201, "nul\x00"):
        answer = desk.post("/tasks/new", {"name": name, "type": "once"})

        assert answer.status_code == 422
        assert "name" in answer.context["form"].errors
    assert not Task.objects.exists()


def test_who_may_only_look_changes_nothing(onlooker, task, given, daily, nothing_written):
    sub_task = given()
    addresses = [
        "/tasks/new",
        *(
            f"/tasks/{task.pk}/{verb}"
            for verb in ("edit", "status", "cancel", "modules/new", "sub-tasks/new", "recurrences/new")
        ),
        *(
            f"/sub-tasks/{sub_task.pk}/{verb}"
            for verb in ("edit", "reassign", "block", "unblock", "release", "cancel")
        ),
        *(f"/recurrences/{daily.pk}/{verb}" for verb in ("edit", "pause", "resume", "end")),
    ]

    with nothing_written():
        for address in addresses:
            assert onlooker.get(address).status_code == 200, address
            assert onlooker.post(address, {"name": "X", "why": "Y"}).status_code == 403, address


def test_an_edit_keeps_what_nobody_touched(desk):
    task = Task.objects.create(name="News", description="One\nTwo", status="active")
    form = desk.get(f"/tasks/{task.pk}/edit").context["form"]

    desk.post(f"/tasks/{task.pk}/edit", {"name": "Sports", "description": "One\r\nTwo", "seen": form.now})

    task.refresh_from_db()
    assert (task.name, task.description) == ("Sports", "One\nTwo")
    assert Event.objects.about(task).get().data == {"fields": ["name"]}


def test_an_edit_does_not_write_over_somebody_elses(desk, pia):
    task = Task.objects.create(name="News", status="active")
    seen = desk.get(f"/tasks/{task.pk}/edit").context["form"].now
    pia.put(f"/api/tasks/{task.pk}", name="Sports")

    answer = desk.post(f"/tasks/{task.pk}/edit", {"name": "Weather", "seen": seen})

    task.refresh_from_db()
    assert answer.status_code == 422
    assert "Somebody changed this while you were writing" in answer.content.decode()
    assert task.name == "Sports"


def test_only_the_next_statuses_are_offered(desk, given, task):
    given()
    page = desk.get(f"/tasks/{task.pk}/status")
    offered = [name for name, _words in page.context["form"].fields["status"].choices]

    refused = desk.post(f"/tasks/{task.pk}/status", {"status": "completed"})
    desk.post(f"/tasks/{task.pk}/status", {"status": "active"})

    task.refresh_from_db()
    assert offered == ["planning", "active", "completed", "archived"]
    assert "1 open sub-task is finished" in page.content.decode()
    assert refused.status_code == 422
    assert "still has open sub-tasks" in errors(refused)
    assert task.status == "active"
    assert Event.objects.about(task).get().actor_name == "Ann"


def test_what_has_ended_for_good_has_no_next_status(desk):
    task = Task.objects.create(name="News", status="archived")

    answer = desk.get(f"/tasks/{task.pk}/status")

    assert answer.status_code == 409
    assert "archived, for good" in answer.content.decode()


def test_cancelling_says_first_what_is_lost(desk, task, given, erin, ed):
    held = [given("in_progress", holder=erin), given("review", holder=erin), given("assigned", holder=ed)]
    free, done = given(), given("done", holder=ed)

    page = desk.get(f"/tasks/{task.pk}/cancel").content.decode()
    answer = desk.post(f"/tasks/{task.pk}/cancel", {"why": "Nobody reads news."})

    assert "4 open sub-tasks are cancelled with it. 2 agents lose the work they hold." in page
    assert answer.url == f"/tasks/{task.pk}"
    for row in (*held, free):
        row.refresh_from_db()
        assert row.status == "cancelled"
    done.refresh_from_db()
    assert done.status == "done"
    event = Event.objects.about(task).get()
    assert (event.kind, event.actor_name, event.why) == ("task.cancel", "Ann", "Nobody reads news.")


def test_a_person_adds_a_module(desk, task):
    desk.post(f"/tasks/{task.pk}/modules/new", {"name": "Sources", "description": ""})

    module = Module.objects.get(task=task)
    assert module.name == "Sources"
    assert Event.objects.about(module).get().actor_name == "Ann"


def test_a_task_that_is_not_there(desk, db):
    for verb in ("edit", "status", "cancel", "modules/new", "sub-tasks/new"):
        assert desk.get(f"/tasks/nonsense/{verb}").status_code == 404
