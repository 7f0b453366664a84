"""The base of the commands that operators type."""

from django.core.management.base import BaseCommand, CommandError

from openmoss.errors import Refusal


class OperatorCommand(BaseCommand):
    """A command that says what a service refuses in one line, with the hint, and ends with 1."""

    def execute(self, *args, **options):
        try:
            return super().execute(*args, **options)
        except Refusal as refusal:
            raise CommandError(f"{refusal.detail} {refusal.hint}".strip()) from None
