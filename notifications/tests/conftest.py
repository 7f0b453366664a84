from collections.abc import Callable

import pytest
from django.db import transaction

from notifications import services
from notifications.models import Channel, Event
from notifications.tests.target import web_server
from openmoss.models import SiteSettings
from tasks.models import SubTask, Task


@pytest.fixture
def site(db) -> SiteSettings:
    """Settings with notifications switched on."""
    return SiteSettings.objects.create(pk=1, notifications_enabled=True)


@pytest.fixture
def target(settings):
    """A web server on this machine to which webhooks may go."""
    settings.WEBHOOK_ALLOW = ["127.0.0.1"]
    with web_server() as target:
        yield target


@pytest.fixture
def hook(site, target) -> Channel:
    """A webhook that is told of everything."""
    return services.add_channel(address=target.url, name="Hook", events=["*"])


@pytest.fixture
def happen(db) -> Callable[..., Event]:
    """Let something happen to a sub-task of the given name."""
    task = Task.objects.create(name="News")

    def happen(name: str, kind: str = "sub_task.block", **details) -> Event:
        with transaction.atomic():
            return services.record(kind, subject=SubTask(task=task, name=name), actor=None, **details)

    return happen
