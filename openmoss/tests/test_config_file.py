"""A `config.yaml` that says how the company works: it holds, and what it sets is locked everywhere else."""

import stat

import pytest
import yaml
from django.core.management import CommandError, call_command
from django.db import models
from django.urls import reverse

from notifications.models import Channel, Event
from notifications.services import add_channel, remove_channel
from openmoss.config_file import SETTINGS
from openmoss.errors import Conflict
from openmoss.management.commands import serve, worker
from openmoss.models import SiteSettings
from openmoss.services import apply_config, change_settings, set_up
from openmoss.services.config import config
from openmoss.setup_code import setup_code

TOKEN = "swordfish-1"
FULL = {
    "project": {"name": "Newsroom"},
    "server": {"external_url": "https://moss.example.org/", "port": 6565},
    "admin": {"password": "bcrypt:$2b$12$secret"},
    "agent": {"registration_token": TOKEN, "allow_registration": False},
    "webui": {"public_feed": True, "feed_retention_days": 30, "auto_update": None},
    "notification": {"events": ["all_done", "sub_task.block"], "channels": ["chat:oc_1"]},
    "patrol": {"stuck_warning": 90},
    "magic": 7,
}


@pytest.fixture
def write(settings, monkeypatch, tmp_path, db):
    """Write the config.yaml of this server, from its sections or as it is."""
    settings.CONFIG_FILE = tmp_path / "config.yaml"
    monkeypatch.setattr("openmoss.services.config._last_told", [])
    SiteSettings.load()

    def write(text: str = "", **sections) -> None:
        settings.CONFIG_FILE.write_text(text or yaml.safe_dump(sections))

    return write


@pytest.fixture
def doctor(capsys):
    """Ask the doctor; return the exit code, as other things are wrong here, and what was said."""

    def ask() -> tuple[int, str]:
        with pytest.raises(SystemExit) as end:
            call_command("doctor")
        return end.value.code, capsys.readouterr().out

    return ask


def values() -> dict:
    return SiteSettings.objects.values().get()


def test_what_the_file_says_holds_and_is_one_event_without_values(write, django_assert_num_queries):
    write(**FULL)

    said = apply_config()

    site = SiteSettings.load()
    assert (site.project_name, site.external_url) == ("Newsroom", "https://moss.example.org")
    assert (site.registration_token, site.allow_registration) == (TOKEN, False)
    assert (site.public_feed, site.request_log_days, site.stuck_warning) == (True, 30, 90)
    assert site.notification_events == ["all_done", "sub_task.block"]
    assert [channel.address for channel in Channel.objects.all()] == ["chat:oc_1"]
    edit, added = Event.objects.order_by("pk")
    assert (edit.kind, edit.actor_name, edit.why) == ("site.edit", "the clock", "config.yaml says so")
    agent = ["allow_registration", "registration_token"]
    others = ["external_url", "notification_events", "project_name", "public_feed", "request_log_days"]
    assert edit.data["fields"] == sorted([*agent, *others, "stuck_warning"])
    assert added.kind == "channel.add"
    assert TOKEN not in said + str(list(Event.objects.values()))
    with django_assert_num_queries(2):  # and no transaction, for which others would wait every minute
        assert apply_config() == ""


def test_a_change_of_the_file_holds_and_what_left_it_is_free(write, ann):
    write(project={"name": "Newsroom"}, workspace={"root": "/srv/team"})
    apply_config()
    write(project={"name": "Press"}, workspace={"root": None})

    assert apply_config() == "project_name"

    change_settings(SiteSettings.load(), by=ann, workspace_root="/srv/ours")
    assert (values()["project_name"], values()["workspace_root"]) == ("Press", "/srv/ours")


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("project: [", "config.yaml is no YAML in line 1."),
        ("- project", "config.yaml holds no settings."),
        ("project: {name: [a]}", "project.name: Give one value."),
        ("project: {name: yes}", "project.name: Write this value in quotes."),
        ("webui: {feed_retention_days: 0}", "webui.feed_retention_days: Ensure this value is greater than or equal to 1."),
        ("patrol: {stuck_warning: 361}", "patrol.stuck_warning: A warning must come before it is critical (360)."),
        ("agent: {registration_roles: [boss]}", "agent.registration_roles: Give a list of roles"),
        ("notification: {events: [no_such]}", "notification.events: 'no_such' names no event."),
        ("notification: {channels: chat:1}", "notification.channels in config.yaml is no list."),
        ("notification: {enabled: true, channels: [somewhere]}", "notification.channels: somewhere: This is no address"),
    ],
)  # fmt: skip
def test_a_faulty_file_changes_nothing_and_says_why_once(write, text, complaint, caplog):
    write(f"{text}\nworkspace: {{root: /srv/team}}" if text.endswith("}") else text)
    before = values()

    apply_config()
    apply_config()

    [line] = [record.message for record in caplog.records]
    assert "config.yaml changes nothing: " in line
    assert complaint in line
    assert values() == before
    assert not Channel.objects.exists()
    assert not Event.objects.exists()


