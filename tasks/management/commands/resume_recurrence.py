from tasks import services
from tasks.management.by_id import RecurrenceCommand
from tasks.models import Recurrence
from tasks.selectors import upcoming


class Command(RecurrenceCommand):
    help = "Let the clock go on with something that was paused, from its next time on."

    def do(self, recurrence: Recurrence) -> str:
        services.resume_recurrence(recurrence, by=None)
        if not (times := upcoming(recurrence, count=1)):
            return f"'{recurrence}' goes on when its task '{recurrence.task}' is open again."
        return f"'{recurrence}' goes on at {times[0]:%Y-%m-%d %H:%M} UTC."
