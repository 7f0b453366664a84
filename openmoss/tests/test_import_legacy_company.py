"""Settings, channels and prompts of an earlier server: taken over where nobody here has chosen otherwise."""

import pytest
from django.core.management import CommandError, call_command

from agents.models import Prompt, PromptKind
from agents.prompts.library import shipped
from agents.services import delete_prompt
from notifications.models import Channel, Event
from notifications.services import add_channel
from openmoss.errors import Conflict
from openmoss.legacy import company
from openmoss.legacy.report import Report
from openmoss.legacy.writing import Writer
from openmoss.models import SiteSettings
from openmoss.tests.old_server import kinds

ONBOARDING = "## 🔧 平台对接\n\ncurl -H 'X-Registration-Token: old-token-1' http://10.0.0.5:6565/api"


@pytest.fixture
def configured(old):
    old.configure(
        project={"name": "Newsroom"},
        workspace={"root": "/srv/team"},
        server={"external_url": "https://moss.example.org/", "port": 6565},
        admin={"password": "bcrypt:$2b$12$secret"},
        agent={"registration_token": "old-token-1", "allow_registration": False},
        webui={"public_feed": True, "feed_retention_days": 30, "auto_update": True},
        notification={
            "enabled": True,
            "events": ["all_done", None],
            "channels": ["chat:oc_1", "email:ann@example.org", "somewhere"],
        },
    )
    return old


def test_settings_come_over(configured, bring):
    _, report = bring()

    site = SiteSettings.load()
    assert (site.project_name, site.workspace_root) == ("Newsroom", "/srv/team")
    assert site.external_url == "https://moss.example.org"
    assert (site.registration_token, site.allow_registration) == ("old-token-1", False)
    assert (site.public_feed, site.request_log_days) == (True, 30)
    assert (site.notifications_enabled, site.notification_events) == (True, ["all_done"])
    assert report["tables"]["settings"] == {"new": 9, "already_there": 0, "left_out": 0}
    assert Event.objects.get(kind="site.configure").subject_name == "OpenMOSS"
    assert "never comes over" in str(report["notes"])
    for secret in ("old-token-1", "bcrypt"):
        assert secret not in str(report)
        assert secret not in str(list(Event.objects.values()))


def test_settings_that_somebody_chose_here_stay(configured, bring):
    SiteSettings.load()
    SiteSettings.objects.update(project_name="Ours", request_log_days=14)

    _, report = bring()

    site = SiteSettings.load()
    assert (site.project_name, site.request_log_days) == ("Ours", 14)
    assert site.workspace_root == "/srv/team"
    assert "project.name was not taken over: project_name was set here already." in report["notes"]


def test_a_second_import_leaves_the_token_alone_that_was_changed_meanwhile(configured, bring):
    bring()
    SiteSettings.objects.update(registration_token="fresh-token-2")

    bring()

    assert SiteSettings.load().registration_token == "fresh-token-2"


def test_settings_that_cannot_be_are_left_out(old, bring):
    old.configure(
        project={"name": "N" * 101},
        server={"external_url": "moss"},
        webui={"feed_retention_days": 0, "public_feed": "maybe"},
        notification={"events": ["no event"]},
        agent="none",
    )

    code, report = bring()

    assert code == 1
    assert kinds(report, "left_out") == {("settings", "unfit"): 5}
    assert SiteSettings.load().project_name == "OpenMOSS"
    assert not Event.objects.filter(kind="site.configure").exists()


def test_settings_that_somebody_changes_at_the_same_moment_are_refused(db):
    seen = SiteSettings.load()
    SiteSettings.objects.update(project_name="Ours")

    with pytest.raises(Conflict, match="at this moment"):
        company._change(
            seen,
            {"project_name": "OpenMOSS"},
            {"project_name": "Theirs"},
            Writer(Report("", "", False), dry_run=False),
            by=None,
        )

    assert SiteSettings.load().project_name == "Ours"
    assert not Event.objects.exists()


def test_channels_come_over_once(configured, bring):
    add_channel(address="chat:oc_1", name="Ours")

    code, report = bring()
    bring()

    assert code == 1
    assert dict(Channel.objects.values_list("address", "name")) == {
        "chat:oc_1": "Ours",
        "email:ann@example.org": "",
    }
    assert report["tables"]["channels"] == {"new": 1, "already_there": 1, "left_out": 1}
    assert "somewhere: address: This is no address" in str(report["left_out"])


