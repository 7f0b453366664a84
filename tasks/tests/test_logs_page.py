"""/logs: what agents say, newest first."""

import re
from datetime import datetime, timedelta, timezone

import pytest

from tasks.models import ActivityLog
from tasks.selectors import logs

HOSTILE = "<script>alert(1)</script> [x](javascript:alert(1)) \u202eevil"


def shown(response) -> str:
    assert response.status_code == 200
    return response.content.decode()


@pytest.fixture
def said(erin, ed, rita, given):
    """Four entries by three agents; the first is about a sub-task."""
    sub_task = given(name="Collect")
    erin.post("/api/logs", action="plan", summary="First the *sources*.", sub_task_id=str(sub_task.pk))
    erin.post("/api/logs", action="delivery", summary="Twelve of them.")
    ed.post("/api/logs", action="blocked", summary=f"No network. {HOSTILE}")
    rita.post("/api/logs", action="review", summary="Fine, as a whole.")
    return sub_task


def test_the_page_shows_who_said_what_about_what(desk, said, erin):
    text = shown(desk.get("/logs"))

    for word in ("Erin", "Ed", "Rita", "First the <em>sources</em>.", "Twelve of them.", "Fine, as a whole."):
        assert word in text
    assert f'href="/sub-tasks/{said.pk}"' in text
    assert f'href="/agents/{erin.id}"' in text
    assert text.index("Fine, as") < text.index("No network") < text.index("Twelve") < text.index("First the")
    assert "4 entries" in text


def test_filters_leave_what_fits_and_stand_together(desk, said, erin, ed):
    entries = {"First the": "plan", "Twelve": "delivery", "No network": "blocked", "Fine, as": "review"}

    def left(**query) -> set[str]:
        text = shown(desk.get("/logs", query))
        return {action for words, action in entries.items() if words in text}

    assert left(agent=erin.id) == {"plan", "delivery"}
    assert left(action="blocked") == {"blocked"}
    assert left(sub_task=str(said.pk)) == {"plan"}
    assert left(task=str(said.task.pk)) == {"plan"}
    assert left(q="OF THEM") == {"delivery"}
    assert left(agent=erin.id, action="plan", q="network") == set()
    for wrong in ({"agent": "nobody"}, {"sub_task": "x"}, {"entry": "x"}):
        assert desk.get("/logs", wrong).status_code == 404
    for wrong in ({"action": "shout"}, {"from": "yesterday"}, {"to": "9" * 20}, {"q": "\x00"}):
        assert desk.get("/logs", wrong).status_code == 400


def test_days_are_those_of_the_reader(desk, said):
    desk.cookies["timezone"] = "Asia/Tokyo"
    ActivityLog.objects.filter(action="plan").update(
        created_at=datetime(2026, 3, 1, 14, 59, tzinfo=timezone.utc)
    )
    ActivityLog.objects.filter(action="delivery").update(
        created_at=datetime(2026, 3, 1, 15, 0, tzinfo=timezone.utc)
    )

    first, second = (
        shown(desk.get("/logs", {"from": day, "to": day})) for day in ("2026-03-01", "2026-03-02")
    )

    assert ("First the" in first, "Twelve" in first) == (True, False)
    assert ("First the" in second, "Twelve" in second) == (False, True)
    assert 'value="2026-03-02"' in second
    assert shown(desk.get("/logs", {"from": "0001-01-01", "to": "9999-12-31"}))


def test_nothing_that_was_said_runs(desk, ed, said):
    ed.post("/api/logs", action="coding", summary=f"{HOSTILE}\n\n" + f"`<img onerror=x>` {HOSTILE} " * 20)

    text = shown(desk.get("/logs"))

    assert "<details" in text
    assert "<script>alert" not in text
    assert "<img onerror" not in text
    assert 'href="javascript' not in text
    assert "\u202e" not in text


def test_of_a_long_entry_the_list_shows_the_beginning_and_its_own_page_all(desk, erin):
    answer = erin.post("/api/logs", action="coding", summary="word " * 10_000 + "and the last one").json()

    text = shown(desk.get("/logs"))
    assert len(text) < 40_000
    assert "the last one" not in text
    assert f"?entry={answer['id']}" in text
    assert "and the last one" in shown(desk.get("/logs", {"entry": answer["id"]}))


def test_what_no_index_finds_is_looked_for_in_the_newest_entries_only(desk, erin, given, monkeypatch):
    sub_task = given(name="Collect")
    given(name="Write")
    steps = [{"summary": f"Needle {number}.", "sub_task": sub_task} for number in range(6)]
    for step in steps:
        ActivityLog.objects.create(agent=erin.agent, action="coding", **step)
    monkeypatch.setattr(logs, "SEARCHED", 3)

    def found(**query) -> tuple[str, bool]:
        text = shown(desk.get("/logs", query))
        return "".join(re.findall(r"Needle (\d)", text)), "This is what the newest" in text

    assert found(q="needle") == ("543", True)
    assert found(q="needle 4") == ("4", True)
    assert found(task=str(sub_task.task_id)) == found() == ("543210", False)
    monkeypatch.setattr(logs, "MANY_SUB_TASKS", 1)
    assert found(task=str(sub_task.task_id)) == ("543", True)


def test_the_first_page_keeps_itself_fresh_and_older_pages_stay(desk, erin, django_assert_max_num_queries):
    now = datetime.now(timezone.utc)
    steps = [{"summary": f"Step {number}.", "created_at": now + timedelta(number)} for number in range(60)]
    ActivityLog.objects.bulk_create(ActivityLog(agent=erin.agent, action="coding", **step) for step in steps)

    with django_assert_max_num_queries(14):
        page = shown(desk.get("/logs"))
    cursor = re.search(r'hx-get="\?cursor=([\w-]+)', page)[1]
    older = shown(desk.get("/logs?" + re.search(r"before=[\w-]+", page)[0]))
    part = {"HX-Request": "true", "HX-Target": "entries"}

    assert "Step 59." in page
    assert "Step 9." in older
    assert 'hx-get="?' not in older
    assert desk.get("/logs", {"cursor": cursor}, headers=part).status_code == 204
    erin.post("/api/logs", action="coding", summary="News.")
    ActivityLog.objects.filter(summary="News.").update(created_at=now + timedelta(100))
    fragment = shown(desk.get("/logs", {"cursor": cursor}, headers=part))
    assert fragment.strip().startswith('<div id="entries"')
    assert "News." in fragment


def test_an_empty_log_says_what_will_come(onlooker):
    assert "No agent has said anything yet" in shown(onlooker.get("/logs"))
    assert "No entry fits these filters" in shown(onlooker.get("/logs", {"action": "plan"}))
