import json

import pytest
from django.contrib import admin
from django.contrib.admin.utils import flatten_fieldsets
from django.contrib.auth.models import User
from django.contrib.messages import get_messages
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.forms.models import model_to_dict

from openmoss.errors import Conflict
from openmoss.models import SiteSettings


def test_there_is_always_one_row(db):
    first = SiteSettings.load()

    assert SiteSettings.load() == first
    assert SiteSettings.objects.count() == 1
    assert (first.project_name, first.workspace_root, first.public_feed) == ("OpenMOSS", "/workspace", False)
    assert len(first.registration_token) == 32


def test_there_is_never_a_second(db):
    SiteSettings.load()

    with pytest.raises(IntegrityError), transaction.atomic():
        SiteSettings.objects.create(pk=2)

    assert SiteSettings.objects.count() == 1


@pytest.fixture
def save(client, db):
    """Send the form of Django admin as Ann does, with some fields changed; return the page."""
    client.force_login(User.objects.create_superuser("Ann"))

    def send(**changes):
        form = {name: value for name, value in page_of(SiteSettings.load()).items() if value is not None}
        return client.post("/admin/openmoss/sitesettings/1/change/", form | changes)

    return send


def page_of(site: SiteSettings) -> dict:
    """Return what a browser sends back of the form: no box that is not ticked, JSON as text."""
    sent = {
        name: json.dumps(value) if isinstance(value, list) else value
        for name, value in model_to_dict(site).items()
    }
    return {name: value for name, value in sent.items() if value is not False}


def test_every_setting_has_its_place_on_the_page():
    editable = {field.name for field in SiteSettings._meta.fields if field.editable and not field.primary_key}
    placed = flatten_fieldsets(admin.site.get_model_admin(SiteSettings).fieldsets)

    assert set(placed) == editable
    assert len(placed) == len(editable)


def test_settings_are_saved(save):
    answer = save(project_name="Moss & Co", stuck_warning="90", event_days="30", metrics_token="look")

    site = SiteSettings.load()
    assert answer.status_code == 302
    assert (site.project_name, site.stuck_warning, site.event_days, site.metrics_token) == (
        "Moss & Co",
        90,
        30,
        "look",
    )


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"stuck_warning": "361"}, "A warning must come before it is critical (360)."),
        ({"timeout_critical": "721"}, "This cannot be less than timeout critical (721)."),
        ({"stuck_warning": "0"}, "Ensure this value is greater than or equal to 1."),
        ({"stuck_warning": ""}, "This field is required."),
        ({"request_log_days": "0"}, "Ensure this value is greater than or equal to 1."),
        ({"event_days": "3651"}, "Ensure this value is less than or equal to 3650."),
    ],
)
def test_limits_that_make_no_sense_are_refused(save, changes, complaint):
    SiteSettings.load()
    before = SiteSettings.objects.values().get()

    answer = save(project_name="Moss & Co", **changes)

    assert answer.status_code == 200
    assert complaint in answer.content.decode()
    assert SiteSettings.objects.values().get() == before


@pytest.mark.parametrize(
    "roles", ["executor", ["boss"], ["executor", None], {"executor": 1}, [["executor"]], 5]
)
def test_the_roles_of_the_registration_token_are_a_list_of_roles(db, roles):
    site = SiteSettings.load()
    site.registration_roles = roles

    with pytest.raises(ValidationError) as refused:
        site.full_clean()

    assert list(refused.value.message_dict) == ["registration_roles"]


@pytest.mark.parametrize("roles", [[], ["executor"], ["executor", "patrol"]])
def test_any_roles_will_do(db, roles):
    site = SiteSettings.load()
    site.registration_roles = roles

    site.full_clean()


def test_what_the_service_refuses_is_said_and_nothing_breaks(save, monkeypatch):
    def refuse(*args, **kwargs):
        raise Conflict("Somebody else changed the settings first.", hint="Look at them again.")

    monkeypatch.setattr("openmoss.admin.change_settings", refuse)

    answer = save(project_name="Newsroom")

    assert answer.status_code == 302
    said = [str(message) for message in get_messages(answer.wsgi_request)]
    assert said == ["Somebody else changed the settings first. Look at them again."]
    assert SiteSettings.load().project_name == "OpenMOSS"
