"""Writing down what happened, and telling people of it."""

from notifications.services.channels import add_channel, edit_channel, remove_channel, rotate_secret
from notifications.services.events import prune_events, record, record_each
from notifications.services.outbox import prune_deliveries
from notifications.services.sending import deliver, send_again, test_channel

__all__ = [
    "add_channel",
    "deliver",
    "edit_channel",
    "prune_deliveries",
    "prune_events",
    "record",
    "record_each",
    "remove_channel",
    "rotate_secret",
    "send_again",
    "test_channel",
]
