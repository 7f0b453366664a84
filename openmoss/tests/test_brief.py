"""The whole wake-up in one call."""

import hypothesis.strategies as some
import pytest
from hypothesis import HealthCheck, given, settings

from agents.request_log import buffer
from conftest import Caller
from openmoss.briefing import USUAL
from reviews.models import Review
from tasks import services as work
from tasks.models import ActivityLog, Rule, SubTask, Task

CEILING = {"planner": 14, "executor": 14, "reviewer": 11, "patrol": 9}


def brief(agent: Caller, **query) -> dict:
    answer = agent.get("/api/brief", **query)
    assert answer.status_code == 200, answer.content
    return answer.json()


def markdown(agent: Caller, **query) -> str:
    return agent.get("/api/brief", **{"as": "markdown"} | query).content.decode()


@pytest.fixture
def busy(pia, erin, rita) -> Task:
    """A task with 30 sub-tasks, one of them rejected three times, and 200 entries in the log."""
    task = work.create_task(name="News", description="A daily digest.", by=pia.agent)
    work.add_rule(content="Write in English.", task=task, by=pia.agent)
    text = "Every source is checked by hand and listed with its feed. " * 8
    for n in range(30):
        SubTask.objects.create(
            task=task, name=f"Part {n}", description=text, deliverable=f"part-{n}.md", acceptance=text
        )
    first = SubTask.objects.get(name="Part 0")
    work.claim(first, by=erin.agent)
    for round in range(1, 4):
        work.start(first, by=erin.agent)
        work.submit(first, by=erin.agent)
        rita.post(
            "/api/review-records",
            sub_task_id=str(first.pk),
            result="rejected",
            score=2,
            issues=f"Round {round}: {text}",
        )
        first.refresh_from_db()
    ActivityLog.objects.bulk_create(
        ActivityLog(agent=erin.agent, sub_task=first, action="coding", summary=text) for _ in range(200)
    )
    assert Review.objects.count() == 3
    return task


def test_a_working_executor_gets_everything_in_one_call_of_at_most_8000_characters(erin, busy):
    rules = brief(erin)["rules"]

    text = markdown(erin, rules=rules["digest"])

    assert len(text) <= USUAL
    assert "### 1. Rework: Part 0" in text
    assert f"task: News ({str(busy.pk)[:8]})" in text
    assert "Round 3:" in text
    assert "Round 2:" not in text
    assert "Write in English." in text
    assert "### 2. Free to claim" in text
    assert len(erin.get("/api/brief", rules=rules["digest"]).content.decode()) <= USUAL


def test_work_that_comes_again_says_for_which_time_it_is(pia, erin):
    task = pia.post("/api/tasks", name="News").json()
    daily = {"name": "Daily", "recurring_config": {"cron": "0 9 * * *"}}
    sub_task = pia.post("/api/sub-tasks", task_id=task["id"], **daily).json()

    [item] = brief(erin)["items"]

    assert item["occurrence"] == sub_task["occurrence"]
    assert f"for the time: {sub_task['occurrence']}" in markdown(erin)


@pytest.mark.parametrize("who", ["pia", "erin", "rita", "pat"])
def test_the_number_of_queries_is_fixed(request, pat, busy, who, django_assert_max_num_queries):
    agent = request.getfixturevalue(who)
    agent.get("/api/brief")  # the first one ever makes the row of settings
    with django_assert_max_num_queries(CEILING[agent.agent.role]) as few:
        agent.get("/api/brief")

    for sub_task in SubTask.objects.filter(status="pending")[:20]:
        work.claim(sub_task, by=request.getfixturevalue("erin").agent)
        work.start(sub_task, by=request.getfixturevalue("erin").agent)
        work.submit(sub_task, by=request.getfixturevalue("erin").agent)
    with django_assert_max_num_queries(CEILING[agent.agent.role]) as many:
        agent.get("/api/brief")

    assert abs(len(many) - len(few)) <= 4  # only whole kinds of detail come or go


def test_rules_that_are_known_are_not_sent_again_until_they_change(erin, db):
    first = brief(erin)["rules"]
    assert "Rules" in first["content"]

    again = brief(erin, rules=first["digest"])["rules"]
    assert again == {"digest": first["digest"], "content": ""}

    Rule.objects.create(scope="global", content="Be brief.")
    assert brief(erin, rules=first["digest"])["rules"]["content"] == "Be brief."


def test_nothing_new_is_a_304(erin, busy):
    first = erin.get("/api/brief")

    again = erin.client.get(
        "/api/brief", headers={"Authorization": f"Bearer {erin.key}", "If-None-Match": first["ETag"]}
    )
    assert again.status_code == 304
    assert again.content == b""

    erin.post(f"/api/sub-tasks/{first.json()['items'][0]['id']}/start")
    now = erin.client.get(
        "/api/brief", headers={"Authorization": f"Bearer {erin.key}", "If-None-Match": first["ETag"]}
    )
    assert now.status_code == 200


def test_the_least_urgent_is_left_out_first_and_counted(erin, busy):
    whole, small = brief(erin, max_chars=20_000), brief(erin, max_chars=4_000)

    assert whole["left_out"] == 0
    kept = len(small["items"])
    assert 0 < kept < len(whole["items"])
    assert small["left_out"] == len(whole["items"]) - kept
    assert [item["id"] for item in small["items"]] == [item["id"] for item in whole["items"][:kept]]


def test_one_item_that_does_not_fit_is_cut_at_a_sentence_and_says_how_to_read_the_rest(erin, busy):
    text = markdown(erin, max_chars=1500, rules=brief(erin)["rules"]["digest"])

    assert len(text) <= 1500
    assert "### 1. Rework: Part 0" in text
    assert "feed. […]" in text
    assert "Read the rest with `st get" in text


