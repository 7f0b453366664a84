"""Findings by hand: reported by patrol, resolved and ignored by patrol or the planner."""

import pytest

from notifications.models import Event
from openmoss.tests.racing import in_threads
from patrol import services
from patrol.models import Finding
from patrol.tests.conftest import id_of

SEEN = {"kind": "stuck", "severity": "warning", "description": "It asks the same feed in a loop."}


@pytest.fixture
def overdue(begin, clock, look, erin, rita, alive):
    """The id of a finding that the clock made: Erin's work has waited for its review for an hour."""
    sub_task = begin()
    erin.post(f"{sub_task}/submit")
    clock.forward(hours=1)
    alive(rita)
    look()
    return str(Finding.objects.get(kind="review_overdue").pk)


def still_open(pat) -> list[str]:
    return [found["kind"] for found in pat.get("/api/findings", status="open").json()["items"]]


# -------------------------------------------------------------------------------------------- report


def test_patrol_reports_what_it_saw(begin, pat, pia, look):
    sub_task = begin()

    answer = pat.post("/api/findings", **SEEN, sub_task_id=id_of(sub_task))

    assert answer.status_code == 200
    finding = answer.json()
    assert finding["found_by"] == pat.id
    assert finding["task_id"] is not None
    assert finding["status"] == "open"
    assert finding["do"][0] == f"st get {id_of(sub_task)[:8]}"
    assert not any("st reassign" in step for step in finding["do"])  # that is the planner's
    told = pia.get(f"/api/findings/{finding['id']}").json()
    assert any("st reassign" in step for step in told["do"])
    event = Event.objects.get(kind="finding.open")
    assert (event.actor_name, event.now, str(event.task_id)) == ("Pat", "warning", finding["task_id"])


def test_the_clock_leaves_it_alone_until_its_work_is_finished(begin, pat, erin, rita, look):
    sub_task = begin()
    pat.post("/api/findings", **SEEN, sub_task_id=id_of(sub_task))
    look()
    assert still_open(pat) == ["stuck"]

    erin.post(f"{sub_task}/submit")
    rita.post("/api/review-records", sub_task_id=id_of(sub_task), result="approved", score=4)
    look()

    assert still_open(pat) == []


@pytest.mark.parametrize("about", ["task", "agent"])
def test_about_a_task_or_an_agent(about, task, erin, pat):
    id = {"task": task, "agent": erin.id}[about]

    finding = pat.post("/api/findings", **SEEN, **{f"{about}_id": id}).json()

    assert finding[f"{about}_id"] == id
    assert finding["sub_task_id"] is None


def test_about_exactly_one_thing(begin, task, pat, nothing_written):
    sub_task = begin()

    with nothing_written():
        nothing = pat.post("/api/findings", **SEEN)
        both = pat.post("/api/findings", **SEEN, sub_task_id=id_of(sub_task), task_id=task)

    assert (nothing.status_code, both.status_code) == (400, 400)
    assert "exactly one" in nothing.json()["fields"]["sub_task_id"][0]


def test_what_is_open_already_is_not_reported_twice(begin, pat, nothing_written):
    sub_task = begin()
    pat.post("/api/findings", **SEEN, sub_task_id=id_of(sub_task))

    with nothing_written():
        again = pat.post("/api/findings", **SEEN, sub_task_id=id_of(sub_task))

    assert again.status_code == 409
    assert "loop" in again.json()["detail"]
    assert "finding resolve" in again.json()["hint"]


def test_only_patrol_reports(begin, pia, erin, rita):
    sub_task = begin()

    for caller in (pia, erin, rita):
        assert caller.post("/api/findings", **SEEN, sub_task_id=id_of(sub_task)).status_code == 403


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_of_two_reports_at_once_one_stands(begin, pat):
    sub_task = begin()
    from tasks.models import SubTask

    row = SubTask.objects.select_related("task").get(pk=id_of(sub_task))

    outcomes = in_threads([lambda: services.report(**SEEN, sub_task=row, by=pat.agent)] * 4)

    assert sorted(outcomes) == ["conflict"] * 3 + ["won"]
    assert Finding.objects.count() == Event.objects.filter(kind="finding.open").count() == 1


# ------------------------------------------------------------------------------------------- resolve


