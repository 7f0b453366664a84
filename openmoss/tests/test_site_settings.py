import pytest
from django.db import IntegrityError, transaction

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
