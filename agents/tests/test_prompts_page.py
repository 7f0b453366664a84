"""/prompts: who is told what, writing it, going back, and handing it to a new agent."""

import re

import pytest

from agents import selectors, services
from agents.models import Enrolment, Prompt
from notifications.models import Event

HOSTILE = "<script>alert(1)</script> [x](javascript:alert(1)) \u202eevil"
AT = "/prompts/template/executor"


@pytest.fixture
def poet(ann):
    return services.create_prompt(
        role="executor", slug="poet", name="Poet", text="# Poet\n\nYou *rhyme*.", description="Verse", by=ann
    )


def shown(response) -> str:
    assert response.status_code == 200
    return response.content.decode()


def test_the_page_shows_the_seats_the_cards_and_what_was_done_to_them(desk, poet, ann):
    services.edit_prompt("agent", "executor-backend", text="You write Go.", seen=0, by=ann)
    Prompt.objects.filter(slug="executor-backend").update(based_on="an older one")

    text = shown(desk.get("/prompts"))

    assert "1 of 4 have a prompt of yours" in text
    assert text.count("/prompts/new?role=") == 3
    assert "/prompts/new?role=executor" not in text
    for word in ("your own", "edited", "example", "the shipped text has changed since", "executor-poet"):
        assert word in text
    told = re.search(r'<pre id="told-executor-poet" hidden>(.*?)</pre>', text, re.S)[1]
    assert "You *rhyme*." in told
    assert "enrol &lt;code&gt;" in told


def test_each_tab_shows_its_kind(desk):
    assert "agent-onboarding" in shown(desk.get("/prompts?tab=tool"))
    templates = shown(desk.get("/prompts?tab=template"))
    assert "task-reviewer" in templates
    assert "executor-backend" not in templates
    agents = shown(desk.get("/prompts?tab=nonsense"))
    assert "executor-backend" in agents
    assert "0 of 4 have a prompt of yours" in agents  # examples are nobody's


def test_more_prompts_cost_no_more_queries(desk, poet, ann, django_assert_max_num_queries):
    for number in range(30):
        services.create_prompt(role="executor", slug=f"poet-{number}", text="You rhyme.", by=ann)

    with django_assert_max_num_queries(12):
        desk.get("/prompts")


def test_one_prompt_is_shown_rendered_as_source_and_by_its_changes(desk, ann):
    services.edit_prompt("template", "executor", text=f"You rhyme.\n\n{HOSTILE}", seen=0, by=ann)

    rendered, source = shown(desk.get(AT)), shown(desk.get(f"{AT}?view=source"))
    changes = shown(desk.get(f"{AT}?view=changes"))

    assert "<ins><b>+</b>You rhyme.</ins>" in changes
    assert "<del><b>−</b># Executor</del>" in changes
    for text in (rendered, source, changes):
        assert "<script>alert" not in text
        assert 'href="javascript' not in text
        assert "\u202e" not in text


@pytest.mark.parametrize(
    "path", ["/prompts/agent/nobody", "/prompts/nothing/executor", "/prompts/tool/a%00b"]
)
def test_what_is_not_there_is_not_found(desk, path):
    for tail in ("", "/edit", "/history", "/revert", "/delete", "/compose"):
        assert desk.get(path + tail).status_code == 404


def test_a_new_prompt_begins_with_the_template_of_its_role_and_is_created(desk, ann):
    form = shown(desk.get("/prompts/new?role=patrol"))
    assert "You look at work of {{project_name}} that stands still" in form

    answer = desk.post(
        "/prompts/new", {"role": "patrol", "slug": "night", "name": "Owl", "text": "You look."}
    )

    assert answer.url == "/prompts/agent/patrol-night"
    assert selectors.read_prompt("agent", "patrol-night").document.body == "You look."
    event = Event.objects.get(kind="prompt.create")
    assert (event.actor_id, event.subject_name) == (str(ann.pk), "patrol-night")


def test_what_is_refused_keeps_what_was_written(desk, poet):
    key = "ock_" + "1" * 40

    taken = desk.post("/prompts/new", {"role": "executor", "slug": "poet", "text": "Mine, unsaved."})
    secret = desk.post(f"{AT}/edit", {"seen": 0, "text": f"Mine, unsaved.\n{key}"})

    for answer, why in ((taken, "There is a prompt"), (secret, "looks like a key")):
        assert answer.status_code == 422
        assert why in answer.content.decode()
        assert "Mine, unsaved." in answer.content.decode()
    assert selectors.read_prompt("template", "executor").source == "shipped"


def test_without_script_a_preview_saves_nothing(desk, nothing_written):
    with nothing_written():
        written = {"seen": 0, "text": f"You **rhyme**.\n{HOSTILE}", "preview": "1"}
        text = shown(desk.post(f"{AT}/edit", written))
        alone = shown(
            desk.post("/prompts/preview", {"text": f"---\nname: x\n---\nYou **rhyme**.\n{HOSTILE}"})
        )

    for each in (text, alone):
        assert "<strong>rhyme</strong>" in each
        assert "<script>alert" not in each
        assert 'href="javascript' not in each
    assert "You **rhyme**." in text
    assert "name: x" not in alone


