import pytest

from notifications import services
from openmoss.models import SiteSettings


@pytest.mark.parametrize("who", ["pia", "erin", "rita", "pat"])
def test_any_agent_reads_whom_to_tell(request, site, who):
    caller = request.getfixturevalue(who)
    for address in ("chat:oc_1", "user:ou_1", "ann@example.org", "email:ed@example.org"):
        services.add_channel(address=address)
    SiteSettings.objects.update(notification_events=["task_completed"])

    answer = caller.get("/api/config/notification")

    assert answer.status_code == 200
    assert answer.json() == {
        "enabled": True,
        "channels": ["chat:oc_1", "user:ou_1", "ann@example.org", "email:ed@example.org"],
        "events": ["task_completed"],
    }


def test_nobody_is_told_twice(erin, site, settings):
    settings.EMAIL_URL = "smtp://mail.example"
    for address in ("chat:oc_1", "ann@example.org", "https://one.example/hook", "json://two.example/token"):
        services.add_channel(address=address)

    answer = erin.get("/api/config/notification")

    assert answer.json()["channels"] == ["chat:oc_1"]


def test_a_channel_that_is_off_is_not_listed(erin, site):
    services.edit_channel(services.add_channel(address="chat:oc_1"), enabled=False)

    assert erin.get("/api/config/notification").json()["channels"] == []


def test_nobody_is_told_at_first(erin):
    answer = erin.get("/api/config/notification").json()

    assert (answer["enabled"], answer["channels"]) == (False, [])


def test_nothing_else_of_the_settings_is_told(erin):
    site = SiteSettings.load()

    answer = erin.get("/api/config/notification")

    assert site.registration_token not in answer.content.decode()
    assert answer.json().keys() == {"enabled", "channels", "events"}
