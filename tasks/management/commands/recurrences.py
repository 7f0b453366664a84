import json

from openmoss.api.lookup import find
from openmoss.commands import OperatorCommand
from tasks.models import Recurrence, Task
from tasks.selectors import with_next_times
from tasks.serializers import RecurrenceSerializer


class Command(OperatorCommand):
    help = "List what the clock repeats, with its state and its next five times."

    def add_arguments(self, parser) -> None:
        parser.add_argument("task", nargs="?", help="Only of this task; its id, or the beginning of it.")
        parser.add_argument("--json", action="store_true", help="Print JSON, as the API answers.")

    def handle(self, *, task: str | None, json: bool, **options) -> None:
        rows = Recurrence.objects.select_related("task").order_by("task", "created_at")
        if task:
            rows = rows.filter(task=find(Task.objects.all(), task))
        recurrences = with_next_times(rows)
        self.stdout.write(_as_json(recurrences) if json else _as_text(recurrences))


def _as_json(recurrences: list[Recurrence]) -> str:
    return json.dumps(RecurrenceSerializer.each(recurrences), ensure_ascii=False, indent=2, default=str)


def _as_text(recurrences: list[Recurrence]) -> str:
    return "\n\n".join(map(_described, recurrences)) or "Nothing recurs."


def _described(recurrence: Recurrence) -> str:
    times = [f"{at:%Y-%m-%d %H:%M} UTC" for at in recurrence.next]
    return "\n".join(
        [
            f"{recurrence.name} ({recurrence.pk})",
            f"  task   {recurrence.task}",
            f"  when   {recurrence.cron} in {recurrence.timezone}",
            f"  state  {_state(recurrence)}",
            f"  next   {', '.join(times) or 'none'}",
        ]
    )


def _state(recurrence: Recurrence) -> str:
    if since := recurrence.ended_at or recurrence.paused_at:
        return f"{recurrence.state} since {since:%Y-%m-%d %H:%M} UTC"
    if not recurrence.task.is_open:
        return "stands still: its task is closed"
    if recurrence.open_id:
        return f"active; its last one is unfinished: {recurrence.open_id}"
    return recurrence.state
