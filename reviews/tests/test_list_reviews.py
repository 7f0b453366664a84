import pytest

from reviews.models import Review
from reviews.services import review
from tasks.models import SubTask


@pytest.fixture
def reviewed(submitted, erin, rita):
    """Two rounds for Erin's sub-task, one for another."""
    other = SubTask.objects.create(task=submitted.task, name="Sort", status="review", assignee=erin.agent)
    review(submitted, result="rejected", score=2, issues="First.", by=rita.agent)
    SubTask.objects.filter(pk=submitted.pk).update(status="review")
    review(SubTask.objects.get(pk=submitted.pk), result="approved", score=4, comment="Second.", by=rita.agent)
    review(other, result="approved", score=5, comment="Third.", by=rita.agent)
    return other


def told(answer) -> list[str]:
    return [row["issues"] or row["comment"] for row in answer.json()["items"]]


@pytest.mark.parametrize("who", ["pia", "erin", "rita", "pat"])
def test_any_agent_lists_reviews_newest_first(request, reviewed, who):
    answer = request.getfixturevalue(who).get("/api/review-records")

    assert told(answer) == ["Third.", "Second.", "First."]
    assert answer.json()["total"] == 3


def test_reviews_can_be_narrowed(reviewed, submitted, erin):
    def listed(**query) -> list[str]:
        return told(erin.get("/api/review-records", **query))

    assert listed(sub_task_id=submitted.pk) == ["Second.", "First."]
    assert listed(sub_task_id=str(reviewed.pk).replace("-", "")) == ["Third."]
    assert listed(result="rejected") == ["First."]
    assert listed(sub_task_id=submitted.pk, result="approved") == ["Second."]
    assert listed(sub_task_id="", result="") == ["Third.", "Second.", "First."]


def test_an_unknown_filter_is_refused(reviewed, erin):
    assert erin.get("/api/review-records", result="maybe").status_code == 400
    assert erin.get("/api/review-records", sub_task_id="0" * 32).status_code == 404


def test_reviews_come_in_pages(reviewed, erin):
    first = erin.get("/api/review-records", page_size=2)
    second = erin.get("/api/review-records", page_size=2, page=2)

    assert (told(first), first.json()["has_more"]) == (["Third.", "Second."], True)
    assert (told(second), second.json()["has_more"]) == (["First."], False)


def test_a_list_takes_at_most_three_queries_however_long(reviewed, erin, django_assert_max_num_queries):
    with django_assert_max_num_queries(3):
        erin.get("/api/review-records")


def test_one_review_is_read(reviewed, erin):
    verdict = Review.objects.get(score=4)

    answer = erin.get(f"/api/review-records/{verdict.pk}")

    assert answer.status_code == 200
    assert answer.json() in erin.get("/api/review-records").json()["items"]
    assert (answer.json()["comment"], answer.json()["round"]) == ("Second.", 2)


def test_an_unknown_review_is_not_found(reviewed, erin):
    assert erin.get(f"/api/review-records/{'0' * 32}").status_code == 404
