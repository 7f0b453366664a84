"""The base of commands about one channel."""

from notifications.models import Channel
from notifications.selectors import find_channel
from openmoss.commands import OperatorCommand


class ChannelCommand(OperatorCommand):
    """A command that takes a channel's id, address or name, does something with it, and says what."""

    def add_arguments(self, parser) -> None:
        parser.add_argument("channel", help="Its id, address or name; `manage.py channels` lists them.")

    def handle(self, *, channel: str, **options) -> None:
        self.stdout.write(self.do(find_channel(channel), **options))

    def do(self, channel: Channel, **options) -> str:
        """Do it and return what to print."""
        raise NotImplementedError
