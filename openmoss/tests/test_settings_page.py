"""The settings: every one has its place, changes are events, secrets stay out of them."""

import pytest
from django.contrib.auth.models import User

from notifications.models import Event
from openmoss.errors import Conflict
from openmoss.models import SiteSettings
from openmoss.services import change_settings
from openmoss.views.settings import SECTIONS

TOKENS = {"registration_token", "metrics_token"}  # they have buttons of their own


def shown(field):
    """Return what a browser sends back of a field; None for a box that is not ticked."""
    value = field.value()
    if isinstance(value, bool):
        return "on" if value else None
    return ", ".join(value) if field.name == "more" else value


@pytest.fixture
def save(desk):
    """Send a section of the settings as it stands there, with some fields changed."""

    def send(section: str, **changes):
        form = desk.get("/settings", {"section": section}).context["form"]
        sent = {field.html_name: shown(field) for field in form}
        sent = {name: value for name, value in (sent | changes).items() if value is not None}
        return desk.post(f"/settings?section={section}", sent)

    return send


def test_every_setting_has_its_place():
    editable = {field.name for field in SiteSettings._meta.fields if field.editable and not field.primary_key}
    placed = [name for _title, form in SECTIONS.values() if form for name in form.base_fields]
    placed = [name for name in placed if name not in ("seen", "usual", "more")] + ["notification_events"]

    assert sorted(placed) == sorted(editable - TOKENS)


@pytest.mark.parametrize("section", SECTIONS)
def test_what_is_saved_as_it_stands_changes_nothing(save, desk, section):
    SiteSettings.load()
    before = SiteSettings.objects.values().get()

    if SECTIONS[section][1]:
        assert save(section).status_code == 302

    assert desk.get("/settings", {"section": section}).status_code == 200
    assert SiteSettings.objects.values().get() == before
    assert not Event.objects.exists()


@pytest.mark.parametrize(
    ("section", "changes", "stored"),
    [
        ("project", {"project_name": "Moss & Co", "external_url": "https://moss.example.org/"},
         {"project_name": "Moss & Co", "external_url": "https://moss.example.org"}),
        ("agents", {"registration_roles": ["executor", "patrol"], "allow_registration": None, "public_feed": "on"},
         {"registration_roles": ["executor", "patrol"], "allow_registration": False, "public_feed": True}),
        ("notifications", {"usual": ["all_done"], "more": "sub_task.block, all_done", "notifications_enabled": "on"},
         {"notification_events": ["all_done", "sub_task.block"], "notifications_enabled": True}),
        ("patrol", {"stuck_warning": "90", "on_critical": "tell"}, {"stuck_warning": 90, "on_critical": "tell"}),
        ("retention", {"event_days": "30"}, {"event_days": 30}),
    ],
)  # fmt: skip
def test_what_is_changed_is_an_event_by_the_person(save, section, changes, stored):
    answer = save(section, **changes)

    site, event = SiteSettings.load(), Event.objects.get()
    assert answer["Location"] == f"/settings?section={section}"
    assert {name: getattr(site, name) for name in stored} == stored
    assert (event.kind, event.actor_name, event.data) == ("site.edit", "Ann", {"fields": sorted(stored)})


@pytest.mark.parametrize(
    ("section", "changes", "complaint"),
    [
        ("patrol", {"stuck_warning": "361"}, "A warning must come before it is critical (360)."),
        ("patrol", {"timeout_critical": "721"}, "This cannot be less than timeout critical (721)."),
        ("patrol", {"stuck_warning": "x"}, "Enter a whole number."),
        ("project", {"project_name": " "}, "This field is required."),
        ("notifications", {"more": "no_such_thing"}, "&#x27;no_such_thing&#x27; names no event."),
        ("agents", {"registration_roles": ["boss"]}, "boss is not one of the available choices."),
        ("retention", {"request_log_days": "0"}, "Ensure this value is greater than or equal to 1."),
        ("project", {"seen": "0123"}, "Somebody else changed these settings while you looked at them."),
    ],
)
def test_what_cannot_be_right_is_refused_where_it_stands(save, section, changes, complaint):
    SiteSettings.load()
    before = SiteSettings.objects.values().get()

    answer = save(section, **changes)

    assert answer.status_code == 422
    assert complaint in answer.content.decode()
    assert SiteSettings.objects.values().get() == before


def test_of_two_who_change_the_same_setting_the_second_is_told(ann):
    seen = SiteSettings.load()
    change_settings(SiteSettings.load(), by=ann, project_name="First")
    change_settings(seen, by=ann, event_days=30)  # another setting is nobody's affair

    with pytest.raises(Conflict):
        change_settings(seen, by=ann, project_name="Second")

    assert SiteSettings.load().project_name == "First"


@pytest.mark.parametrize(
    ("address", "section", "field"),
    [
        ("/settings/registration-token", "agents", "registration_token"),
        ("/settings/metrics-token", "access", "metrics_token"),
    ],
)
def test_tokens_are_made_anew_and_stand_in_no_event(desk, address, section, field):
    old = getattr(SiteSettings.load(), field)

    assert desk.get(address).status_code == 200
    assert getattr(SiteSettings.load(), field) == old
    made = desk.post(address, {"token": ""})
    random = getattr(SiteSettings.load(), field)
    desk.post(address, {"token": " of-my-own "})

    page = desk.get("/settings", {"section": section}).content.decode()
    assert made["Location"] == f"/settings?section={section}"
    assert len(random) == 32
    assert random != old
    assert getattr(SiteSettings.load(), field) == "of-my-own"
    assert "of-my-own" in page
    assert [event.data for event in Event.objects.all()] == [{"fields": [field]}] * 2


def test_metrics_are_closed_again(desk, client):
    desk.post("/settings/metrics-token", {"token": "look"})
    assert client.get("/metrics", headers={"Authorization": "Bearer look"}).status_code == 200

    desk.post("/settings/metrics-token/close")

    assert client.get("/metrics", headers={"Authorization": "Bearer look"}).status_code == 404


def test_who_may_only_look_sees_no_token(onlooker):
    for address in (
        "/settings",
        "/settings?section=agents",
        "/settings/registration-token",
        "/settings/metrics-token",
    ):
        answer = onlooker.get(address)
        assert answer.status_code == 403, address
        assert SiteSettings.load().registration_token not in answer.content.decode()
    assert onlooker.post("/settings?section=project", {"project_name": "Sam's"}).status_code == 403
    assert SiteSettings.load().project_name == "OpenMOSS"


def test_people_are_listed_with_what_they_may(desk, onlooker, django_assert_max_num_queries):
    User.objects.create_user("<b>Eve</b>", is_active=False)

    with django_assert_max_num_queries(10):
        page = desk.get("/settings", {"section": "access"}).content.decode()

    assert "&lt;b&gt;Eve&lt;/b&gt;" in page
    assert "nothing: switched off" in page
    assert "change everything" in page
    assert f"/admin/auth/user/{User.objects.get(username='Sam').pk}/change/" in page


def test_an_unknown_section_is_a_page_that_says_so(desk):
    assert desk.get("/settings", {"section": "magic"}).status_code == 404
