"""GET /api/rules: what every agent reads before it works."""

from datetime import timedelta

import pytest
from django.utils import timezone

from agents.downloads import cli_version
from openmoss.models import SiteSettings
from tasks.models import Rule, Task
from tasks.selectors import said

UNKNOWN = "11111111-2222-3333-4444-555555555555"


@pytest.fixture(autouse=True)
def shipped(monkeypatch, tmp_path):
    """Keep the rule that comes with OpenMOSS out of the way; a test may write one here."""
    path = tmp_path / "global.md"
    monkeypatch.setattr(said, "SHIPPED_RULE", path)
    return path


@pytest.fixture
def rule(db):
    """Write a rule, each a minute after the one before."""
    begin = timezone.now() - timedelta(days=1)

    def write(content, *, scope="global", **subject) -> Rule:
        at = begin + timedelta(minutes=Rule.objects.count())
        return Rule.objects.create(content=content, scope=scope, created_at=at, **subject)

    return write


def content(caller, **query) -> str:
    """Return the merged rules as a tool of the newest version reads them."""
    answer = caller.get("/api/rules", cli_version=cli_version(), **query)
    assert answer.status_code == 200
    return answer.json()["content"]


def test_rules_are_merged_from_the_general_to_the_special_and_oldest_first(rule, given, task, erin):
    sub_task = given("pending")
    rule("S1", scope="sub_task", sub_task=sub_task)
    rule("T1", scope="task", task=task)
    rule("G1")
    rule("T2", scope="task", task=task)
    rule("G2")
    rule("S2", scope="sub_task", sub_task=sub_task)

    text = content(erin, task_id=str(task.pk), sub_task_id=str(sub_task.pk))

    assert text == "\n\n---\n\n".join(["G1", "G2", "T1", "T2", "S1", "S2"])


def test_rules_of_others_are_left_out(rule, given, task, erin):
    sub_task, other = given("pending"), Task.objects.create(name="Other")
    rule("G1")
    rule("T1", scope="task", task=task)
    rule("Other", scope="task", task=other)
    rule("S1", scope="sub_task", sub_task=sub_task)
    rule("Neighbour", scope="sub_task", sub_task=given("pending"))

    texts = [
        content(erin),
        content(erin, task_id=str(task.pk)),
        content(erin, sub_task_id=str(sub_task.pk)),
    ]

    assert [text.split("\n\n---\n\n") for text in texts] == [["G1"], ["G1", "T1"], ["G1", "T1", "S1"]]


def test_space_around_a_rule_is_left_out(rule, erin):
    rule("\n\nBe kind.  \n")
    rule("Cite.\n")

    assert content(erin) == "Be kind.\n\n---\n\nCite."


def test_without_any_rule_there_is_nothing_to_read(erin):
    assert content(erin) == ""


def test_the_shipped_rule_serves_until_somebody_writes_a_global_one(rule, shipped, task, erin):
    shipped.write_text("Shipped\n", encoding="utf-8")
    rule("T1", scope="task", task=task)
    before = content(erin, task_id=str(task.pk))
    rule("Ours")

    after = content(erin, task_id=str(task.pk))

    assert before == "Shipped\n\n---\n\nT1"
    assert after == "Ours\n\n---\n\nT1"


def test_variables_are_filled_in_everywhere(rule, shipped, task, erin):
    SiteSettings.load()
    SiteSettings.objects.update(project_name="Acme", workspace_root="/srv/{{project_name}}")
    shipped.write_text("{{project_name}} in {{workspace_root}}", encoding="utf-8")
    rule("{{project_name}} {{project_name}} {{ project_name }} {{unknown}}", scope="task", task=task)

    text = content(erin, task_id=str(task.pk))

    assert text == "Acme in /srv/Acme\n\n---\n\nAcme Acme {{ project_name }} {{unknown}}"


def test_a_tool_of_the_newest_version_hears_nothing_of_versions(rule, erin):
    rule("G1")

    answer = erin.get("/api/rules", cli_version=cli_version()).json()

    assert answer["content"] == "G1"
    assert answer["message"]
    assert (answer["update_available"], answer["latest_version"], answer["update_instructions"]) == (
        False, None, "",
    )  # fmt: skip


def test_a_newer_tool_than_ours_is_new_enough(erin):
    answer = erin.get("/api/rules", cli_version=cli_version() + 1).json()

    assert (answer["update_available"], answer["latest_version"]) == (False, None)


@pytest.mark.parametrize("version", [-1, 0, 1])
def test_an_older_tool_hears_how_to_update_beside_the_rules(rule, erin, version):
    rule("G1")

    answer = erin.get("/api/rules", cli_version=version).json()

    assert answer["content"] == "G1"
    assert (answer["update_available"], answer["latest_version"]) == (True, cli_version())
    assert "task-cli.py update" in answer["update_instructions"]
    assert "http://testserver/api/tools/cli" in answer["update_instructions"]
    assert "http://testserver/api/agents/me/skill" in answer["update_instructions"]


@pytest.mark.parametrize("query", [{}, {"cli_version": ""}])
def test_a_tool_that_does_not_know_of_versions_reads_it_in_the_rules(rule, erin, query):
    rule("G1")

    answer = erin.get("/api/rules", **query).json()

    assert answer["content"].startswith("G1\n\n---\n\n## ")
    assert answer["update_instructions"] in answer["content"]
    assert (answer["update_available"], answer["latest_version"]) == (True, cli_version())


def test_the_instructions_name_the_address_that_the_settings_give(erin):
    SiteSettings.load()
    SiteSettings.objects.update(external_url="https://moss.example/")

    answer = erin.get("/api/rules").json()

    assert "https://moss.example/api/tools/cli" in answer["update_instructions"]
    assert "testserver" not in answer["content"]


def test_no_key_stands_in_the_instructions(erin):
    answer = erin.get("/api/rules")

    assert erin.key not in answer.content.decode()


@pytest.mark.parametrize("version", ["two", "2.0", "9" * 40])
def test_a_version_is_a_whole_number(erin, version):
    answer = erin.get("/api/rules", cli_version=version)

    assert answer.status_code == 400
    assert list(answer.json()["fields"]) == ["cli_version"]


@pytest.mark.parametrize("name", ["task_id", "sub_task_id"])
@pytest.mark.parametrize("id", [UNKNOWN, "nonsense"])
def test_an_unknown_id_is_not_found(erin, name, id):
    answer = erin.get("/api/rules", **{name: id})

    assert answer.status_code == 404
    assert list(answer.json()["fields"]) == [name]


def test_every_role_reads_the_rules(rule, pia, erin, rita, pat):
    rule("G1")

    assert [content(caller) for caller in (pia, erin, rita, pat)] == ["G1"] * 4
