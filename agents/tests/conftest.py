"""An eye on what must not be written, and a request log of one's own."""

from contextlib import contextmanager

import pytest
from django.apps import apps

from agents.request_log import Buffer
from openmoss.models import SiteSettings


@pytest.fixture
def site(db) -> SiteSettings:
    return SiteSettings.load()


@pytest.fixture
def unchanged(site):
    """Fail when anything is written anywhere inside the block."""

    @contextmanager
    def watch():
        before = everything()
        yield
        assert everything() == before

    return watch


@pytest.fixture
def stored(db):
    """Say where in the database a text stands: the names of the tables."""
    return lambda text: [table for table, rows in everything().items() if text in repr(rows)]


@pytest.fixture
def log(monkeypatch, db) -> Buffer:
    """The request log, empty, and flushed only by the test."""
    buffer = Buffer()
    monkeypatch.setattr("agents.middleware.buffer", buffer)
    return buffer


def everything() -> dict[str, list]:
    return {
        model._meta.label: list(model._base_manager.order_by("pk").values_list())
        for model in apps.get_models()
    }
