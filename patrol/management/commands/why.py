from openmoss.api.lookup import find
from openmoss.commands import OperatorCommand
from patrol.selectors.why import why
from tasks.models import Task


class Command(OperatorCommand):
    help = "Say for each open task why it does not move, and what frees it."

    def add_arguments(self, parser) -> None:
        parser.add_argument("task", nargs="?", help="Its id, or the beginning of it; all open tasks without.")

    def handle(self, *, task: str | None, **options) -> None:
        only = find(Task.objects.all(), task) if task else None
        if only is not None and not only.is_open:
            self.stdout.write(f"'{only}' is {only.get_status_display().lower()}; nothing in it has to move.")
            return
        standings = why(task=only)
        held_up = [standing for standing in standings if not standing.moving]
        if not held_up:
            self.stdout.write("Everything that can move is moving.")
        for standing in standings if only else held_up:
            self.stdout.write(f"{standing.task}: {standing.sentence}")
            if standing.waiting:
                behind = "sub-task waits" if standing.waiting == 1 else "sub-tasks wait"
                self.stdout.write(f"  {standing.waiting} {behind} for it.")
            if standing.action:
                self.stdout.write(f"  {standing.who}: {standing.action} {standing.do}".rstrip())
        if held_up and len(standings) > len(held_up) and not only:
            self.stdout.write(f"{len(standings) - len(held_up)} more are moving.")
