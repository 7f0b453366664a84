"""Searching: everything by a word, one thing by its id."""

import pytest

from openmoss.models import SiteSettings
from patrol.models import Finding
from reviews.models import Review
from tasks.models import Module, Rule, SubTask, Task


@pytest.fixture
def company(submitted, erin, rita) -> SubTask:
    """A little of everything, each with the word `Zeppelin` in it."""
    task = submitted.task
    task.description = "All about the <b>zeppelin</b>"
    task.save()
    Module.objects.create(task=task, name="Zeppelin module")
    SubTask.objects.create(task=task, name="Deliver", deliverable="zeppelin.pdf")
    Rule.objects.create(scope="global", content="Never say zeppelin.")
    erin.agent.description = "Knows zeppelins"
    erin.agent.save()
    Review.objects.create(
        sub_task=submitted, round=1, reviewer=rita.agent, reviewer_name="Rita", assignee=erin.agent,
        result="rejected", score=2, issues="The zeppelin is missing",
    )  # fmt: skip
    Finding.objects.create(
        kind="stuck",
        severity="warning",
        subject_id=submitted.pk,
        sub_task=submitted,
        description="Zeppelin stuck",
    )
    return submitted


def test_a_word_is_found_wherever_it_stands(desk, company):
    page = desk.get("/search", {"q": "  ZEPPELIN "}).content.decode()

    found = {
        group.name: [hit.title for hit in group.hits]
        for group in desk.get("/search?q=zeppelin").context["groups"]
    }
    assert found == {
        "tasks": ["News"],
        "sub-tasks": ["Deliver"],
        "modules": ["Zeppelin module"],
        "agents": ["Erin"],
        "reviews": ["Collect, round 1"],
        "findings": ["Zeppelin stuck"],
        "rules": ["Rule for everything"],
    }
    assert f'href="/tasks/{company.task_id}"' in page
    assert "All about the &lt;b&gt;zeppelin&lt;/b&gt;" in page
    assert f"/tasks/{company.task_id}#module-" in page


def test_prompts_are_searched_as_they_hold_now(desk, db):
    page = desk.get("/search", {"q": "task-planner"}).content.decode()

    assert "/prompts/template/task-planner" in page


def test_what_is_called_so_comes_first(desk, company):
    SubTask.objects.create(task=company.task, name="Old zeppelin")
    SubTask.objects.create(task=company.task, name="Newest", description="a zeppelin")

    (group,) = desk.get("/search", {"q": "zeppelin", "of": "sub-tasks"}).context["groups"]

    assert group.hits[0].title == "Old zeppelin"
    assert len(group.hits) == 3


@pytest.mark.parametrize("sort", ["sub-tasks", "agents", "tasks", "reviews"])
def test_an_id_or_its_beginning_leads_straight_there(desk, company, sort):
    row = {
        "sub-tasks": company,
        "agents": company.assignee,
        "tasks": company.task,
        "reviews": Review.objects.get(),
    }[sort]

    for id in (str(row.pk), row.pk.hex[:8], str(row.pk)[:10].upper()):
        assert desk.get("/search", {"q": f" {id} "})["Location"] == f"/{sort}/{row.pk}"


def test_a_beginning_that_several_share_lists_them(desk, company):
    for last in ("1", "2"):
        Task.objects.create(pk=f"facade00-0000-0000-0000-00000000000{last}", name=f"Twin {last}")

    page = desk.get("/search", {"q": "facade"}).content.decode()

    assert "Twin 1" in page
    assert "Twin 2" in page


@pytest.mark.parametrize(
    "q", ["", " ", "z", "\x00", "%", "qqqqqq", "abcdef", "'" * 300, "\ud83d", "<script>"]
)
def test_what_finds_nothing_says_so(desk, company, q):
    answer = desk.get("/search", {"q": q.encode("utf-8", "surrogatepass")})

    page = answer.content.decode()
    assert answer.status_code == 200
    assert "Erin" not in page
    assert "Type 2 characters or more" in page or "Nothing holds" in page
    assert "<script>" not in page


def test_a_sort_shows_a_few_and_more_when_asked(desk, company, django_assert_max_num_queries):
    SubTask.objects.bulk_create(SubTask(task=company.task, name=f"Airship {n}") for n in range(120))

    with django_assert_max_num_queries(25):
        page = desk.get("/search", {"q": "airship"}).content.decode()
    with django_assert_max_num_queries(25):
        desk.get("/search", {"q": "decade"})  # it could be an id
    more = desk.get("/search", {"q": "airship", "of": "sub-tasks"}).content.decode()

    assert page.count('href="/sub-tasks/') == 8
    assert "q=airship&amp;of=sub-tasks" in page
    assert more.count('href="/sub-tasks/') == 100
    assert "There are more than these 100" in more


def test_long_texts_are_looked_through_in_the_newest_alone(desk, company, monkeypatch):
    monkeypatch.setattr("openmoss.selectors.search.NEWEST", 2)
    for name in ("Old Zeppelin", "Newer", "Newest"):
        SubTask.objects.create(task=company.task, name=name, description="a zeppelin")

    (group,) = desk.get("/search", {"q": "zeppelin", "of": "sub-tasks"}).context["groups"]

    assert [hit.title for hit in group.hits] == ["Old Zeppelin", "Newest", "Newer"]


def test_while_somebody_types_there_is_a_short_list(desk, company):
    answer = desk.get("/search", {"q": "zeppelin"}, headers={"HX-Request": "true", "HX-Target": "found"})

    page = answer.content.decode()
    assert page.strip().startswith('<div id="found"')
    assert "<html" not in page
    assert f'href="/tasks/{company.task_id}#module-' in page
    assert "All about" not in page  # names only, so that typing stays quick
    assert 'href="/search?q=zeppelin"' in page


def test_staff_may_search_and_nothing_is_written(onlooker, company, client, nothing_written):
    SiteSettings.load()

    with nothing_written():
        assert onlooker.get("/search", {"q": "zeppelin"}).status_code == 200

    assert client.get("/search", {"q": "zeppelin"}).status_code == 302