@pytest.mark.parametrize(
    ("name", "value"), [("max_chars", "1"), ("max_chars", "x"), ("max_chars", 10**30), ("as", "xml")]
)
def test_nonsense_is_refused(erin, name, value):
    answer = erin.get("/api/brief", **{name: value})

    assert answer.status_code == 400
    assert name in answer.json()["fields"]


def test_the_executor_hears_what_its_work_builds_on_and_what_it_learnt(pia, erin, ed, rita):
    task = work.create_task(name="News", by=pia.agent)
    first = work.create_sub_task(task, name="Sources", by=pia.agent)
    second = work.create_sub_task(task, name="Articles", depends_on=[first], by=pia.agent)
    work.claim(first, by=ed.agent)
    work.start(first, by=ed.agent)
    work.say(by=ed.agent, action="delivery", summary="Ten of them in sources.md", sub_task=first)
    work.submit(first, by=ed.agent)
    work.say(by=erin.agent, action="reflection", summary="Open every link.")
    assert brief(erin)["items"] == []

    rita.post("/api/review-records", sub_task_id=str(first.pk), result="approved", score=5)

    told = brief(erin)
    assert [item["name"] for item in told["items"]] == ["Articles"]
    assert told["items"][0]["built_on"][0]["delivery"] == "Ten of them in sources.md"
    assert told["reflections"][0]["summary"] == "Open every link."
    assert told["items"][0]["do"][0] == f"st claim {str(second.pk)[:8]}"


def test_the_reviewer_sees_the_delivery_and_the_rounds_before(erin, rita, busy):
    work.start(SubTask.objects.get(name="Part 0"), by=erin.agent)
    work.submit(SubTask.objects.get(name="Part 0"), by=erin.agent)

    item = brief(rita)["items"][0]

    assert (item["kind"], item["round"]) == ("review", 4)
    assert [verdict["round"] for verdict in item["earlier_rounds"]] == [3, 2, 1]
    assert item["trail"][0]["by"] == "Erin"


def test_the_planner_sees_the_question_and_what_was_said_before_it(pia, erin, busy):
    part = SubTask.objects.get(name="Part 0")
    work.start(part, by=erin.agent)
    work.say(by=erin.agent, action="blocked", summary="Tried A and B. Which one?", sub_task=part)

    item = next(item for item in brief(pia)["items"] if item["kind"] == "help")

    assert (item["asked_by"], item["asks"]) == ("Erin", "Tried A and B. Which one?")
    assert len(item["trail"]) > 1


def test_patrol_sees_open_findings_and_how_to_look_closer(pat, pia, erin, db):
    from patrol.models import Finding

    finding = Finding.objects.create(
        kind="stuck",
        severity="critical",
        subject_id=erin.agent.pk,
        agent=erin.agent,
        description="Erin is silent.",
    )

    told = brief(pat)

    assert told["wake"] is True
    assert (told["items"][0]["found"], told["items"][0]["name"]) == ("stuck", "Erin is silent.")
    assert told["items"][0]["do"] == [
        f"log list --agent-id {erin.id[:8]}",
        f"score agent-logs {erin.id[:8]}",
        f'finding resolve {str(finding.pk)[:8]} --reason "<how>"',
        f'or: finding ignore {str(finding.pk)[:8]} --reason "<why>"',
    ]
    assert "st reassign" in " ".join(brief(pia)["items"][0]["do"])


MOVES = some.sampled_from(
    [
        "create",
        "claim",
        "start",
        "submit",
        "approve",
        "reject",
        "block",
        "unblock",
        "help",
        "cancel task",
        "new task",
    ]
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(story=some.lists(MOVES, min_size=1, max_size=12))
def test_peek_wakes_exactly_when_the_brief_holds_something_to_do(story, pia, erin, rita, pat):
    Rule.objects.all().delete()
    Review.objects.all().delete()
    from scoring.models import ScoreEntry

    ScoreEntry.objects.all().delete()
    Task.objects.all().delete()
    for move in story:
        _do(move, pia, erin, rita, pat)
        for agent in (pia, erin, rita, pat):
            for room in (500, USUAL):
                told = brief(agent, max_chars=room)
                assert told["wake"] == any(item["actionable"] for item in told["items"])
                assert told["wake"] == agent.get("/api/peek").json()["wake"]
    buffer.flush()


def _do(move: str, pia: Caller, erin: Caller, rita: Caller, pat: Caller) -> None:
    """Make a move wherever it is possible; refusals are part of the story."""
    task = Task.objects.filter(status__in=["planning", "active", "in_progress"]).first()
    sub_task = SubTask.objects.order_by("?").first()
    id = str(sub_task.pk) if sub_task else "none"
    if move == "new task" or task is None:
        pia.post("/api/tasks", name="Task")
    elif move == "create":
        pia.post("/api/sub-tasks", task_id=str(task.pk), name="Part", description="Long. " * 100)
    elif move in ("claim", "start", "submit"):
        erin.post(f"/api/sub-tasks/{id}/{move}")
    elif move == "approve":
        rita.post(f"/api/sub-tasks/{id}/complete", score=5)
    elif move == "reject":
        rita.post(f"/api/sub-tasks/{id}/rework", score=1, issues="No. " * 50)
    elif move == "block":
        pat.post(f"/api/sub-tasks/{id}/block", reason="Silent")
    elif move == "unblock":
        pia.post(f"/api/sub-tasks/{id}/unblock")
    elif move == "help":
        erin.post("/api/logs", action="blocked", summary="Help?", sub_task_id=id)
    elif move == "cancel task":
        pia.post(f"/api/tasks/{task.pk}/cancel")
