from django.core.management.base import CommandError

from notifications import services
from notifications.models import Channel
from notifications.selectors import find_channel
from openmoss.commands import OperatorCommand


class Command(OperatorCommand):
    help = "Send a test now, and say for each channel what came of it; ends with 1 if one failed."

    def add_arguments(self, parser) -> None:
        parser.add_argument("channel", nargs="?", help="Its id, address or name; left out: all of them.")

    def handle(self, *, channel: str | None, **options) -> None:
        channels = [find_channel(channel)] if channel else list(Channel.objects.all())
        if not channels:
            raise CommandError("There are no channels. `manage.py add_channel` adds one.")
        failed = [channel for channel in channels if not self._test(channel)]
        if failed:
            raise CommandError(f"{len(failed)} of {len(channels)} could not be told.")

    def _test(self, channel: Channel) -> bool:
        if not channel.is_served:
            self.stdout.write(f"{channel}: left to agents")
            return True
        delivery = services.test_channel(channel, by=None)
        self.stdout.write(f"{channel}: {delivery.error or 'sent'}")
        return delivery.sent_at is not None
