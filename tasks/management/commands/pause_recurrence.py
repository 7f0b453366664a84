from tasks import services
from tasks.management.by_id import RecurrenceCommand
from tasks.models import Recurrence


class Command(RecurrenceCommand):
    help = "Keep the clock from making more of something until it is resumed."

    def do(self, recurrence: Recurrence) -> str:
        services.pause_recurrence(recurrence, by=None)
        return f"'{recurrence}' is paused; what was due in the pause is not made up for."
