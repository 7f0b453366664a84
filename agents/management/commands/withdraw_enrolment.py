from django.core.management.base import CommandError

from agents import services
from agents.models import Enrolment
from openmoss.commands import OperatorCommand


class Command(OperatorCommand):
    help = "Make an enrolment code useless that nobody has used yet."

    def add_arguments(self, parser) -> None:
        parser.add_argument("name", help="The name of the agent for whom it was made.")

    def handle(self, *, name: str, **options) -> None:
        enrolment = Enrolment.objects.unsettled().filter(name=name).first()
        if enrolment is None:
            raise CommandError(f"There is no unused code for '{name}'.")
        services.withdraw_enrolment(enrolment)
        self.stdout.write(f"The code for {name} is withdrawn.")