def test_a_configuration_that_is_none_is_refused(old, bring, nothing_written):
    with nothing_written():
        for text, why in [("a: [", r"config\.yaml is no YAML in line 1"), ("- a", "holds no settings")]:
            (old.folder / "config.yaml").write_text(text)
            with pytest.raises(CommandError, match=why):
                bring()
        with pytest.raises(CommandError, match="cannot be read: FileNotFoundError"):
            bring("--config", str(old.folder / "other.yaml"))


def test_the_database_is_where_the_configuration_says(old, db):
    old.configure(database={"path": "./elsewhere/moss.db"}, project={"name": "Newsroom"})
    (old.folder / "elsewhere").mkdir()
    old.path.rename(old.folder / "elsewhere" / "moss.db")

    call_command("import_legacy", old.folder)

    assert SiteSettings.load().project_name == "Newsroom"


def test_a_database_alone_brings_no_settings_unless_they_are_named(configured, db):
    call_command("import_legacy", configured.path)
    assert SiteSettings.load().project_name == "OpenMOSS"

    with pytest.raises(SystemExit):
        call_command("import_legacy", configured.path, "--config", configured.folder / "config.yaml")

    assert SiteSettings.load().project_name == "Newsroom"


def test_own_prompts_come_over_without_the_old_way_to_join(configured, bring):
    configured.prompt(
        "executor-writer", f"---\nname: Writer\nrole: executor\n---\n\nWrite.\n\n---\n\n{ONBOARDING}"
    )
    configured.prompt("reviewer-Strict_One", "Be strict.")

    _, report = bring()

    writer = Prompt.objects.get(slug="executor-writer")
    assert writer.text.endswith("Write.\n")
    assert "old-token-1" not in writer.text
    assert Prompt.objects.get(slug="reviewer-strict-one").text.endswith("Be strict.\n")
    assert report["tables"]["prompts"]["new"] == 2
    assert kinds(report)["prompts", "name"] == 1


def test_prompts_that_cannot_come_are_named(configured, bring):
    configured.prompt("executor-backend", "---\nrole: executor\n---\n\nOurs is edited.")
    configured.prompt("executor-frontend", "---\nrole: executor\nexample: true\n---\n\nAs shipped.")
    configured.prompt("helper", "Help.")
    configured.prompt("planner-leaky", "Use old-token-1.")
    configured.prompt("执行者", "---\nrole: executor\n---\n\nWrite.")

    code, report = bring()

    assert code == 1
    assert not Prompt.objects.exists()
    assert kinds(report, "left_out")["prompts", "taken"] == 1
    assert kinds(report, "left_out")["prompts", "unfit"] == 3
    assert "planner-leaky: text: Line" in str(report["left_out"])
    assert "old-token-1" not in str(report)
    assert "Example prompts: 1 were left, as OpenMOSS ships its own." in report["notes"]


def test_a_prompt_that_was_deleted_here_does_not_come_back(old, bring):
    old.prompt("executor-writer", "Write.")
    bring()
    delete_prompt("executor-writer", seen=1)

    _, report = bring()

    assert not Prompt.objects.exists()
    assert report["tables"]["prompts"] == {"new": 0, "already_there": 1, "left_out": 0}


def test_role_templates_are_compared_and_never_replaced(old, bring):
    old.prompt("executor", "Another template.", folder="templates")
    old.prompt("task-patrol", shipped(PromptKind.TEMPLATE)["task-patrol"], folder="templates")

    code, report = bring()

    assert code == 0
    assert not Prompt.objects.exists()
    [note] = report["notes"]
    assert note.startswith("Role templates were not taken over")
    assert note.endswith(": executor. If somebody edited them, bring that over by hand.")


def test_a_folder_of_prompts_may_lie_elsewhere(old, db, tmp_path):
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "executor-writer.md").write_text("Write.")

    call_command("import_legacy", old.path, "--prompts", tmp_path / "elsewhere")
    with pytest.raises(CommandError, match="There is no folder"):
        call_command("import_legacy", old.path, "--prompts", tmp_path / "nowhere")

    assert Prompt.objects.get().slug == "executor-writer"
