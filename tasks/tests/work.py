"""What tests of recurring work need: finished sub-tasks, and the times that were made."""

from django.utils import timezone

from tasks.models import SubTask


def finish(sub_task: SubTask, holder, status: str = "done") -> None:
    """Make a sub-task finished now, without the road that leads there."""
    now = timezone.now()
    done = {"assignee": holder.agent, "completed_at": now} if status == "done" else {}
    SubTask.objects.filter(pk=sub_task.pk).update(status=status, status_since=now, **done)


def occurrences(sub_tasks=None) -> list[str]:
    """Return the hours that sub-tasks stand for, in order."""
    rows = SubTask.objects.all() if sub_tasks is None else sub_tasks
    return [f"{at:%H:%M}" for at in rows.order_by("occurrence").values_list("occurrence", flat=True) if at]
