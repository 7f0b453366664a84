from notifications import services
from notifications.management.by_name import ChannelCommand
from notifications.models import Channel


class Command(ChannelCommand):
    help = "Give a webhook a new secret and print it, once; the old one signs nothing any more."

    def do(self, channel: Channel, **options) -> str:
        return f"secret  {services.rotate_secret(channel)}"