def test_who_is_overtaken_sees_both_texts_and_may_then_save(desk, ann):
    services.edit_prompt("template", "executor", text="Theirs.", seen=0, by=ann)

    late = desk.post(f"{AT}/edit", {"seen": 0, "text": "Mine."})

    page = late.content.decode()
    assert late.status_code == 422
    assert "<del><b>−</b>Theirs.</del>" in page
    assert "<ins><b>+</b>Mine.</ins>" in page
    assert selectors.read_prompt("template", "executor").document.body == "Theirs."
    seen = re.search(r'name="seen" value="(\d+)"', page)[1]
    assert desk.post(f"{AT}/edit", {"seen": seen, "text": "Mine."}).status_code == 302
    assert selectors.read_prompt("template", "executor").document.body == "Mine."


def test_the_history_shows_each_change_and_goes_back(desk, ann):
    services.edit_prompt("template", "executor", text="One", seen=0, by=ann)
    services.edit_prompt("template", "executor", text="Two", seen=1, by=ann)

    history = shown(desk.get(f"{AT}/history"))
    asked = shown(desk.get(f"{AT}/revert?to=1"))
    back = desk.post(f"{AT}/revert?to=1", {"seen": 2})

    assert "<del><b>−</b>One</del>" in history
    assert "revert?to=1" in history
    assert "revert?to=2" not in history
    assert "version 1" in asked
    assert back.url == AT
    assert selectors.read_prompt("template", "executor").document.body == "One"
    assert Event.objects.get(kind="prompt.revert").actor_id == str(ann.pk)
    assert desk.post(f"{AT}/revert", {"seen": 2}).status_code == 422
    assert desk.get(f"{AT}/revert?to=9").status_code == 404
    assert desk.post(f"{AT}/revert", {"seen": 3}).url == AT
    assert selectors.read_prompt("template", "executor").source == "shipped"


def test_a_long_history_goes_on_on_the_next_page(desk, ann):
    for number in range(22):
        services.edit_prompt("template", "executor", text=f"Text {number}", seen=number, by=ann)

    first = shown(desk.get(f"{AT}/history"))
    older = shown(desk.get(f"{AT}/history?" + re.search(r"before=[\w-]+", first)[0]))

    # The last on a page is compared with the first of the next, not with the shipped file.
    assert "<del><b>−</b>Text 1</del>" in first
    assert "Text 22" not in older
    assert "<del><b>−</b># Executor</del>" in older


def test_only_a_prompt_of_our_own_is_deleted(desk, poet, ann):
    assert desk.get("/prompts/agent/executor-backend/delete").status_code == 404
    assert "1 version" in shown(desk.get("/prompts/agent/executor-poet/delete"))

    assert desk.post("/prompts/agent/executor-poet/delete", {"seen": 1}).url == "/prompts"

    assert not Prompt.objects.exists()
    assert Event.objects.get(kind="prompt.delete").actor_id == str(ann.pk)


def test_handing_over_shows_everything_and_makes_a_code_only_when_asked(desk, poet, ann, stored):
    path = "/prompts/agent/executor-poet/compose"
    plain, whole = shown(desk.get(path)), shown(desk.get(f"{path}?template=1"))
    assert "enrol &lt;code&gt;" in plain
    assert "# Executor" not in plain
    assert "# Executor" in whole
    assert not Enrolment.objects.exists()

    answer = desk.post(f"{path}?template=1", {"name": "Petra"})

    code = re.search(r"oec_\w+", shown(answer))[0]
    enrolment = Enrolment.objects.get()
    assert (enrolment.name, enrolment.role, enrolment.made_by) == ("Petra", "executor", "Ann")
    assert f"enrol {code}" in answer.content.decode()
    assert "# Executor" in answer.content.decode()
    assert "no-store" in answer["Cache-Control"]
    assert stored(code) == []
    assert code not in shown(desk.get(path))
    assert desk.post("/api/agents/enrol", {"code": code}, content_type="application/json").status_code == 200


def test_a_code_that_cannot_be_made_is_refused_with_the_reason(desk, poet, erin):
    answer = desk.post("/prompts/agent/executor-poet/compose", {"name": "Erin"})

    assert answer.status_code == 422
    assert "There is an agent named &#x27;Erin&#x27; already." in answer.content.decode()
    assert not Enrolment.objects.exists()


def test_who_may_only_look_changes_nothing(onlooker, poet, nothing_written):
    page = shown(onlooker.get("/prompts/agent/executor-poet"))
    for word in ("/edit", "/delete", "/revert"):
        assert word not in page
    assert "Make a code and compose" not in shown(onlooker.get("/prompts/agent/executor-poet/compose"))
    with nothing_written():
        for path in ("edit", "delete", "revert", "compose"):
            answer = onlooker.post(
                f"/prompts/agent/executor-poet/{path}", {"seen": 1, "text": "x", "name": "x"}
            )
            assert answer.status_code == 403
        assert (
            onlooker.post("/prompts/new", {"role": "executor", "slug": "x", "text": "x"}).status_code == 403
        )
