from notifications import services
from openmoss.commands import OperatorCommand
from openmoss.models import SiteSettings, usual_events


class Command(OperatorCommand):
    help = "Tell people at another address, and print the secret of a webhook, once."

    def add_arguments(self, parser) -> None:
        parser.add_argument(
            "address",
            help="chat:<id> or user:<id>, left to agents; an e-mail address; https://…, a signed webhook; "
            "or a URL that Apprise knows.",
        )
        parser.add_argument("--name", default="", help="How it is shown instead of its address.")
        parser.add_argument(
            "--events",
            default="",
            help=f"Comma-separated: {', '.join(usual_events())}, kinds like sub_task.block, or * for "
            "everything. Left out: those of the settings.",
        )

    def handle(self, *, address: str, name: str, events: str, **options) -> None:
        wanted = [event.strip() for event in events.split(",") if event.strip()]
        channel = services.add_channel(address=address, name=name, events=wanted)
        self.stdout.write(f"id      {channel.pk}\nway     {channel.way.label}")
        if channel.secret:
            self.stdout.write(f"secret  {channel.secret}")
        if not SiteSettings.load().notifications_enabled:
            self.stdout.write("Notifications are off: switch them on in the settings.")
