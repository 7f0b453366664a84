"""The next piece of work, claimed: own rework, own assigned work, then the most urgent free one."""

import pytest

from conftest import hire
from openmoss.access import Role
from openmoss.tests.racing import in_threads
from tasks import services as work
from tasks.models import SubTask, Task


@pytest.fixture
def news(pia) -> Task:
    return work.create_task(name="News", by=pia.agent)


def create(task: Task, name: str, pia, **more) -> SubTask:
    return work.create_sub_task(task, name=name, by=pia.agent, **more)


def next_of(agent, **where) -> str | None:
    answer = agent.post("/api/sub-tasks/claim-next", **where)
    assert answer.status_code == 200, answer.content
    sub_task = answer.json()["sub_task"]
    assert (sub_task is None) == (answer.json()["retry_after"] is not None)
    return sub_task and sub_task["name"]


def test_urgent_work_comes_first_then_what_waited_longest(pia, erin, news):
    create(news, "Old", pia)
    create(news, "Young", pia)
    create(news, "Low", pia, priority="low")
    create(news, "High", pia, priority="high")

    assert [next_of(hire(f"Executor {n}", Role.EXECUTOR)) for n in range(5)] == [
        "High",
        "Old",
        "Young",
        "Low",
        None,
    ]
    assert SubTask.objects.filter(status="assigned").count() == 4


def test_own_rework_comes_before_everything_and_own_assigned_work_before_free_work(pia, erin, rita, news):
    mine = create(news, "Mine", pia, priority="low", assignee=erin.agent)
    returned = create(news, "Returned", pia, priority="low", assignee=erin.agent)
    create(news, "Free", pia, priority="high")
    erin.post(f"/api/sub-tasks/{returned.pk}/start")
    erin.post(f"/api/sub-tasks/{returned.pk}/submit")
    rita.post(f"/api/sub-tasks/{returned.pk}/rework", score=1, issues="No.")

    assert next_of(erin) == "Returned"
    assert next_of(erin) == "Returned"  # as long as it is not started
    erin.post(f"/api/sub-tasks/{returned.pk}/start")
    assert next_of(erin) == "Mine"
    erin.post(f"/api/sub-tasks/{mine.pk}/start")
    assert next_of(erin) == "Free"


def test_what_waits_for_other_work_is_not_given(pia, erin, news):
    first = create(news, "First", pia, priority="low")
    create(news, "Second", pia, priority="high", depends_on=[first])

    assert next_of(erin) == "First"
    assert next_of(hire("Eve", Role.EXECUTOR)) is None


def test_it_can_be_narrowed_to_a_task_or_a_module(pia, erin, ed, news):
    other = work.create_task(name="Other", by=pia.agent)
    module = work.create_module(other, name="M", by=pia.agent)
    create(news, "News", pia, priority="high")
    create(other, "Loose", pia)
    create(other, "In module", pia, module=module)

    assert next_of(erin, module_id=str(module.pk)[:8]) == "In module"
    assert next_of(ed, task_id=str(other.pk)) == "Loose"
    assert next_of(hire("Eve", Role.EXECUTOR), module_id=str(module.pk)) is None
    assert erin.post("/api/sub-tasks/claim-next", task_id="0" * 32).status_code == 404


def test_only_executors_are_given_work(pia, rita, news):
    create(news, "Free", pia)

    assert rita.post("/api/sub-tasks/claim-next").status_code == 403
    assert SubTask.objects.get().status == "pending"


def test_the_session_is_bound(pia, erin, news):
    create(news, "Free", pia)

    erin.post("/api/sub-tasks/claim-next", session_id="s-1")

    assert SubTask.objects.get().current_session_id == "s-1"


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_ten_at_once_get_ten_different_ones_and_the_rest_nothing(pia, news):
    for n in range(10):
        create(news, f"Part {n}", pia)
    agents = [hire(f"Executor {n}", Role.EXECUTOR).agent for n in range(12)]
    got = []

    outcomes = in_threads([lambda agent=agent: got.append(work.claim_next(by=agent)) for agent in agents])

    assert outcomes == ["won"] * 12
    names = [sub_task.name for sub_task in got if sub_task]
    assert sorted(names) == sorted(f"Part {n}" for n in range(10))
    assert set(SubTask.objects.values_list("attempt", flat=True)) == {1}
