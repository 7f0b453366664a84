"""The pages of patrol: what stands still, one finding, and closing it as a person."""

from datetime import timedelta

import pytest
from django.utils import timezone

from notifications.models import Event
from openmoss.models import JobClock, SiteSettings
from patrol.models import Finding, FindingKind
from patrol.tests.conftest import id_of
from tasks.models import SubTask, Task

HOSTILE = "<script>alert(1)</script>\u202eevil"
LIVE = {"HX-Request": "true", "HX-Target": "findings"}


def found(**fields) -> Finding:
    """Make a finding about a sub-task of its own."""
    task = Task.objects.create(name="News", status="in_progress")
    row = SubTask.objects.create(task=task, name=fields.pop("name", "Collect"))
    fields = {"kind": "stuck", "severity": "warning", "description": "Nothing moves."} | fields
    return Finding.objects.create(task=task, sub_task=row, subject_id=row.pk, **fields)


def rows_of(page) -> list[str]:
    return [finding.description for finding in page.context["findings"]]


def test_what_is_open_stands_there_the_most_pressing_first(desk, begin, clock, look, alive, erin):
    sub_task = begin("Collect")
    clock.forward(hours=2.5)
    alive(erin)
    SubTask.objects.update(status_since=timezone.now() - timedelta(hours=13))
    look()
    found(description="Less so.")
    Finding.objects.filter(description="Less so.").update(since=timezone.now() - timedelta(minutes=5))

    page = desk.get("/patrol")

    shown = page.content.decode()
    assert len(page.context["findings"]) == 2
    assert page.context["findings"][0].severity == "critical"
    assert rows_of(page)[1] == "Less so."
    assert f'href="/sub-tasks/{id_of(sub_task)}"' in shown
    assert "Blocked until the planner decides." in shown
    assert f'href="/sub-tasks/{id_of(sub_task)}/reassign" data-ask' in shown
    assert "5 min" in shown
    assert "the clock" in shown


def test_filters_narrow_what_is_shown(desk):
    found(description="First.", name="Collect")
    found(description="Second.", name="Write", kind="orphan", severity="critical")
    found(description="Third.", status="ignored", resolved_at=timezone.now())

    assert rows_of(desk.get("/patrol?severity=critical")) == ["Second."]
    assert rows_of(desk.get("/patrol?kind=stuck")) == ["First."]
    assert rows_of(desk.get("/patrol?q=collec")) == ["First."]
    assert rows_of(desk.get("/patrol?state=ignored")) == ["Third."]
    assert sorted(rows_of(desk.get("/patrol?state=all"))) == ["First.", "Second.", "Third."]
    nothing = desk.get("/patrol?q=nowhere")
    assert rows_of(nothing) == []
    assert "No finding fits." in nothing.content.decode()
    for query in ("state=lost", "severity=mild", "kind=odd", "before=x"):
        assert desk.get(f"/patrol?{query}").status_code == 400


def test_a_page_says_whether_anybody_keeps_watch(desk):
    assert "But nobody is looking" in desk.get("/patrol").content.decode()

    now = timezone.now()
    JobClock.objects.create(name="tick", started_at=now)
    JobClock.objects.create(name="patrol_scan", finished_at=now - timedelta(minutes=3), error="OSError: <b>")
    alive = desk.get("/patrol").content.decode()

    assert "The worker is on watch" in alive
    assert "3 min ago" in alive
    assert "OSError: &lt;b&gt;" in alive
    assert "The worker is away" not in alive


def test_one_finding_tells_everything(desk, begin, clock, look):
    sub_task = begin("Collect")
    clock.forward(hours=1.5)
    look()
    finding = Finding.objects.get(kind="timeout")

    page = desk.get(f"/patrol/{str(finding.pk)[:8]}").content.decode()

    assert finding.description.replace("'", "&#x27;") in page
    assert f"st reassign {id_of(sub_task)[:8]} &lt;agent&gt;" in page
    assert f'href="/sub-tasks/{id_of(sub_task)}/block" data-ask' in page
    assert page.count('class="event"') == 1
    assert "Erin" in page
    assert desk.get("/patrol/00000000-0000-0000-0000-000000000000").status_code == 404


