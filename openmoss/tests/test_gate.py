"""The door of the console: who is sent where, and how a refusal looks in the place that asked."""

import uuid

import pytest

from tasks.models import SubTask

PART = {"HX-Request": "true", "HX-Target": "board"}
QUESTION = {"HX-Request": "true", "HX-Target": "question"}


def test_a_stranger_is_asked_to_sign_in_and_comes_back(client, ann):
    answer = client.get("/tasks?status=all")

    assert answer.status_code == 302
    assert answer["Location"] == "/login?next=/tasks%3Fstatus%3Dall"


@pytest.mark.django_db
def test_while_nobody_can_sign_in_there_is_only_the_setup(client):
    assert client.get("/tasks")["Location"] == "/setup"


def test_a_part_of_a_page_sends_the_whole_page_to_the_door(client, ann):
    there = {"HX-Current-URL": "http://testserver/tasks/board?agent=1"}
    answer = client.get("/tasks/board?agent=1&cursor=5", headers=PART | there)
    elsewhere = client.get("/tasks/board", headers=PART | {"HX-Current-URL": "https://example.org/"})

    assert (answer.status_code, answer.content) == (204, b"")
    assert answer["HX-Redirect"] == "/login?next=/tasks/board%3Fagent%3D1"
    assert elsewhere["HX-Redirect"] == "/login"


def test_what_is_refused_in_a_dialog_is_said_in_the_dialog(desk, onlooker, submitted):
    gone = f"/sub-tasks/{uuid.uuid4()}/block"

    in_dialog = desk.get(gone, headers=QUESTION)
    on_a_page = desk.get(gone)
    not_his = onlooker.post(f"/sub-tasks/{submitted.pk}/cancel", headers=QUESTION)

    assert (in_dialog.status_code, on_a_page.status_code, not_his.status_code) == (404, 404, 403)
    assert b"<html" not in in_dialog.content
    assert b"There is no sub-task with the id" in in_dialog.content
    assert b"<html" in on_a_page.content
    assert b"<html" not in not_his.content
    assert SubTask.objects.get().status == "review"


def test_every_page_of_the_console_is_private_and_strict(desk, client):
    inside, outside = desk.get("/tasks"), client.get("/login")

    for answer in (inside, outside):
        assert "default-src 'none'" in answer["Content-Security-Policy"]
        assert "unsafe" not in answer["Content-Security-Policy"]
        assert answer["Cache-Control"] == "private, no-store"
        assert answer["X-Frame-Options"] == "DENY"
    assert "Content-Security-Policy" not in desk.get("/admin/")


def test_times_are_in_the_readers_zone(desk, submitted):
    SubTask.objects.update(created_at="2026-07-01T22:30:00Z")
    address = f"/sub-tasks/{submitted.pk}"

    assert b"Wed 1 Jul 2026, 22:30:00 UTC" in desk.get(address).content
    desk.cookies["timezone"] = "Asia/Tokyo"
    assert b"Thu 2 Jul 2026, 07:30:00 JST" in desk.get(address).content
    desk.cookies["timezone"] = "../../etc/passwd"
    assert b"Wed 1 Jul 2026, 22:30:00 UTC" in desk.get(address).content


def test_the_theme_is_remembered_and_leads_nowhere_else(client, db):
    dark = client.post("/theme", {"theme": "dark", "next": "https://example.org/"})

    assert (dark["Location"], dark.cookies["theme"].value) == ("/", "dark")
    assert client.post("/theme", {"theme": "pink", "next": "/login"})["Location"] == "/login"
    assert client.cookies["theme"].value == ""
