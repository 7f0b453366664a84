"""What agents ask of the API, live and as sentences; to people outside less of it, and only when asked to."""

import json
from datetime import datetime, timedelta, timezone

import pytest

from agents.models import RequestLog
from agents.request_log import buffer
from conftest import reads_of
from openmoss.models import SiteSettings
from openmoss.selectors import feed
from openmoss.selectors.calls import KNOWN
from openmoss.tests.test_access import ANYBODY, WHO_MAY
from patrol.models import Finding
from tasks.models import Recurrence, SubTask, Task

NOON = datetime(2026, 11, 23, 12, tzinfo=timezone.utc)
HOSTILE = "<script>alert(1)</script> \u202eevil"


@pytest.fixture
def open_to_all(db) -> None:
    SiteSettings.objects.update_or_create(pk=1, defaults={"public_feed": True})


def called(agent, second: int = 0, method="GET", path="/api/tasks", body=None, **fields) -> RequestLog:
    fields = {"status": 200, "milliseconds": 7, "at": NOON + timedelta(seconds=second)} | fields
    body = json.dumps(body) if body is not None else None
    return RequestLog.objects.create(
        agent=agent,
        agent_name=agent.name,
        agent_role=agent.role,
        method=method,
        path=path,
        body=body,
        **fields,
    )


def sentences(*, inside=True, **wanted) -> list[str]:
    """Return `name: sentence` of the newest page, without tags."""
    wanted = feed.Wanted(**({"agent": None, "role": "", "changes": False, "before": 0} | wanted))
    page = feed.feed_page(wanted, inside=inside)
    return [f"{turn.name}: {line.sentence}" for turn in page.turns for line in turn.lines]


def test_every_call_of_an_agent_has_a_sentence():
    asked = {title.replace("<str:id>", "<id>") for title, who in WHO_MAY.items() if who != ANYBODY}

    assert asked - KNOWN - {"GET scores/<id>"} == set()
    assert {key for key in KNOWN if " and " not in key and key.count(" ") == 1} <= asked


def test_a_day_at_work_reads_as_sentences(desk, pia, erin, rita):
    """From the answers of the API itself, so that what is told is what agents send."""
    task = pia.post("/api/tasks", name="News").json()["id"]
    work = pia.post("/api/sub-tasks", task_id=task, name="Collect").json()["id"]
    erin.post(f"/api/sub-tasks/{work[:8]}/claim")
    erin.post(f"/api/sub-tasks/{work}/start")
    erin.post("/api/logs", action="delivery", sub_task_id=work, summary="It is there.")
    erin.post(f"/api/sub-tasks/{work}/submit")
    erin.post(f"/api/sub-tasks/{work}/submit", idempotency_key="again")
    rita.post("/api/review-records", sub_task_id=work, result="rejected", score=2, issues="1. No.")
    rita.post(f"/api/sub-tasks/{work}/claim")  # 403: not even noted
    rita.post(f"/api/sub-tasks/{work}/rework")
    buffer.flush()

    page = desk.get("/feed").content.decode()
    link = f'<a href="/sub-tasks/{work}">Collect</a>'

    for told in (
        "opened <b>News</b>",
        "added <b>Collect</b>",
        f"wrote a note about {link}: delivery",
        f"submitted {link} for review",
        f"sent {link} back with 2 of 5",
        f"could not send {link} back",
    ):
        assert told in page, told
    assert f"claimed {link} and started it" in page or f"started {link}" in page  # a minute may have ended
    assert f"/api/sub-tasks/{work}/start" in page


def test_what_belongs_together_is_told_together(erin, ed):
    path = f"/api/sub-tasks/{SubTask.objects.create(task=Task.objects.create(name='T'), name='Collect').pk}"
    for second in (0, 10, 20):
        called(erin.agent, second, path="/api/brief")
    called(erin.agent, 30, "POST", f"{path}/claim")
    called(ed.agent, 31, "POST", f"{path}/claim", status=409)
    called(erin.agent, 32, "POST", f"{path}/start")
    called(erin.agent, 61, path="/api/brief")

    page = feed.feed_page(feed.Wanted(None, "", False, 0), inside=False)

    assert [
        (turn.at.minute, turn.name, [str(line.sentence) for line in turn.lines]) for turn in page.turns
    ] == [
        (1, "Erin", ["asked what there is to do"]),
        (0, "Erin", ["asked what there is to do", "claimed <b>Collect</b> and started it"]),
        (0, "Ed", ["could not claim <b>Collect</b>"]),
    ]
    assert [len(line.calls) for line in page.turns[1].lines] == [3, 2]
    assert page.turns[2].lines[0].failed == 409