@pytest.mark.parametrize("kind", FindingKind.values)
def test_every_kind_shows_what_a_person_can_do(desk, erin, kind):
    finding = found(kind=kind, agent=erin.agent, role="executor")

    page = desk.get(f"/patrol/{finding.pk}")

    assert page.status_code == 200
    assert page.context["remedies"]
    finding.status, finding.resolved_at = "resolved", timezone.now()
    finding.save()
    assert desk.get(f"/patrol/{finding.pk}").context["remedies"] == []


def test_a_person_resolves_a_finding(desk):
    finding = found()
    address = f"/patrol/{finding.pk}/resolve"

    assert "found again" in desk.get(address).content.decode()
    answer = desk.post(address, {"why": "Erin was ill."}, follow=True)

    finding.refresh_from_db()
    event = Event.objects.get(kind="finding.resolve")
    assert finding.status == "resolved"
    assert (event.actor_role, event.actor_name, event.why) == ("admin", "Ann", "Erin was ill.")
    assert "The finding is resolved." in answer.content.decode()
    again = desk.post(address, {"why": "Once more."})
    assert again.status_code == 422
    assert "resolved already" in again.content.decode()
    assert Event.objects.filter(kind="finding.resolve").count() == 1


def test_who_ignores_a_finding_says_why(desk):
    finding = found()
    address = f"/patrol/{finding.pk}/ignore"

    assert desk.post(address, {"why": " "}).status_code == 422
    assert not Event.objects.filter(kind="finding.ignore").exists()
    desk.post(address, {"why": "A test."})

    finding.refresh_from_db()
    assert finding.status == "ignored"
    assert Event.objects.get(kind="finding.ignore").actor_name == "Ann"


def test_a_person_need_not_wait_for_the_clock(desk, begin, clock):
    begin("Collect")
    clock.forward(hours=1.5)

    said = desk.post("/patrol/scan", follow=True).content.decode()

    assert "3 found" in said
    assert Finding.objects.open().count() == 3
    assert "Nothing has changed" in desk.post("/patrol/scan", follow=True).content.decode()


def test_who_may_only_look_changes_nothing(onlooker):
    finding = found()

    page = onlooker.get("/patrol").content.decode()

    assert "Nothing moves." in page
    for deed in ("scan", f"{finding.pk}/resolve", f"{finding.pk}/ignore"):
        assert f"/patrol/{deed}" not in page + onlooker.get(f"/patrol/{finding.pk}").content.decode()
        assert onlooker.post(f"/patrol/{deed}", {"why": "Me."}).status_code == 403
    finding.refresh_from_db()
    assert finding.status == "open"


def test_the_list_is_sent_again_only_when_something_happened(desk, pat, begin, clock):
    sub_task = begin("Collect")
    cursor = desk.get("/patrol").context["cursor"]

    assert desk.get(f"/patrol?cursor={cursor}", headers=LIVE).status_code == 204
    pat.post(
        "/api/findings", kind="stuck", severity="warning", description="A loop.", sub_task_id=id_of(sub_task)
    )
    fresh = desk.get(f"/patrol?cursor={cursor}", headers=LIVE)

    assert fresh.status_code == 200
    assert fresh.content.decode().strip().startswith('<div id="findings"')
    assert "A loop." in fresh.content.decode()


def test_what_agents_wrote_stays_text(desk):
    finding = found(description=HOSTILE, name=HOSTILE)

    for address in ("/patrol", f"/patrol/{finding.pk}"):
        page = desk.get(address).content.decode()
        assert "<script>alert" not in page
        assert "\u202e" not in page
        assert "&lt;script&gt;alert(1)" in page


def test_thirty_findings_cost_as_many_queries_as_one(desk, django_assert_max_num_queries):
    for number in range(30):
        found(name=f"Part {number}")
    SiteSettings.load()

    with django_assert_max_num_queries(8):
        desk.get("/patrol")
