"""The addresses that the settings listed become channels, and go back when the migration is undone."""

import pytest
from django.core.management import call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

pytestmark = pytest.mark.django_db(transaction=True)
BEFORE = [("openmoss", "0003_patrol_limits_and_retention"), ("notifications", "0001_events")]
AFTER = [("openmoss", "0005_channels_moved"), ("notifications", "0002_channels_and_deliveries")]


@pytest.fixture
def travel():
    """Return what brings the database to other migrations and gives its models there; it comes back."""

    def to(migrations: list):
        executor = MigrationExecutor(connection)
        executor.migrate(migrations)
        return executor.loader.project_state(migrations).apps

    yield to
    call_command("migrate", verbosity=0)


def test_addresses_become_channels(travel):
    listed = [
        "chat:oc_1",
        "ann@example.org",
        " user:ou_1 ",
        "",
        "chat:oc_1",
        "https://example.org/h",
        7,
        "old",
    ]
    before = travel(BEFORE)
    before.get_model("openmoss", "SiteSettings").objects.create(pk=1, notification_channels=listed)

    after = travel(AFTER)

    channels = after.get_model("notifications", "Channel").objects.order_by("pk")
    assert [(channel.address, len(channel.secret), channel.enabled) for channel in channels] == [
        ("chat:oc_1", 0, True),
        ("ann@example.org", 0, True),
        ("user:ou_1", 0, True),
        ("https://example.org/h", 68, True),
        ("7", 0, True),
        ("old", 0, True),
    ]


@pytest.mark.parametrize("listed", [[], {}, "chat:oc_1"])
def test_what_is_no_list_becomes_none(travel, listed):
    before = travel(BEFORE)
    before.get_model("openmoss", "SiteSettings").objects.create(pk=1, notification_channels=listed)

    after = travel(AFTER)

    assert not after.get_model("notifications", "Channel").objects.exists()


def test_back_again_they_are_listed(travel):
    after = travel(AFTER)
    after.get_model("openmoss", "SiteSettings").objects.create(pk=1)
    after.get_model("notifications", "Channel").objects.create(address="chat:oc_1")

    before = travel(BEFORE)

    assert before.get_model("openmoss", "SiteSettings").objects.get().notification_channels == ["chat:oc_1"]
