"""The page of one sub-task."""

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from agents.models import Agent
from openmoss.selectors.acceptance import criteria
from reviews.models import Review
from reviews.services import review
from tasks.models import ActivityLog, Dependency, Rule, SubTask, Task
from tasks.services import add_rule

HOSTILE = "<script>alert(1)</script>\u202e [see](javascript:alert(1))"


@pytest.fixture
def brief(pia, erin) -> str:
    """Erin's sub-task, which another one waits for; its id."""
    task = pia.post("/api/tasks", name="News").json()
    module = pia.post(f"/api/tasks/{task['id']}/modules", name="Sources").json()
    made = pia.post(
        "/api/sub-tasks",
        task_id=task["id"],
        module_id=module["id"],
        name="Collect",
        description="From **all** harbours",
        deliverable="news.md",
        acceptance="- Every link works\n- At most 20 lines",
    ).json()["id"]
    pia.post("/api/sub-tasks", task_id=task["id"], name="Write", depends_on=[made])
    erin.post(f"/api/sub-tasks/{made}/claim")
    erin.post(f"/api/sub-tasks/{made}/start", session_id="chat-1")
    erin.post(
        "/api/logs", sub_task_id=made, action="delivery", summary="It is in *news.md*", session_id="chat-1"
    )
    return made


def shown(browser, id: str, query: str = "") -> str:
    answer = browser.get(f"/sub-tasks/{id}{query}")
    assert answer.status_code == 200
    return answer.content.decode()


def submitted(erin, id: str) -> SubTask:
    erin.post(f"/api/sub-tasks/{id}/submit", session_id="chat-1")
    return SubTask.objects.get(pk=id)


def test_it_shows_the_brief_the_facts_and_everything_that_happened(desk, brief, erin, rita):
    review(
        submitted(erin, brief),
        by=rita.agent,
        result="rejected",
        score=2,
        issues="1. Every link works: no, 3 do not",
    )

    page = shown(desk, brief)

    assert "From <strong>all</strong> harbours" in page
    assert "news.md" in page
    for fact in ("News", "Sources", "Erin", "1 time", "Needed by", "chat-1", brief):
        assert fact in page
    assert re.search(r"Attempt 1</span>.*?Erin</a>.*?session.*?chat-1", page, re.S)
    order = [
        "Pia</a> added",
        "Erin</a> took",
        "Erin</a> started",
        "It is in <em>news.md</em>",
        "Erin</a> handed in",
        "−5",
    ]
    assert sorted(order, key=page.index) == order
    # What the verdict says about a point stands at that point, and only there.
    first, second = re.findall(r'<ul class="criteria">(.*?)</ul>', page, re.S)[0].split("<li>")[1:]
    assert "sent back" in first
    assert "no, 3 do not" in first
    assert "sent back" not in second


def test_newest_first_stands_in_the_address(desk, brief):
    page = shown(desk, brief, "?order=newest")

    assert page.index("Erin</a> started") < page.index("Erin</a> took") < page.index("Pia</a> added")


def test_only_moves_that_are_possible_now_are_offered(desk, onlooker, brief, erin):
    moves = r'href="/sub-tasks/[^/"]*/([a-z-]+)"'

    assert re.findall(moves, shown(desk, brief)) == ["reassign", "release", "block", "cancel"]
    submitted(erin, brief)
    assert re.findall(moves, shown(desk, brief)) == ["review", "cancel"]
    assert re.findall(moves, shown(onlooker, brief)) == []
    SubTask.objects.filter(pk=brief).update(status="cancelled")
    page = shown(desk, brief)
    assert re.findall(moves, page) == []
    assert "nothing about it can be changed any more" in page


def test_it_says_what_it_waits_for(desk, brief):
    write = SubTask.objects.get(name="Write")

    page = shown(desk, write.pk)
    assert "It waits for another sub-task:" in page
    assert "/edit" in page

    SubTask.objects.filter(pk=brief).update(status="cancelled")
    assert "so will never be done" in shown(desk, write.pk)

    SubTask.objects.filter(pk=brief).update(status="done", completed_at=write.created_at)
    page = shown(desk, write.pk)
    assert "It waits for" not in page

    Task.objects.update(status="archived")
    assert "Its task is archived: nobody will take it up." in shown(desk, write.pk)


def test_it_says_who_asks_for_help_why_it_is_blocked_and_what_was_found(desk, brief, erin, pat):
    erin.post("/api/logs", sub_task_id=brief, action="blocked", summary="Which harbours?")
    page = shown(desk, brief)
    assert "asks for help, and nobody has answered" in page
    assert f'href="/rules/new?sub_task={brief}"' in page

    pat.post(
        "/api/findings", sub_task_id=brief, kind="stuck", severity="critical", description="It stands still"
    )
    pat.post(f"/api/sub-tasks/{brief}/block", reason="The source is down")
    page = shown(desk, brief)
    assert "nobody has answered" not in page
    assert re.search(r'class="note" data-tone="rose".*?The source is down', page, re.S)
    assert re.search(r'href="/patrol/[^"]*">It stands still</a>', page)
    assert re.search(r'href="/patrol/[^"]*/resolve"', page)


