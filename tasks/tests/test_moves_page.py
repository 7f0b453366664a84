"""The moves that a person makes: each asks first, goes through its service, and knows when somebody was faster."""

import pytest

from notifications.models import Event


@pytest.fixture
def move(desk):
    """Open the question of a move, and send it."""

    def send(sub_task, verb, *, meanwhile=None, headers=None, **values):
        form = desk.get(f"/sub-tasks/{sub_task.pk}/{verb}").context["form"]
        if meanwhile:
            meanwhile()
        seen = {"seen": form["seen"].value()}
        return desk.post(f"/sub-tasks/{sub_task.pk}/{verb}", seen | values, headers=headers or {})

    return send


@pytest.mark.parametrize(
    ("status", "verb", "then", "kept"),
    [
        ("in_progress", "block", "blocked", True),
        ("blocked", "unblock", "pending", False),
        ("rework", "release", "pending", False),
        ("review", "cancel", "cancelled", True),
    ],
)
def test_a_person_moves_a_sub_task(move, given, erin, ann, status, verb, then, kept):
    sub_task = given(status, holder=erin)

    answer = move(sub_task, verb, why="The harbour is closed.")

    sub_task.refresh_from_db()
    event = Event.objects.about(sub_task).get()
    assert answer.url == f"/sub-tasks/{sub_task.pk}"
    assert (sub_task.status, sub_task.assignee_id is not None) == (then, kept)
    assert (event.kind, event.was, event.now) == (f"sub_task.{verb}", status, then)
    assert (event.actor_role, event.actor_id, event.why) == ("admin", str(ann.pk), "The harbour is closed.")


@pytest.mark.parametrize("verb", ["block", "release"])
def test_taking_work_away_needs_a_reason(move, given, erin, unchanged, verb):
    sub_task = given("in_progress", holder=erin)

    with unchanged(sub_task):
        answer = move(sub_task, verb, why=" ")

    assert answer.status_code == 422
    assert "why" in answer.context["form"].errors


def test_a_person_gives_work_to_an_executor(desk, move, given, erin, ed, pia):
    sub_task = given("in_progress", holder=erin)

    page = desk.get(f"/sub-tasks/{sub_task.pk}/reassign")
    choices = [words for _pk, words in page.context["form"].fields["to"].choices][1:]
    wrong = move(sub_task, "reassign", to=pia.id)
    answer = move(sub_task, "reassign", to=ed.id, why="Ed knows Dutch.")

    sub_task.refresh_from_db()
    assert choices == ["Ed (has 0 sub-tasks)", "Erin (has 1 sub-task)"]
    assert "Erin loses it" in page.content.decode()
    assert "to" in wrong.context["form"].errors
    assert answer.status_code == 302
    assert (sub_task.assignee, sub_task.status, sub_task.attempt) == (ed.agent, "assigned", 2)
    assert Event.objects.about(sub_task).get().actor_name == "Ann"


def test_who_was_not_seen_loses_nothing(move, given, erin, ed, pia):
    sub_task = given("assigned", holder=erin)

    def handed_on():
        pia.post(f"/api/sub-tasks/{sub_task.pk}/reassign", agent_id=ed.id)

    answer = move(sub_task, "release", meanwhile=handed_on, why="Erin sleeps.")

    sub_task.refresh_from_db()
    assert answer.status_code == 422
    assert "Somebody else was faster" in answer.content.decode()
    assert "Ed holds it" in answer.content.decode()
    assert "`st" not in answer.content.decode()
    assert sub_task.assignee == ed.agent


def test_a_question_that_was_tampered_with_does_nothing(desk, given, erin, unchanged):
    sub_task = given("assigned", holder=erin)

    with unchanged(sub_task):
        for seen in ("", "assigned", "assigned 1 x", "done 1 0", "assigned 1 99999999999"):
            answer = desk.post(f"/sub-tasks/{sub_task.pk}/release", {"why": "Now.", "seen": seen})

            assert answer.status_code == 422


def test_cancelling_says_who_waits(desk, given, erin):
    sub_task = given("assigned", holder=erin)
    given(needs=[sub_task])
    given("cancelled", needs=[sub_task])

    page = desk.get(f"/sub-tasks/{sub_task.pk}/cancel").content.decode()

    assert "Erin loses it. 1 sub-task waits for it" in page


def test_a_dialog_goes_back_to_the_page_below_it(move, given, erin):
    headers = {"HX-Request": "true", "HX-Target": "question"}
    board = {"HX-Current-URL": "http://testserver/tasks/board?agent=1"}
    evil = {"HX-Current-URL": "http://evil.example/tasks/board"}

    over_the_board = move(given("assigned", holder=erin), "release", why="Now.", headers=headers | board)
    sub_task = given("assigned", holder=erin)
    from_elsewhere = move(sub_task, "release", why="Now.", headers=headers | evil)
    sub_task_2 = given("assigned", holder=erin)
    itself = {"HX-Current-URL": f"http://testserver/sub-tasks/{sub_task_2.pk}/release"}
    on_its_own_page = move(sub_task_2, "release", why="Now.", headers=headers | itself)

    assert '"/tasks/board?agent=1"' in over_the_board.headers["HX-Location"]
    assert f'"/sub-tasks/{sub_task.pk}"' in from_elsewhere.headers["HX-Location"]
    assert f'"/sub-tasks/{sub_task_2.pk}"' in on_its_own_page.headers["HX-Location"]


def test_names_in_a_question_are_harmless(desk, pia, task):
    evil = "<script>alert(1)</script>\u202e"
    id = pia.post("/api/sub-tasks", task_id=str(task.pk), name=evil).json()["id"]

    for verb in ("cancel", "reassign", "edit"):
        page = desk.get(f"/sub-tasks/{id}/{verb}").content.decode()

        assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
        assert "<script>alert" not in page
