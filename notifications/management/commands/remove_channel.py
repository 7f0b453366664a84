from notifications import services
from notifications.management.by_name import ChannelCommand
from notifications.models import Channel


class Command(ChannelCommand):
    help = "Tell nobody at this address any more; what waits for it is not sent."

    def do(self, channel: Channel, **options) -> str:
        services.remove_channel(channel)
        return f"{channel} is removed."