def test_rows_of_other_kinds_have_names_too(desk, pia, erin):
    task = Task.objects.create(name="News")
    again = Recurrence.objects.create(task=task, cron="0 9 * * *", name="Daily", next_at=NOON)
    about = {"subject_id": task.pk, "task": task, "description": "It stands."}
    finding = Finding.objects.create(kind="stuck", severity="warning", **about)
    called(pia.agent, 1, "POST", f"/api/recurrences/{again.pk}/pause")
    called(pia.agent, 2, "POST", f"/api/findings/{finding.pk}/ignore")
    called(pia.agent, 3, "POST", "/api/scores/adjust", {"agent_id": erin.id, "score_delta": 3})
    called(pia.agent, 4, "GET", f"/api/tasks/{task.pk}")

    assert sentences() == [
        f'Pia: paused <a href="/tasks/{task.pk}">Daily</a>',
        f'Pia: ignores <a href="/patrol/{finding.pk}">a finding</a>',
        f'Pia: changed the score of <a href="/agents/{erin.id}">Erin</a>',
        f'Pia: read <a href="/tasks/{task.pk}">News</a>',
    ]


@pytest.mark.parametrize(
    "body", [None, "[]", "1", '"x"', "{", "[" * 5000, '{"sub_task_id": ["x"], "action": {}, "score": null}']
)
def test_a_body_of_any_shape_is_no_trouble(desk, erin, body):
    for path in (
        "/api/logs",
        "/api/review-records",
        "/api/tasks",
        "/api/nowhere/%7Bscore%7D",
        "/",
        "/api/sub-tasks/{0}",
    ):
        row = called(erin.agent, method="POST", path=path)
        RequestLog.objects.filter(pk=row.pk).update(body=body)

    assert desk.get("/feed").status_code == 200


def test_what_agents_wrote_is_harmless(desk, client, open_to_all, pia):
    work = SubTask.objects.create(task=Task.objects.create(name="T"), name=HOSTILE)
    called(pia.agent, 1, "POST", f"/api/sub-tasks/{work.pk}/cancel", {"reason": HOSTILE})
    called(pia.agent, 2, "POST", "/api/tasks", {"name": HOSTILE})
    called(pia.agent, 3, "GET", "/api/<script>alert(1)</script>\u202e")

    for browser in (desk, client):
        page = browser.get("/feed").content.decode()
        assert "<script>alert" not in page
        assert "\u202e" not in page
        assert "&lt;script&gt;alert(1)&lt;/script&gt; evil" in page


def test_filters_narrow_it_down(desk, pia, erin):
    called(erin.agent, 1, path="/api/brief")
    called(erin.agent, 2, "POST", "/api/logs", {"action": "plan"})
    called(pia.agent, 3, path="/api/why")

    def told(query: str) -> set:
        turns = desk.get(f"/feed?{query}").context["page"].turns
        return {(turn.name, str(line.sentence)) for turn in turns for line in turn.lines}

    everything = told("")
    assert len(everything) == 3
    assert told(f"agent={erin.id[:8]}") == {("Erin", "asked what there is to do"), ("Erin", "wrote a note")}
    assert told("role=planner") == {("Pia", "asked why nothing moves")}
    assert told("changes=1") == {("Erin", "wrote a note")}
    assert told("role=planner&changes=1") == set()
    for wrong in ("role=king", "before=x", "before=" + "9" * 30):
        assert desk.get(f"/feed?{wrong}").status_code == 400, wrong
    assert desk.get("/feed?agent=nobody").status_code == 404


