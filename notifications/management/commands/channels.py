from django.core.management.base import BaseCommand

from notifications import selectors
from openmoss.models import SiteSettings


class Command(BaseCommand):
    help = "List the channels: who serves each, how it is doing, and how much waits for it."

    def handle(self, **options) -> None:
        channels = list(selectors.channels())
        for channel in channels:
            self.stdout.write(f"{channel.pk}  {channel}")
            if channel.name:
                self.stdout.write(f"   address  {channel.shown_address}")
            self.stdout.write(f"   way      {channel.way.label}")
            self.stdout.write(f"   events   {', '.join(channel.events) or 'as in the settings'}")
            self.stdout.write(f"   state    {selectors.state_of(channel)}")
            if channel.waiting:
                self.stdout.write(f"   waiting  {channel.waiting}")
            if channel.error:
                self.stdout.write(f"   error    {channel.error}")
        if not channels:
            self.stdout.write("There are no channels. `manage.py add_channel` adds one.")
        if not SiteSettings.load().notifications_enabled:
            self.stdout.write("Notifications are off: switch them on in the settings.")
