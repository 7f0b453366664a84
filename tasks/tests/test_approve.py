"""What a verdict of `approved` does to the sub-task; the review itself is tested in `reviews`."""

import pytest

from notifications.models import Event
from openmoss.errors import Conflict, Forbidden
from tasks import services
from tasks.models import SubTask


def test_approved_work_is_done(given, erin, rita):
    sub_task = given("review", holder=erin, current_session_id="chat-1", rework_count=1)

    rita.post("/api/review-records", sub_task_id=str(sub_task.pk), result="approved", score=4)

    row = rita.get(f"/api/sub-tasks/{sub_task.pk}").json()
    event = Event.objects.about(sub_task).get()
    assert row["status"] == "done"
    assert row["completed_at"] > row["created_at"]
    assert (row["assigned_agent"], row["attempt"], row["rework_count"]) == (erin.id, 1, 1)
    assert (event.kind, event.actor_name) == ("sub_task.approve", "Rita")


def test_nobody_approves_work_of_their_own(given, unchanged, rita):
    sub_task = given("review", holder=rita)

    with unchanged(sub_task), pytest.raises(Forbidden, match="of their own"):
        services.approve(sub_task, by=rita.agent)

    assert SubTask.objects.get().completed_at is None


def test_work_that_came_back_meanwhile_is_not_approved(given, unchanged, rita, erin):
    seen_in_review = given("review", holder=erin)
    services.reject(SubTask.objects.get(), by=rita.agent, why="Thin.")
    SubTask.objects.update(status="review")

    with unchanged(seen_in_review), pytest.raises(Conflict):
        services.approve(seen_in_review, by=rita.agent)

    assert SubTask.objects.get().completed_at is None
