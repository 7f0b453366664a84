"""Staff see every row in Django admin and cannot go around the workflow."""

import pytest
from django.contrib import admin
from django.contrib.auth.models import User
from django.urls import reverse

from notifications.models import Channel
from openmoss.models import SiteSettings


@pytest.fixture
def ann(db, client):
    client.force_login(User.objects.create_superuser("Ann"))
    return client


def test_every_list_opens_and_only_settings_and_channels_can_be_changed(ann, pia, erin, rita):
    SiteSettings.load()
    task = pia.post("/api/tasks", name="News").json()
    sub_task = pia.post("/api/sub-tasks", task_id=task["id"], name="Collect", assigned_agent=erin.id).json()
    erin.post(f"/api/sub-tasks/{sub_task['id']}/start")
    erin.post(f"/api/sub-tasks/{sub_task['id']}/submit")
    rita.post("/api/review-records", sub_task_id=sub_task["id"], result="approved", score=5)

    for model in admin.site._registry:
        label = model._meta.label_lower.replace(".", "_")
        listed = ann.get(reverse(f"admin:{label}_changelist"))
        assert listed.status_code == 200, label
        if model._meta.app_label in {"auth", "openmoss"} or model is Channel:
            continue
        assert ann.get(reverse(f"admin:{label}_add")).status_code == 403, label
        if row := model.objects.first():
            assert ann.get(reverse(f"admin:{label}_change", args=[row.pk])).status_code == 200, label
            assert ann.post(reverse(f"admin:{label}_change", args=[row.pk]), {}).status_code == 403, label
            assert (
                ann.post(reverse(f"admin:{label}_delete", args=[row.pk]), {"post": "yes"}).status_code == 403
            )


def test_a_key_never_shows(ann, erin):
    page = ann.get(reverse("admin:agents_agent_change", args=[erin.id])).content.decode()

    assert "Erin" in page
    assert erin.key not in page
    assert erin.agent.key_hash not in page


def test_nobody_without_a_login_gets_in(client, db):
    answer = client.get("/admin/agents/agent/")

    assert answer.status_code == 302
    assert "/admin/login/" in answer["Location"]