def test_a_faulty_file_is_told_where_people_look_until_it_is_mended(write, desk, doctor):
    write("webui: {feed_retention_days: 0}")
    apply_config()
    fault = "webui.feed_retention_days: Ensure this value is greater than or equal to 1."

    told, code, said = desk.get("/settings").content.decode(), *doctor()
    write("webui: {feed_retention_days: 1}")

    assert f"config.yaml changes nothing as long as this is wrong in it: {fault}" in told
    assert code == 1
    assert f"config.yaml changes nothing: {fault}" in said
    assert apply_config() == "request_log_days"
    assert "changes nothing" not in desk.get("/settings").content.decode() + doctor()[1]


def test_what_it_does_not_know_is_named_and_no_password_is_read(write, desk, caplog, doctor):
    write(**FULL)

    apply_config()
    apply_config()

    told = [record.message for record in caplog.records]
    assert told == [
        "The admin password in config.yaml is not read; `manage.py changepassword` sets one.",
        "These keys in config.yaml mean nothing here: magic, server.port, webui.auto_update.",
    ]
    shown = desk.get("/settings").content.decode()
    assert told[1] in shown
    said = doctor()[1]
    assert "ok    config file: " in said
    assert f"note  config file: {told[1]}" in said
    assert "$2b$" not in shown + said + caplog.text


def test_what_it_sets_nobody_else_can_change(write, ann, nothing_written):
    write(project={"name": "Newsroom"}, patrol={"stuck_critical": "soon"})

    with nothing_written():
        for change in ({"project_name": "Ours", "event_days": 30}, {"stuck_critical": 500}):
            with pytest.raises(Conflict, match=r"config\.yaml sets ") as refused:
                change_settings(SiteSettings.load(), by=ann, **change)
            assert "Change it there" in refused.value.hint

    change_settings(SiteSettings.load(), by=ann, event_days=30)
    change_settings(SiteSettings.load(), by=ann, project_name="Newsroom")  # is what the file says


def test_the_settings_page_shows_it_locked_and_takes_the_rest(write, desk):
    write(**FULL, metrics={"token": "look"})
    apply_config()
    before = values()

    project = desk.get("/settings").content.decode()
    sent = {
        "seen": desk.get("/settings").context["form"].fields["seen"].initial,
        "project_name": "Mine",
        "external_url": "https://evil.example",
        "workspace_root": "/srv/ours",
    }
    saved = desk.post("/settings?section=project", sent)

    assert saved.status_code == 302
    assert values() == before | {"workspace_root": "/srv/ours"}
    assert project.count("Set in config.yaml, and changed there.") == 2
    locked = {
        section: {name for name, field in form.fields.items() if field.disabled}
        for section in ("project", "agents", "notifications", "patrol", "retention")
        for form in [desk.get("/settings", {"section": section}).context["form"]]
    }
    assert locked == {
        "project": {"project_name", "external_url"},
        "agents": {"allow_registration", "public_feed"},
        "notifications": {"usual", "more"},
        "patrol": {"stuck_warning"},
        "retention": {"request_log_days"},
    }
    seen = desk.get("/settings", {"section": "notifications"}).context["form"].fields["seen"].initial
    assert desk.post("/settings?section=notifications", {"seen": seen, "more": "*"}).status_code == 302
    assert values()["notification_events"] == ["all_done", "sub_task.block"]
    assert "Set in config.yaml" in desk.get("/settings", {"section": "patrol"}).content.decode()


@pytest.mark.parametrize(
    ("section", "address"),
    [
        ("agents", "/settings/registration-token"),
        ("access", "/settings/metrics-token"),
        ("access", "/settings/metrics-token/close"),
    ],
)
def test_tokens_of_the_file_are_not_renewed(write, desk, section, address):
    write(agent={"registration_token": TOKEN}, metrics={"token": "look"})
    apply_config()
    before = values()

    page = desk.get("/settings", {"section": section}).content.decode()
    refused = desk.post(address, {"token": "mine"})

    assert address not in page
    assert "Set in config.yaml, and changed there." in page
    assert refused.status_code == 422
    assert "config.yaml sets " in refused.content.decode()
    assert values() == before


def test_django_admin_shows_it_read_only(write, desk):
    write(project={"name": "Newsroom"})
    apply_config()
    address = reverse("admin:openmoss_sitesettings_change", args=[1])

    page = desk.get(address).content.decode()
    form = desk.get(address).context["adminform"].form
    sent = {name: form[name].value() for name in form.fields} | {"notification_events": "[]"}
    sent |= {"registration_roles": "[]", "project_name": "Mine", "workspace_root": "/srv/ours"}

    assert desk.post(address, sent).status_code == 302
    assert "Newsroom" in page
    assert 'name="project_name"' not in page
    assert (values()["project_name"], values()["workspace_root"]) == ("Newsroom", "/srv/ours")


