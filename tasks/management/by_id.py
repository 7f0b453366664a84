"""The base of commands about one recurrence."""

from openmoss.api.lookup import find
from openmoss.commands import OperatorCommand
from tasks.models import Recurrence


class RecurrenceCommand(OperatorCommand):
    """A command that takes the id of a recurrence, does something with it, and says what."""

    def add_arguments(self, parser) -> None:
        parser.add_argument("id", help="Its id, or the first six or more characters of it.")

    def handle(self, *, id: str, **options) -> None:
        self.stdout.write(self.do(find(Recurrence.objects.select_related("task"), id)))

    def do(self, recurrence: Recurrence) -> str:
        """Do it and return what to print."""
        raise NotImplementedError
