"""Who works here: the list, one agent's page, and what becomes of its work when something changes."""

from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from agents import services as hiring
from agents.models import Agent, RequestLog
from agents.selectors import pulses
from conftest import hire, reads_of
from notifications.models import Event
from openmoss.tests.test_feed_page import HOSTILE, called
from scoring import services as scoring
from tasks.models import ActivityLog, SubTask, Task


@pytest.fixture
def task(db) -> Task:
    return Task.objects.create(name="News", status="in_progress")


@pytest.fixture
def work(task):
    """Give an agent a sub-task, in some status."""

    def give(agent, name="Collect", status="in_progress", **fields) -> SubTask:
        return SubTask.objects.create(
            task=task,
            name=name,
            status=status,
            assignee=agent,
            assigned_at=timezone.now(),
            attempt=1,
            **fields,
        )

    return give


def names(browser, query: str = "") -> list[str]:
    return [agent.name for agent in browser.get(f"/agents?{query}").context["rows"]]


def test_the_list_tells_what_each_one_is_at(desk, pia, erin, work):
    now = timezone.now()
    Agent.objects.filter(pk=erin.agent.pk).update(
        description="Fast hands.",
        total_score=15,
        last_seen_at=now - timedelta(minutes=3),
        awake_since=now - timedelta(minutes=20),
        usual_interval=600,
    )
    called(erin.agent, at=now - timedelta(minutes=20))
    for name, status in (("Later", "review"), ("Now", "in_progress"), ("Again", "rework")):
        work(erin.agent, name, status)

    page = desk.get("/agents")

    text = page.content.decode()
    seen = {agent.name: agent for agent in page.context["rows"]}
    assert [sub_task.name for sub_task in seen["Erin"].holds] == ["Now", "Again"]
    assert (seen["Erin"].open_count, sum(seen["Erin"].pulse)) == (3, 1)
    assert (seen["Pia"].holds, seen["Pia"].open_count, any(seen["Pia"].pulse)) == ([], 0, False)
    for said in (
        "Fast hands.",
        "3 open in all",
        "3 min ago",
        "10 min ago",
        "+15",
        f"/sub-tasks/{seen['Erin'].holds[0].pk}",
    ):
        assert said in text, said
    assert "Nobody works here yet as:" in text
    assert "/agents/enrol?role=reviewer" in text
    assert "/agents/enrol?role=planner" not in text


def test_filters_and_orders(desk, pia, erin, ed):
    Agent.objects.filter(pk=ed.agent.pk).update(total_score=5, description="Writes plainly.")
    Agent.objects.filter(pk=erin.agent.pk).update(last_seen_at=timezone.now() + timedelta(seconds=5))
    hiring.disable_agent(pia.agent)

    assert names(desk) == ["Erin", "Ed", "Pia"]
    assert names(desk, "sort=name") == ["Ed", "Erin", "Pia"]
    assert names(desk, "sort=score")[0] == "Ed"
    assert names(desk, "role=executor&sort=name") == ["Ed", "Erin"]
    assert names(desk, "status=disabled") == ["Pia"]
    assert names(desk, "status=retired") == []
    assert names(desk, "q=plain+writes") == ["Ed"]
    assert desk.get("/agents?role=king").status_code == 400
    assert "No agent is like that" in desk.get("/agents?q=nobody").content.decode()


def test_the_list_is_paged_in_every_order(monkeypatch, desk):
    monkeypatch.setattr("openmoss.pages.listing.listing.__kwdefaults__", {"rows": 2, "by": ()})
    everybody = sorted(hire(f"Agent {number}", "executor").agent.name for number in range(5))

    for sort in ("seen", "score", "name"):
        met, query = [], f"sort={sort}"
        while query:
            page = desk.get(f"/agents?{query}").context["rows"]
            met += [agent.name for agent in page]
            query = f"sort={sort}&before={page.older}" if page.older else ""
        assert sorted(met) == everybody, sort


def test_an_empty_house_says_where_to_begin(desk, onlooker):
    assert "Nobody works here yet" in desk.get("/agents").content.decode()
    assert "/agents/enrol?role=planner" in desk.get("/agents").content.decode()
    assert "/agents/enrol" not in onlooker.get("/agents").content.decode()