def test_resolved_by_hand_it_is_quiet_for_an_hour(overdue, pia, pat, look, clock, alive, rita):
    answer = pia.post(f"/api/findings/{overdue}/resolve", reason="I woke Rita.")
    assert answer.json()["status"] == "resolved"

    clock.forward(minutes=59)
    alive(rita)
    look()
    assert still_open(pat) == []
    clock.forward(minutes=1)
    alive(rita)
    look()

    assert still_open(pat) == ["review_overdue"]
    assert Finding.objects.unsettled().count() == 1


def test_resolved_by_hand_and_gone_it_is_settled(overdue, pia, pat, look, erin, rita):
    pia.post(f"/api/findings/{overdue}/resolve")
    sub_task = str(Finding.objects.get().sub_task_id)

    rita.post("/api/review-records", sub_task_id=sub_task, result="approved", score=4)
    look()

    assert Finding.objects.get().gone_at is not None
    assert not Event.objects.filter(kind="finding.resolve", actor_role="clock").exists()


def test_of_two_who_resolve_one_is_told(overdue, pia, pat):
    assert pia.post(f"/api/findings/{overdue}/resolve").status_code == 200

    late = pat.post(f"/api/findings/{overdue}/resolve")

    assert late.status_code == 409
    assert late.json()["detail"] == "This finding is resolved already."
    assert Event.objects.filter(kind="finding.resolve").count() == 1


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_of_eight_who_close_it_at_once_one_does(overdue, pia, pat):
    def close(verb, **more):
        return lambda: verb(Finding.objects.get(pk=overdue), by=pat.agent, **more)

    outcomes = in_threads([close(services.resolve), close(services.ignore, why="Late lunch.")] * 4)

    assert sorted(outcomes) == ["conflict"] * 7 + ["won"]
    assert Event.objects.filter(kind__in=["finding.resolve", "finding.ignore"]).count() == 1


# -------------------------------------------------------------------------------------------- ignore


def test_ignored_it_stays_quiet(overdue, pat, look, clock, alive, rita):
    pat.post(f"/api/findings/{overdue}/ignore", reason="Rita is at lunch.")

    clock.forward(hours=2, minutes=50)
    alive(rita)
    look()

    assert still_open(pat) == []


def test_ignored_it_comes_back_when_it_is_worse(overdue, pat, look, clock, alive, rita):
    pat.post(f"/api/findings/{overdue}/ignore", reason="Rita is at lunch.")

    clock.forward(hours=3)
    alive(rita)
    look()

    (finding,) = pat.get("/api/findings", status="open").json()["items"]
    assert (finding["kind"], finding["severity"]) == ("review_overdue", "critical")


def test_ignored_once_is_not_ignored_for_ever(overdue, pat, look, clock, alive, erin, rita):
    pat.post(f"/api/findings/{overdue}/ignore", reason="Rita is at lunch.")
    sub_task = str(Finding.objects.get().sub_task_id)
    rita.post("/api/review-records", sub_task_id=sub_task, result="rejected", score=3, issues="1. No.")
    look()
    erin.post(f"/api/sub-tasks/{sub_task}/start")
    erin.post(f"/api/sub-tasks/{sub_task}/submit")

    clock.forward(hours=1)
    alive(rita)
    look()

    assert still_open(pat) == ["review_overdue"]


def test_ignoring_needs_a_reason(overdue, pat, nothing_written):
    with nothing_written():
        answer = pat.post(f"/api/findings/{overdue}/ignore")

    assert answer.status_code == 400
    assert "reason" in answer.json()["fields"]


# ---------------------------------------------------------------------------------------------- read


def test_filters(overdue, begin, pat, clock):
    other = begin("Draw")
    clock.forward(minutes=1)
    pat.post("/api/findings", **SEEN, sub_task_id=id_of(other))

    def found(**query) -> list[str]:
        return [row["kind"] for row in pat.get("/api/findings", **query).json()["items"]]

    assert found() == ["stuck", "review_overdue"]
    assert found(kind="stuck") == ["stuck"]
    assert found(severity="critical") == []
    assert found(sub_task_id=id_of(other)) == ["stuck"]
    assert found(status="ignored") == []
    assert pat.get("/api/findings", kind="nonsense").status_code == 400
    assert pat.get(f"/api/findings/{overdue[:8]}").json()["id"] == overdue
