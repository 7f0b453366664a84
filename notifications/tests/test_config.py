import pytest

from openmoss.models import SiteSettings


@pytest.mark.parametrize("who", ["pia", "erin", "rita", "pat"])
def test_any_agent_reads_whom_to_tell(request, who):
    caller = request.getfixturevalue(who)
    SiteSettings.objects.create(
        pk=1,
        notifications_enabled=True,
        notification_channels=["chat:oc_1", "ann@example.org"],
        notification_events=["task_completed"],
    )

    answer = caller.get("/api/config/notification")

    assert answer.status_code == 200
    assert answer.json() == {
        "enabled": True,
        "channels": ["chat:oc_1", "ann@example.org"],
        "events": ["task_completed"],
    }


def test_nobody_is_told_at_first(erin):
    assert erin.get("/api/config/notification").json() == {"enabled": False, "channels": [], "events": []}


def test_nothing_else_of_the_settings_is_told(erin):
    site = SiteSettings.load()

    answer = erin.get("/api/config/notification")

    assert site.registration_token not in answer.content.decode()
    assert answer.json().keys() == {"enabled", "channels", "events"}
