"""Why is nothing moving? A list of sentences, each with what frees it."""

from agents.services import disable_agent
from openmoss.models import SiteSettings
from patrol.tests.conftest import id_of
from tasks.models import SubTask, Task

LIVE = {"HX-Request": "true", "HX-Target": "reasons"}


def verbs(page) -> list[str]:
    (reason,) = page.context["reasons"].held_up
    return [str(remedy.verb) for remedy in reason.remedies]


def test_blocked_work_comes_with_what_frees_it(desk, begin, plan, pat, clock):
    sub_task = begin("Collect")
    plan("Write", depends_on=[id_of(sub_task)])
    pat.post(f"{sub_task}/block", reason="No access.")
    clock.forward(minutes=70)

    page = desk.get("/why")

    said = page.content.decode()
    assert "1 task is held up" in said
    assert "has been blocked for 1 h 10 min: No access." in said
    assert "1 sub-task waits behind it." in said
    assert verbs(page) == ["Reassign", "Unblock", "Cancel"]
    assert f'href="/sub-tasks/{id_of(sub_task)}/unblock" data-ask' in said


def test_what_moves_is_folded_away(desk, begin, clock):
    begin("Collect")

    said = desk.get("/why").content.decode()

    assert "Everything that can move is moving." in said
    assert "1 task moves" in said
    assert "has been worked on by Erin" in said
    assert "held up" not in said


def test_without_tasks_there_is_a_next_step(desk, onlooker):
    assert "/tasks/new" in desk.get("/why").content.decode()
    assert "/tasks/new" not in onlooker.get("/why").content.decode()


def test_where_a_role_is_missing_a_person_enrols_somebody(desk, begin, erin, pia, ann, clock):
    sub_task = begin("Collect")
    erin.post(f"{sub_task}/submit")

    page = desk.get("/why")

    assert verbs(page) == ["Review", "Enrol a reviewer"]
    assert "/agents/enrol?role=reviewer" in page.content.decode()

    disable_agent(pia.agent, by=ann)
    SubTask.objects.update(status="blocked")
    assert verbs(desk.get("/why")) == ["Reassign", "Unblock", "Cancel", "Enrol a planner"]


def test_a_question_is_answered_in_a_rule(desk, begin, erin, clock):
    sub_task = begin("Collect")
    erin.post("/api/logs", action="blocked", summary="Which feed <b>first</b>?", sub_task_id=id_of(sub_task))

    page = desk.get("/why")

    assert verbs(page)[0] == "Answer in a rule"
    assert f"/rules/new?sub_task={id_of(sub_task)}" in page.content.decode()
    assert "Which feed &lt;b&gt;first&lt;/b&gt;?" in page.content.decode()


def test_a_task_that_was_never_planned_or_never_closed_says_so(desk, task, plan, clock):
    clock.forward(hours=2)
    assert verbs(desk.get("/why")) == ["Add a sub-task", "Close the task"]

    plan("Collect")
    SubTask.objects.update(status="cancelled")
    assert verbs(desk.get("/why")) == ["Close the task", "Add a sub-task"]


def test_who_may_only_look_gets_no_buttons(onlooker, begin, pat, clock):
    pat.post(f"{begin('Collect')}/block", reason="No access.")

    said = onlooker.get("/why").content.decode()

    assert "No access." in said
    assert "data-ask" not in said


def test_the_list_is_sent_again_only_when_something_happened(desk, begin, pat, clock):
    sub_task = begin("Collect")
    cursor = desk.get("/why").context["cursor"]

    assert desk.get(f"/why?cursor={cursor}", headers=LIVE).status_code == 204
    pat.post(f"{sub_task}/block", reason="No access.")
    assert "No access." in desk.get(f"/why?cursor={cursor}", headers=LIVE).content.decode()
    # Silence grows without anything happening.
    cursor = desk.get("/why").context["cursor"]
    clock.forward(minutes=1)
    assert desk.get(f"/why?cursor={cursor}", headers=LIVE).status_code == 200


def test_thirty_tasks_cost_as_many_queries_as_one(desk, erin, django_assert_max_num_queries):
    for number in range(30):
        task = Task.objects.create(name=f"\u202eTask {number}", status="in_progress")
        SubTask.objects.create(task=task, name="Collect", status="blocked")
    SiteSettings.load()

    with django_assert_max_num_queries(14):
        said = desk.get("/why").content.decode()

    assert "30 tasks are held up" in said
    assert "\u202e" not in said
