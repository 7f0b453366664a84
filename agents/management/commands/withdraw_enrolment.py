from django.core.management.base import BaseCommand, CommandError

from agents import services
from agents.models import Enrolment
from openmoss.errors import Refusal


class Command(BaseCommand):
    help = "Make an enrolment code useless that nobody has used yet."

    def add_arguments(self, parser) -> None:
        parser.add_argument("name", help="The name of the agent for whom it was made.")

    def handle(self, *, name: str, **options) -> None:
        enrolment = Enrolment.objects.unsettled().filter(name=name).first()
        if enrolment is None:
            raise CommandError(f"There is no unused code for '{name}'.")
        try:
            services.withdraw_enrolment(enrolment)
        except Refusal as refusal:
            raise CommandError(f"{refusal.detail} {refusal.hint}".strip()) from None
        self.stdout.write(f"The code for {name} is withdrawn.")