def test_it_keeps_itself_fresh_without_asking_twice(desk, brief, erin):
    (address,) = re.findall(r'<div id="sub_task"[^>]* hx-get="([^"]*)"', shown(desk, brief, "?order=newest"))
    live = {"HX-Request": "true", "HX-Target": "sub_task"}
    address = address.replace("&amp;", "&")

    assert "order=newest" in address
    assert desk.get(f"/sub-tasks/{brief}{address}", headers=live).status_code == 204

    erin.post("/api/logs", sub_task_id=brief, action="coding", summary="Going on")
    fresh = desk.get(f"/sub-tasks/{brief}{address}", headers=live)
    assert fresh.status_code == 200
    assert "Going on" in fresh.content.decode()
    assert "<html" not in fresh.content.decode()


def test_a_short_id_will_do_and_an_unknown_one_is_told(desk, brief):
    assert desk.get(f"/sub-tasks/{brief[:8]}").status_code == 200
    assert desk.get("/sub-tasks/0b6db41f-aecb-438b-909f-d56f890464b9").status_code == 404
    assert desk.get(f"/sub-tasks/{brief}?before=x").status_code == 400


def test_what_agents_wrote_stays_text(desk, brief, erin, rita):
    texts = dict.fromkeys(["name", "description", "deliverable", "acceptance", "blocked_reason"], HOSTILE)
    SubTask.objects.filter(pk=brief).update(**texts, current_session_id=HOSTILE)
    SubTask.objects.filter(name="Write").update(name=HOSTILE)
    erin.post("/api/logs", sub_task_id=brief, action="blocked", summary=HOSTILE * 400, session_id=HOSTILE)
    add_rule(content=HOSTILE, sub_task=SubTask.objects.get(pk=brief), by=None)
    SubTask.objects.filter(pk=brief).update(status="review")
    review(
        SubTask.objects.get(pk=brief),
        by=rita.agent,
        result="rejected",
        score=1,
        issues=HOSTILE,
        comment=HOSTILE,
    )
    SubTask.objects.filter(pk=brief).update(status="blocked")

    page = shown(desk, brief)

    assert "<script>alert" not in page
    assert "\u202e" not in page
    assert 'href="javascript' not in page
    # A very long text is not read as Markdown to its end.
    assert "The rest of this text" in page


def test_it_asks_as_much_of_a_long_history_as_of_a_short_one(desk, brief, erin, rita):
    def queries() -> int:
        with CaptureQueriesContext(connection) as asked:
            shown(desk, brief)
        return len(asked)

    review(submitted(erin, brief), by=rita.agent, result="rejected", score=2, issues="1. No")
    add_rule(content="x", sub_task=SubTask.objects.get(pk=brief), by=None)
    shown(desk, brief)  # the first page of all makes the settings
    before = queries()
    row = SubTask.objects.get(pk=brief)
    for number in range(30):
        agent = Agent.objects.create(name=f"R{number}", role="reviewer")
        ActivityLog.objects.create(agent=agent, sub_task=row, action="coding", summary="x")
        Review.objects.create(
            sub_task=row,
            round=number + 2,
            reviewer=agent,
            reviewer_name="R",
            assignee=erin.agent,
            result="approved",
            score=5,
        )
        other = SubTask.objects.create(task=row.task, name="x")
        Dependency.objects.create(sub_task=row, needs=other)
        Rule.objects.create(scope="sub_task", sub_task=row, content="x")

    assert queries() == before
    assert before <= 25


def verdict(result: str, **said) -> Review:
    return Review(result=result, **said)


@pytest.mark.parametrize(
    ("acceptance", "points"),
    [
        ("- Every link works\n* At most 20 lines", ["Every link works", "At most 20 lines"]),
        ("1. One\n   goes on\n2) Two\n\n[ ] Three", ["One goes on", "Two", "Three"]),
        ("Every link works\nAt most 20 lines", ["Every link works", "At most 20 lines"]),
        ("", []),
        # What is no list of points is shown as it was written.
        ("Before all:\n- Every link works", []),
        ("# Links\n- Every link works", []),
        ("```\nmake check\n```", []),
    ],
)
def test_an_acceptance_that_is_a_list_becomes_one(acceptance, points):
    assert [point.text for point in criteria(acceptance, None)] == points


def test_a_verdict_is_told_of_a_point_only_where_it_names_it():
    acceptance = "- Every link works\n- At most 20 lines\n- In English\n- Short"
    issues = "1. Every link works? Three do not.\n2. Criterion 3: half of it is French.\n3. short of time"

    told = [(point.verdict, point.said) for point in criteria(acceptance, verdict("rejected", issues=issues))]

    assert told == [
        ("rejected", "Every link works? Three do not."),
        ("", ""),
        ("rejected", "Criterion 3: half of it is French."),
        # A word that could stand anywhere names nothing.
        ("", ""),
    ]
    approved = criteria(acceptance, verdict("approved", comment="At most 20 lines: 19"))
    assert [point.verdict for point in approved] == ["approved"] * 4
    assert [point.said for point in approved] == ["", "At most 20 lines: 19", "", ""]