def test_the_list_shows_codes_that_wait(desk, ann):
    enrolment, code = hiring.enrol(name=HOSTILE.replace("\u202e", ""), role="patrol", by=ann)

    page = desk.get("/agents").content.decode()

    assert "<script>alert" not in page
    assert f"/enrolments/{enrolment.pk}/withdraw" in page
    assert code not in page


def test_a_pulse_has_a_beat_for_each_quarter_hour_with_a_call(erin, ed):
    now = timezone.now().replace(minute=50, second=0, microsecond=0)
    for minutes in (0, 3, 16, 24 * 60 - 20, 24 * 60 + 1):
        called(erin.agent, at=now - timedelta(minutes=minutes))

    with time_machine.travel(now, tick=False):
        heard = pulses([erin.agent, ed.agent])

    places = [place for place, beat in enumerate(heard[erin.agent.pk]) if beat]
    assert len(heard[erin.agent.pk]) == 96
    assert places == [0, 94, 95]
    assert not any(heard[ed.agent.pk])


def test_one_agent_has_everything_on_its_page(desk, ann, erin, rita, submitted):
    rita.post(
        "/api/review-records", sub_task_id=str(submitted.pk), result="rejected", score=2, issues="1. No."
    )
    erin.post(
        "/api/logs", action="reflection", summary="**Slower** next time.", sub_task_id=str(submitted.pk)
    )
    scoring.adjust(erin.agent, score_delta=7, reason="Helped Ed.", by=ann)
    called(
        erin.agent, method="POST", path=f"/api/sub-tasks/{submitted.pk}/start", status=409, body={"a": "b"}
    )
    address = f"/agents/{erin.id}"

    def tab(name: str) -> str:
        return desk.get(f"{address}?tab={name}").content.decode()

    page = desk.get(address)
    portrait = page.context["portrait"]
    assert portrait.trend == [0, -5, 2]
    assert (portrait.standing["rank"], portrait.standing["total_agents"]) == (1, 2)
    assert [review.result for review in portrait.verdicts] == ["rejected"]
    assert [sub_task.name for sub_task in portrait.held] == ["Collect"]
    assert [review.result for review in desk.get(f"/agents/{rita.id}").context["portrait"].verdicts] == [
        "rejected"
    ]
    assert f'<a href="/sub-tasks/{submitted.pk}">Collect</a>' in tab("work")
    assert f'could not start <a href="/sub-tasks/{submitted.pk}">Collect</a>' in tab("requests")
    assert "&quot;a&quot;: &quot;b&quot;" in tab("requests")
    assert "<strong>Slower</strong> next time." in tab("activity")
    assert "Helped Ed." in tab("scores")
    assert desk.get(f"{address}?tab=nonsense").context["tab"] == "work"
    assert desk.get(f"/agents/{erin.id[:8]}").status_code == 200
    assert desk.get("/agents/00000000").status_code == 404


def test_what_agents_wrote_is_harmless(desk, ann, erin, work):
    Agent.objects.filter(pk=erin.agent.pk).update(
        name=HOSTILE, description=f"{HOSTILE} [x](javascript:alert(1))"
    )
    sub_task = work(erin.agent, HOSTILE)
    ActivityLog.objects.create(agent=erin.agent, sub_task=sub_task, action="plan", summary=HOSTILE)
    scoring.adjust(erin.agent, score_delta=1, reason=HOSTILE, by=ann)

    for address in ("/agents", *(f"/agents/{erin.id}?tab={tab}" for tab in ("work", "activity", "scores"))):
        page = desk.get(address).content.decode()
        assert "<script>alert" not in page, address
        assert "\u202e" not in page, address
        assert 'href="javascript' not in page, address


def test_the_page_keeps_itself_fresh(desk, erin):
    address, part = f"/agents/{erin.id}", {"HX-Request": "true", "HX-Target": "portrait"}
    cursor = desk.get(address).context["cursor"]

    nothing = desk.get(f"{address}?cursor={cursor}", headers=part)
    called(erin.agent)
    fresh = desk.get(f"{address}?cursor={cursor}", headers=part)

    assert nothing.status_code == 204
    assert fresh.content.decode().lstrip().startswith('<div id="portrait"')


