"""Notifications through Apprise, to a real server on this machine."""

import logging

import pytest

from notifications import services
from notifications.models import Delivery
from notifications.senders import apprise
from notifications.services import deliver
from openmoss.errors import Forbidden, Invalid
from openmoss.models import SiteSettings

pytest.importorskip("apprise")


@pytest.fixture
def address(target) -> str:
    return f"json://ann:hiddenword@127.0.0.1:{target.port}/hiddentoken"


def test_what_happened_arrives_in_words(site, target, address, happen):
    SiteSettings.objects.update(external_url="https://moss.example.org")
    services.add_channel(address=address, events=["*"])
    event = happen("Collect", why="Silent.")

    deliver()

    (request,) = target.requests
    assert request["path"] == "/hiddentoken"
    assert request["body"]["title"] == "[OpenMOSS] The clock blocked 'Collect': Silent."
    assert request["body"]["message"] == (
        "The clock blocked 'Collect': Silent. A planner can reassign, unblock or cancel it.\n"
        f"https://moss.example.org/sub-tasks/{event.subject_id}"
    )
    assert Delivery.objects.get().state == "sent"


def test_a_failure_pauses_the_channel_and_tells_no_password(site, target, address, happen, caplog, capsys):
    channel = services.add_channel(address=address, events=["*"])
    happen("Collect")
    target.is_down()

    deliver()

    channel.refresh_from_db()
    assert channel.is_paused
    assert channel.error.startswith("Apprise could not deliver it. Failed to send JSON")
    said = channel.error + caplog.text + "".join(capsys.readouterr())
    assert "hidden" not in said


def test_what_apprise_says_is_told_without_any_part_of_the_address(site, address, happen, monkeypatch):
    services.add_channel(address=address, events=["*"])
    happen("Collect")

    def notify(self, **message) -> bool:
        logging.getLogger("apprise").warning("No token hiddentoken for ann:hiddenword")
        return False

    monkeypatch.setattr(apprise.apprise.Apprise, "notify", notify)

    deliver()

    assert Delivery.objects.get().error == "Apprise could not deliver it. No token … for ann:…"


def test_without_the_library_it_says_so(site, address, happen, monkeypatch):
    services.add_channel(address=address, events=["*"])
    happen("Collect")
    monkeypatch.setattr(apprise, "apprise", None)

    deliver()

    assert Delivery.objects.get().error == "Apprise is not installed: pip install apprise"
    with pytest.raises(Invalid, match="Apprise cannot send to this json:// address"):
        services.add_channel(address="json://example.org/")


@pytest.mark.parametrize("address", ["nonsense://example.org", "slack://short", "tgram://"])
def test_what_apprise_does_not_understand_is_refused(site, address, caplog, capsys):
    with pytest.raises(Invalid):
        services.add_channel(address=address)

    assert "short" not in caplog.text + "".join(capsys.readouterr())


def test_only_a_superuser_may_add_one(site, address, django_user_model):
    ann = django_user_model.objects.create_superuser("Ann")
    guest = django_user_model.objects.create_user("guest", is_staff=True)

    with pytest.raises(Forbidden):
        services.add_channel(address=address, by=guest)

    assert services.add_channel(address=address, by=ann).pk