def test_a_channel_that_it_names_stays(write, ann, desk):
    write(notification={"channels": ["chat:oc_1"]})
    apply_config()
    named, other = Channel.objects.get(), add_channel(address="chat:oc_2", by=ann)

    with pytest.raises(Conflict, match=r"config\.yaml names chat:oc_1"):
        remove_channel(named, by=ann)
    bulk = {"action": "delete_selected", "_selected_action": [named.pk, other.pk], "post": "yes"}
    refused = desk.post(reverse("admin:notifications_channel_changelist"), bulk)

    assert refused.status_code in (200, 403)
    assert Channel.objects.count() == 2
    remove_channel(other, by=ann)
    write(project={"name": "Newsroom"})
    remove_channel(named, by=ann)
    assert not Channel.objects.exists()


def another(column: models.Field, site: SiteSettings):
    """Return a value that this setting does not have by itself."""
    if column.choices:
        return "tell"
    if isinstance(column, models.JSONField):
        return {"registration_roles": ["executor"], "notification_events": ["*", "sub_task.block"]}[
            column.name
        ]
    value = getattr(site, column.name)
    if isinstance(value, bool):
        return not value
    if isinstance(value, int):
        return value + 1
    return "https://moss.example.org" if column.name == "external_url" else f"{column.name}: 'ü' #1"


def test_what_is_exported_and_imported_elsewhere_is_equal_and_free(write, tmp_path, ann, capsys):
    site, file = SiteSettings.load(), tmp_path / "exported.yaml"
    columns = [column for column in SiteSettings._meta.fields if not column.primary_key]
    SiteSettings.objects.update(**{column.name: another(column, site) for column in columns})
    before = values()
    add_channel(address="https://hooks.example.org/secret-path", by=ann)

    call_command("config", "export", str(file))
    SiteSettings.objects.all().delete()
    Channel.objects.all().delete()
    Event.objects.all().delete()
    SiteSettings.load()
    assert not [column.name for column in columns if values()[column.name] == before[column.name]]
    call_command("config", "import", str(file))

    assert values() == before
    assert Channel.objects.get().address == "https://hooks.example.org/secret-path"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    said = capsys.readouterr().out
    assert "Taken over: activity_log_days, allow_registration, " in said
    for secret in (before["registration_token"], before["metrics_token"], "secret-path"):
        assert secret not in said + str(list(Event.objects.values()))
    change_settings(SiteSettings.load(), by=ann, project_name="Ours")
    assert file.read_text() != config()
    assert set(SETTINGS) == {column.name for column in columns}


def test_files_that_are_there_or_are_faulty_or_go_against_the_locks_are_refused(
    write, tmp_path, nothing_written
):
    file = tmp_path / "other.yaml"
    file.write_text("project: {name: Ours}\nworkspace: {root: /srv/team}")
    write(project={"name": "Newsroom"})

    with nothing_written():
        with pytest.raises(CommandError, match=r"config\.yaml sets project_name"):
            call_command("config", "import", str(file))
        with pytest.raises(CommandError, match="already"):
            call_command("config", "export", str(file))
        with pytest.raises(CommandError, match="cannot be written: No such file"):
            call_command("config", "export", str(tmp_path / "nowhere" / "x.yaml"))
        with pytest.raises(CommandError, match="cannot be read: FileNotFoundError"):
            call_command("config", "import", str(tmp_path / "nowhere.yaml"))

    assert "Ours" in file.read_text()


def test_a_server_is_set_up_around_it(write, client):
    write(project={"name": "Newsroom"}, server={"external_url": ""})
    apply_config()
    with pytest.raises(Conflict, match=r"config\.yaml sets project_name"):
        set_up(password="a long enough one", project_name="Mine")
    asked = {"code": setup_code(), "password": "a long enough one", "again": "a long enough one"}
    asked |= {"project_name": "Mine", "workspace_root": "/srv/team", "registration_token": TOKEN}

    page = client.get("/setup", {"code": setup_code()}, headers={"Host": "moss.example.org"}).content.decode()
    answer = client.post("/setup", asked, headers={"Host": "moss.example.org"})

    assert page.count("Set in config.yaml, and changed there.") == 2
    assert answer.status_code == 302, answer.context["form"].errors
    assert (values()["project_name"], values()["workspace_root"]) == ("Newsroom", "/srv/team")
    assert values()["external_url"] == ""


def test_an_import_of_an_earlier_server_leaves_it_alone(write, old, bring):
    write(project={"name": "Newsroom"})
    old.configure(project={"name": "Theirs"}, workspace={"root": "/srv/team"})

    _, report = bring()

    assert (values()["project_name"], values()["workspace_root"]) == ("OpenMOSS", "/srv/team")
    assert "project.name was not taken over: the config.yaml of this server sets it." in report["notes"]


@pytest.mark.parametrize("command", ["serve", "worker"])
def test_it_holds_from_the_start(write, monkeypatch, command):
    class Began(Exception):
        pass

    def begin(*words, **how):
        raise Began

    monkeypatch.setattr(serve.subprocess, "Popen", begin)
    monkeypatch.setattr(worker.Worker, "run", begin)
    monkeypatch.setattr(worker.signal, "signal", lambda *call: None)
    write(project={"name": "Newsroom"})

    with pytest.raises(Began):
        call_command(command, **({"host": "127.0.0.1", "port": 0} if command == "serve" else {}))

    assert values()["project_name"] == "Newsroom"
