"""What a new agent is told: its prompt, the template of its role, and how to join."""

import pytest

from agents import selectors, services
from agents.models import Prompt

URL = "https://moss.example.org"
CODE = f"oec_{'1' * 40}"


@pytest.fixture
def poet(site):
    site.project_name, site.workspace_root = "Newsroom", "/srv/team"
    site.save()
    text = "You write poems for {{project_name}} in {{workspace_root}}."
    return services.create_prompt(role="executor", slug="poet", text=text).slug


def test_a_prompt_comes_with_the_names_of_the_company_and_how_to_join(poet):
    told = selectors.compose(poet, url=URL, code=CODE)

    prompt, joining = told.split("\n\n---\n\n")
    assert prompt == "You write poems for Newsroom in /srv/team."
    assert joining.startswith("## Join OpenMOSS\n")
    assert f"curl -fsS {URL}/api/tools/cli -o task-cli.py && python3 task-cli.py enrol {CODE}" in joining
    assert "executor of a team" in joining
    assert "{{" not in told


def test_the_template_of_the_role_is_joined_when_asked(poet):
    told = selectors.compose(poet, url=URL, code=CODE, with_template=True)

    assert told.count("\n# Executor\n") == 1
    assert told.index("You write poems") < told.index("# Executor") < told.index("## Join OpenMOSS")
    assert "# Executor" not in selectors.compose(poet, url=URL, code=CODE)


def test_a_template_that_is_in_it_already_is_not_joined_twice(db):
    template = selectors.read_prompt("template", "executor").text
    slug = services.create_prompt(role="executor", slug="poet", text=f"{template}\n\nYou rhyme.").slug

    told = selectors.compose(slug, url=URL, code=CODE, with_template=True)

    assert told.count("# Executor\n") == 1


def test_the_edited_template_is_the_one_that_is_told(poet):
    services.edit_prompt("template", "executor", text="# Executor\n\nOurs.", seen=0)

    told = selectors.compose(poet, url=URL, code=CODE, with_template=True)

    assert "Ours." in told


@pytest.mark.parametrize("role", ["planner", "executor", "reviewer", "patrol"])
def test_every_role_has_its_template(db, role):
    slug = services.create_prompt(role=role, slug="one", text="Text").slug
    title = {"planner": "# Planner", "executor": "# Executor", "reviewer": "# Reviewer", "patrol": "# Patrol"}

    told = selectors.compose(slug, url=URL, with_template=True)

    assert title[role] in told.splitlines()
    assert sum(each in told.splitlines() for each in title.values()) == 1


def test_an_old_text_with_an_onboarding_part_gets_the_current_one_only(db):
    old = "You rhyme.\n\n---\n\n## 🔧 平台对接\n\ncurl http://old.example X-Registration-Token: old-token\n"
    Prompt.objects.create(kind="agent", slug="executor-poet", text=old)

    told = selectors.compose("executor-poet", url=URL, code=CODE)

    assert told.startswith("You rhyme.\n\n---\n\n## Join OpenMOSS")
    assert "old.example" not in told
    assert "old-token" not in told
    assert "平台对接" not in told


def test_without_a_code_there_is_a_place_for_it(poet):
    assert "python3 task-cli.py enrol <code>" in selectors.compose(poet, url=URL)


def test_another_address_tomorrow_is_told_tomorrow(poet):
    today = selectors.compose(poet, url=URL, code=CODE)
    tomorrow = selectors.compose(poet, url="http://10.0.0.5", code=CODE)

    assert URL in today
    assert URL not in tomorrow
    assert "http://10.0.0.5/api/tools/cli" in tomorrow


def test_nothing_of_it_is_stored(poet, stored):
    selectors.compose(poet, url=URL, code=CODE)

    assert stored(CODE) == stored("moss.example.org") == []


def test_an_odd_address_stays_one_word_of_the_command(poet):
    told = selectors.compose(poet, url="http://x/'; rm -rf ~; '{{code}}", code=CODE)

    assert "curl -fsS 'http://x/'\"'\"'; rm -rf ~; '\"'\"'{{code}}/api/tools/cli' -o" in told


def test_the_onboarding_text_can_be_edited(db):
    services.edit_prompt(
        "tool", "agent-onboarding", text="Run `{{command}}` as {{role}}. {{unknown}}", seen=0
    )

    told = selectors.onboarding("planner", url=URL, code=CODE)

    assert told.startswith("Run `curl ")
    assert told.endswith("as planner. {{unknown}}")


def test_roles_that_have_only_examples_are_missing(db):
    assert selectors.missing_roles() == ["planner", "executor", "reviewer", "patrol"]

    services.create_prompt(role="planner", slug="one", text="You plan.")
    services.edit_prompt("agent", "executor-backend", text="You write Go.", seen=0)

    assert selectors.missing_roles() == ["reviewer", "patrol"]


def test_the_list_holds_shipped_and_own_prompts_in_one_query(db, django_assert_num_queries):
    services.create_prompt(role="executor", slug="aaa", text="Text")
    services.edit_prompt("agent", "executor-tester", text="Text", seen=0)

    with django_assert_num_queries(1):
        listed = selectors.prompts("agent")

    sources = {prompt.slug: prompt.source for prompt in listed}
    assert list(sources) == sorted(sources)
    assert sources["executor-aaa"] == "own"
    assert sources["executor-tester"] == "edited"
    assert sources["executor-backend"] == "shipped"
    assert {prompt.role for prompt in listed} == {"executor"}
    assert [prompt.role for prompt in selectors.prompts("template")] == [
        "executor",
        "patrol",
        "planner",
        "reviewer",
    ]
