import pytest
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command

from openmoss.models import SiteSettings

GOOD = "correct horse battery"


def test_a_fresh_server_is_set_up_with_a_password_alone(db, client, capsys):
    call_command("setup", "--admin-password", GOOD)

    printed = capsys.readouterr().out
    site, person = SiteSettings.objects.get(), User.objects.get()
    assert (person.username, person.is_staff, person.is_superuser) == ("admin", True, True)
    assert client.login(username="admin", password=GOOD)
    assert (site.project_name, site.workspace_root, site.external_url) == ("OpenMOSS", "/workspace", "")
    assert len(site.registration_token) == 32
    assert site.registration_token in printed
    assert GOOD not in printed


def test_everything_can_be_said_at_once(db):
    call_command(
        "setup",
        *("--admin-password", GOOD, "--project-name", "Moss & Co", "--workspace-root", "/srv/team"),
        *("--registration-token", "let-me-in", "--external-url", "https://moss.example.org"),
    )

    site = SiteSettings.objects.get()
    assert (site.project_name, site.workspace_root) == ("Moss & Co", "/srv/team")
    assert (site.registration_token, site.external_url) == ("let-me-in", "https://moss.example.org")


def test_settings_that_are_there_already_are_kept(db):
    SiteSettings.objects.create(
        pk=1, project_name="Moss & Co", registration_token="let-me-in", public_feed=True
    )

    call_command("setup", "--admin-password", GOOD, "--workspace-root", "/srv/team")

    site = SiteSettings.objects.get()
    assert (site.project_name, site.registration_token, site.public_feed) == ("Moss & Co", "let-me-in", True)
    assert site.workspace_root == "/srv/team"


@pytest.mark.parametrize(
    "wrong",
    [
        *(["--admin-password", "short"], ["--admin-password", ""], ["--admin-password", "password"]),
        *(["--admin-password", "admin.x9"], ["--external-url", "moss"], ["--external-url", "javascript:x"]),
        *(["--project-name", ""], ["--project-name", "x" * 101], ["--workspace-root", ""]),
        ["--registration-token", "x" * 201],
    ],
    ids=lambda wrong: " ".join(wrong)[:40],
)
def test_what_cannot_be_right_is_refused_and_nothing_is_written(db, wrong, capsys):
    SiteSettings.objects.create(pk=1, project_name="Before")
    arguments = ["--admin-password", GOOD, "--project-name", "After", *wrong]

    with pytest.raises(CommandError) as refused:
        call_command("setup", *arguments)

    assert str(refused.value)
    assert not User.objects.exists()
    assert SiteSettings.objects.get().project_name == "Before"
    assert "set up" not in capsys.readouterr().out


def test_a_password_must_be_given(db):
    with pytest.raises(CommandError, match="--admin-password"):
        call_command("setup")


def test_a_server_is_set_up_once(db, client):
    call_command("setup", "--admin-password", GOOD, "--project-name", "First")
    token = SiteSettings.objects.get().registration_token

    with pytest.raises(CommandError, match="set up already"):
        call_command("setup", "--admin-password", "another horse", "--project-name", "Second")

    site = SiteSettings.objects.get()
    assert User.objects.count() == 1
    assert client.login(username="admin", password=GOOD)
    assert (site.project_name, site.registration_token) == ("First", token)


def test_a_server_with_another_superuser_is_set_up_already(admin_user):
    User.objects.update(username="ann")

    with pytest.raises(CommandError, match="set up already"):
        call_command("setup", "--admin-password", GOOD)

    assert User.objects.count() == 1
