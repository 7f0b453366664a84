"""A sub-task that can be reviewed, and an eye on what must not be written."""

from contextlib import contextmanager

import pytest
from django.apps import apps
from django.utils import timezone

from openmoss.models import SiteSettings
from tasks.models import SubTask, Task


@pytest.fixture
def submitted(erin) -> SubTask:
    """A sub-task of Erin's that waits for its review."""
    return SubTask.objects.create(
        task=Task.objects.create(name="News", status="in_progress"),
        name="Collect",
        status="review",
        assignee=erin.agent,
        assigned_at=timezone.now(),
        attempt=1,
    )


@pytest.fixture
def unchanged(db):
    """Fail when anything is written anywhere inside the block."""
    SiteSettings.load()

    @contextmanager
    def watch():
        before = everything()
        yield
        assert everything() == before

    return watch


def everything() -> dict[str, list]:
    return {
        model._meta.label: list(model._base_manager.order_by("pk").values_list())
        for model in apps.get_models()
    }
