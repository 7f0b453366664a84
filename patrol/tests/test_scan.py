"""The clock's round: found once, told once, acted on, resolved."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from notifications.models import Event
from openmoss.tests.racing import in_threads
from patrol import services
from patrol.models import Finding
from patrol.services import scan
from tasks.models import SubTask


def kinds(**about) -> list[str]:
    return list(Event.objects.filter(**about).values_list("kind", flat=True))


@pytest.fixture
def left_alone(begin, clock):
    """A sub-task that Erin started and never came back to, two hours ago."""
    sub_task = begin()
    clock.forward(hours=2)
    return sub_task


def test_scanning_again_changes_nothing(left_alone, look):
    look()
    first = look()
    before = list(Finding.objects.order_by("pk").values()), kinds()

    assert look() == first
    assert (list(Finding.objects.order_by("pk").values()), kinds()) == before


def test_a_warning_becomes_critical_and_is_told_once_each(begin, clock, look, alive, erin, on_critical):
    on_critical("tell")
    begin()
    clock.forward(hours=1)
    alive(erin)
    look()
    clock.forward(hours=1)
    for _ in range(3):
        look()

    finding = Finding.objects.get(kind="timeout")
    assert finding.severity == "critical"
    assert kinds(subject_id=str(finding.pk)) == ["finding.open", "finding.escalate"]


def test_what_was_blocked_says_so_and_shows_the_way_back(left_alone, look, pia, status):
    look()

    (finding,) = pia.get("/api/findings", status="open", kind="timeout").json()["items"]
    assert finding["severity"] == "critical"
    assert finding["action_taken"] == "Blocked until the planner decides."
    assert finding["awaits_decision"] is True
    assert any("st unblock" in step for step in finding["do"])
    assert status(left_alone) == "blocked"
    assert "in progress for 2 h" in pia.get(left_alone).json()["blocked_reason"]
    assert kinds(subject_id=left_alone[-36:])[-1] == "sub_task.block"


@pytest.mark.parametrize("way_back", ["unblock", "reassign", "cancel"])
def test_the_decision_resolves_it(left_alone, look, clock, pia, ed, way_back):
    look()
    clock.forward(minutes=5)
    assert Finding.objects.open().filter(kind="timeout").exists()

    answer = pia.post(f"{left_alone}/{way_back}", **({"agent_id": ed.id} if way_back == "reassign" else {}))
    assert answer.status_code == 200
    look()

    assert not Finding.objects.open().filter(kind="timeout").exists()
    assert Finding.objects.get(kind="timeout").status == "resolved"
    assert not Finding.objects.unsettled().filter(kind="timeout").exists()


def test_giving_back_instead_of_blocking(left_alone, look, on_critical, status, pia, ed):
    on_critical("requeue")

    look()

    assert status(left_alone) == "pending"
    assert ed.post(f"{left_alone}/claim").status_code == 200
    assert kinds(subject_id=left_alone[-36:])[-2:] == ["sub_task.release", "sub_task.claim"]
    assert Finding.objects.get(kind="timeout").action_taken == "Given back, free for anybody."


def test_only_telling(left_alone, look, on_critical, status):
    on_critical("tell")

    found = look()

    assert any(line.startswith("timeout critical") for line in found)
    assert status(left_alone) == "in_progress"
    assert "sub_task.block" not in kinds()


def test_a_submit_in_the_last_moment_wins(left_alone, clock, monkeypatch, erin, status):
    """The scan saw it stand still; before it acts, the work is handed in."""
    act = services.scan.__globals__["_act"]

    def late(*args) -> bool:
        assert erin.post(f"{left_alone}/submit").status_code == 200
        return act(*args)

    monkeypatch.setitem(services.scan.__globals__, "_act", late)
    done = scan()

    assert done.acted == 0
    assert status(left_alone) == "review"
    assert not Finding.objects.filter(severity="critical").exists()


def test_the_planner_is_told_in_the_brief(left_alone, look, pia):
    look()

    items = pia.get("/api/brief").json()["items"]

    assert [item["kind"] for item in items if item["name"] == "Collect"] == ["blocked"]
    assert "in progress for 2 h" in next(item for item in items if item["kind"] == "blocked")["reason"]


def test_the_planner_is_told_of_what_nobody_can_block(begin, clock, look, erin, rita, pia):
    sub_task = begin()
    erin.post(f"{sub_task}/submit")
    clock.forward(hours=4)
    look()

    items = pia.get("/api/brief").json()["items"]

    found = {item["found"] for item in items if item["kind"] == "finding"}
    assert "review_overdue" in found
    assert pia.get("/api/peek").json()["wake"] is True


def test_a_warning_is_no_reason_to_wake_the_planner(begin, clock, look, alive, erin, pia):
    begin()
    clock.forward(hours=1)
    alive(erin)
    assert len(look()) == 1

    assert pia.get("/api/peek").json()["wake"] is False


@pytest.mark.parametrize("rows", [1, 40])
def test_reading_takes_the_same_number_of_queries_whatever_there_is(rows, task, clock, erin, rita, pia, look):
    make_work(task, rows, erin)
    clock.forward(hours=1, minutes=30)
    look()

    with CaptureQueriesContext(connection) as queries:
        scan()

    assert len(queries) == 14, [query["sql"][:100] for query in queries]


def make_work(task: str, rows: int, erin) -> None:
    now = timezone.now()
    held = {"assignee_id": erin.id, "assigned_at": now, "attempt": 1}
    for status in ("pending", "in_progress", "review", "rework", "blocked"):
        SubTask.objects.bulk_create(
            SubTask(
                task_id=task, name=f"{status} {n}", status=status, **({} if status == "pending" else held)
            )
            for n in range(rows)
        )


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_of_four_scans_at_once_each_thing_is_found_and_told_once(task, clock, erin, rita, pia):
    make_work(task, 10, erin)
    clock.forward(hours=7)

    assert in_threads([scan] * 4) == ["won"] * 4

    scan()
    found = [(row.kind, row.subject_id) for row in Finding.objects.open()]
    assert len(found) == len(set(found)) > 10
    opened = Event.objects.filter(kind="finding.open").values_list("subject_id", flat=True)
    assert len(opened) == len(set(opened)) == Finding.objects.count()
    assert (
        Event.objects.filter(kind="sub_task.block").count()
        == SubTask.objects.filter(status="blocked", name__startswith="in_progress").count()
        + SubTask.objects.filter(status="blocked", name__startswith="rework").count()
    )


def test_a_finding_closed_in_the_last_moment_stays_closed(
    left_alone, look, on_critical, monkeypatch, pat, status
):
    """It was only told, then the settings say block; before the scan acts, patrol ignores it."""
    on_critical("tell")
    look()
    on_critical("block")
    act = services.scan.__globals__["_act"]

    def late(symptom, *args) -> bool:
        for finding in Finding.objects.open().filter(sub_task=symptom.sub_task):
            assert pat.post(f"/api/findings/{finding.pk}/ignore", reason="Seen.").status_code == 200
        return act(symptom, *args)

    monkeypatch.setitem(services.scan.__globals__, "_act", late)
    done = scan()

    assert done.acted == 0
    assert status(left_alone) == "in_progress"
    assert not Finding.objects.open().filter(kind="timeout").exists()