def test_older_pages_follow_without_a_gap_also_beyond_what_is_looked_through(
    monkeypatch, desk, pia, erin, pat
):
    monkeypatch.setattr(feed, "ROWS", 3)
    monkeypatch.setattr(feed, "LOOKED_THROUGH", 4)
    # Two in the same second, and the older one of both is Erin's.
    rows = [called((erin, pia)[number % 2].agent, number // 2) for number in range(12)]
    oldest = called(pat.agent, -60, path="/api/why")

    def walk(query: str) -> list:
        met, before, pages = [], 0, 0
        while pages == 0 or before:
            page = desk.get(f"/feed?{query}&before={before}").context["page"]
            met += [call.row.pk for turn in page.turns for call in reversed(turn.calls)]
            before, pages = page.older, pages + 1
            assert pages < 20
        return met

    assert sorted(walk("")) == sorted([row.pk for row in rows] + [oldest.pk])
    assert walk("role=executor") == [row.pk for row in reversed(rows[::2])]
    assert walk("role=patrol") == [oldest.pk]
    assert "among 4 calls" in desk.get("/feed?role=patrol").content.decode()
    assert 'id="feed" class="split feed">' in desk.get(f"/feed?before={rows[5].pk}").content.decode()


def test_it_keeps_itself_fresh_and_says_nothing_when_there_is_nothing_new(desk, erin):
    row = called(erin.agent)
    ask = {"HX-Request": "true", "HX-Target": "feed"}

    same = desk.get(f"/feed?cursor={row.pk}", headers=ask)
    newer = called(erin.agent, 1, path="/api/why")
    fresh = desk.get(f"/feed?cursor={row.pk}", headers=ask)

    assert (same.status_code, same.content) == (204, b"")
    assert "asked why nothing moves" in fresh.content.decode()
    assert f"cursor={newer.pk}" in fresh.content.decode()
    assert "<html" not in fresh.content.decode()


def test_outside_it_is_closed_until_the_settings_open_it(client, django_user_model, ann, erin):
    called(erin.agent)
    part = {"HX-Request": "true", "HX-Target": "feed"}
    client.logout()

    stranger, in_part = client.get("/feed"), client.get("/feed?cursor=0", headers=part)
    client.force_login(django_user_model.objects.create_user("guest"))
    guest = client.get("/feed")

    assert (stranger.status_code, stranger["Location"]) == (302, "/login?next=/feed")
    assert (in_part.status_code, in_part["HX-Redirect"]) == (204, "/login")
    assert guest.status_code == 403
    assert all("Erin" not in answer.content.decode() for answer in (stranger, in_part, guest))


def test_outside_there_are_no_bodies_and_no_ways_in(client, open_to_all, pia, erin):
    work = SubTask.objects.create(task=Task.objects.create(name="T"), name="Collect")
    called(pia.agent, 1, "POST", "/api/tasks", {"name": "Hush-hush", "description": "swordfish"})
    called(erin.agent, 2, "POST", f"/api/sub-tasks/{work.pk}/claim")
    called(erin.agent, 3, "POST", "/api/logs", {"action": "swordfish", "summary": "swordfish"})
    called(erin.agent, 4, "GET", "/api/swordfish")

    page = client.get("/feed").content.decode()

    assert "claimed <b>Collect</b>" in page
    assert "opened a task" in page
    assert "Erin" in page
    for hidden in (
        "swordfish",
        "Hush-hush",
        "/api/",
        str(work.pk),
        'href="/agents',
        'href="/tasks',
        'href="/sub-tasks',
    ):
        assert hidden not in page, hidden
    assert client.get("/agents").status_code == 302


def test_it_asks_as_often_for_many_calls_as_for_one(desk, pia, erin, ed):
    task = Task.objects.create(name="T")
    called(pia.agent, path=f"/api/tasks/{task.pk}")
    called(erin.agent, path=f"/api/sub-tasks/{SubTask.objects.create(task=task, name='0').pk}")
    few = reads_of(desk, "/feed")

    for number in range(70):
        work = SubTask.objects.create(task=task, name=f"{number}")
        called((erin, ed)[number % 2].agent, number, "POST", f"/api/sub-tasks/{work.pk}/claim")

    assert reads_of(desk, "/feed") <= few <= 20