def test_a_person_edits_an_agent_and_hears_why_not(desk, erin, work):
    address = f"/agents/{erin.id}/edit"
    done = desk.post(
        address, {"role": "reviewer", "description": "Reads twice."}, follow=True
    ).content.decode()
    event = Event.objects.get(kind="agent.edit")
    Agent.objects.update(role="executor")
    work(erin.agent)
    refused = desk.post(address, {"role": "planner", "description": ""})

    assert "Erin was edited." in done
    assert (event.actor_name, event.was, event.now) == ("Ann", "executor", "reviewer")
    assert refused.status_code == 422
    assert "Erin still has open work as executor." in refused.content.decode()
    assert Agent.objects.get().role == "executor"


def test_disabling_says_what_stays_with_the_agent(desk, erin, work):
    address = f"/agents/{erin.id}/disable"
    idle = desk.get(address).content.decode()
    work(erin.agent), work(erin.agent, "Waits", "review")

    asked = desk.get(address).content.decode()
    desk.post(address, {"why": "Too loud."})

    assert "It has no open work." in idle
    assert "2 open sub-tasks stay with it" in asked
    event = Event.objects.get(kind="agent.disable")
    assert (event.actor_name, event.why) == ("Ann", "Too loud.")
    assert erin.get("/api/agents/me").status_code == 403


def test_retiring_asks_for_the_name_and_returns_the_work(desk, erin, work):
    held, waits = work(erin.agent), work(erin.agent, "Waits", "review")
    address = f"/agents/{erin.id}/retire"

    asked = desk.get(address).content.decode()
    mistyped = desk.post(address, {"name": "Ed", "why": "Slow."})
    assert Agent.objects.get().status == "active"
    done = desk.post(address, {"name": "Erin", "why": "Slow."}, follow=True)

    held.refresh_from_db(), waits.refresh_from_db()
    assert "1 sub-task in its hands returns to pending." in asked
    assert (mistyped.status_code, "That is not its name." in mistyped.content.decode()) == (422, True)
    assert "Erin has retired." in done.content.decode()
    assert (held.status, waits.status) == ("pending", "review")
    assert Event.objects.get(kind="agent.retire").actor_name == "Ann"
    assert f"/agents/{erin.id}/retire" not in done.content.decode()
    assert "has retired already" in desk.post(address, {"name": "Erin"}).content.decode()


def test_who_may_only_look_changes_nothing(onlooker, nothing_written, erin):
    addresses = [f"/agents/{erin.id}/{verb}" for verb in ("edit", "disable", "retire")]

    with nothing_written():
        answers = [onlooker.post(address, {"name": "Erin", "role": "planner"}) for address in addresses]

    assert [answer.status_code for answer in answers] == [403, 403, 403]
    assert not any(address in onlooker.get(f"/agents/{erin.id}").content.decode() for address in addresses)


def test_no_page_asks_more_often_when_there_is_more(desk, ann, erin, work):
    pages = [
        "/agents",
        *(f"/agents/{erin.id}?tab={tab}" for tab in ("work", "requests", "activity", "scores")),
    ]

    def fill(count: int) -> None:
        for number in range(count):
            agent = hire(f"Agent {Agent.objects.count()}", "executor").agent
            for someone in (erin.agent, agent):
                sub_task = work(someone, f"Work {number}")
                ActivityLog.objects.create(agent=someone, sub_task=sub_task, action="plan", summary="So.")
                called(someone, path=f"/api/sub-tasks/{sub_task.pk}", at=timezone.now())
            scoring.score_review(erin.agent, sub_task=sub_task, score=5, by=None)
            hiring.enrol(name=f"New {Agent.objects.count()}", role="patrol", by=ann)

    fill(1)
    few = [reads_of(desk, page) for page in pages]
    fill(15)

    assert [reads_of(desk, page) for page in pages] == few
    assert max(few) <= 25
    assert RequestLog.objects.count() == 32
