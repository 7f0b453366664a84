"""How the company works: what its `config.yaml` says, as settings and channels of ours."""

from notifications.addresses import shown
from notifications.models import Channel, Event
from notifications.services import add_channel, record
from openmoss import config_file
from openmoss.config_file import CHANNELS, PASSWORD, SETTINGS, value_of
from openmoss.errors import Conflict, Refusal
from openmoss.legacy.report import LeftOut
from openmoss.legacy.writing import Writer
from openmoss.models import SiteSettings
from openmoss.services.settings import fitting, with_changes

TOKEN = "registration_token"


def bring_settings(config: dict, writer: Writer, *, by) -> None:
    """Take settings over that nobody has changed here; a second import leaves the token alone."""
    site, report = SiteSettings.load(), writer.report
    locked = config_file.said().settings
    seen, changes = {}, {}
    for field, (section, key) in SETTINGS.items():
        old, ours = value_of(config, section, key), getattr(site, field)
        if old in (None, "", []):
            continue
        try:
            value = fitting(field, old)
        except Refusal as refusal:
            report.leave_out(LeftOut.UNFIT, "settings", f"{section}.{key}: {refusal.detail}")
            continue
        if value == ours:
            report.count("settings", already_there=1)
        elif field in locked:
            report.tell(f"{section}.{key} was not taken over: the config.yaml of this server sets it.")
        elif not _is_untouched(site, field):
            report.tell(f"{section}.{key} was not taken over: {field} was set here already.")
        else:
            seen[field], changes[field] = ours, value
    if changes:
        _change(site, seen, changes, writer, by=by)
    if value_of(config, *PASSWORD):
        report.tell(
            "The admin password never comes over: `manage.py setup` or `manage.py changepassword` sets one."
        )


def bring_channels(config: dict, writer: Writer, *, by) -> None:
    """Add the channels that are not here yet."""
    channels = value_of(config, *CHANNELS)
    for address in channels if isinstance(channels, list) else []:
        address = str(address).strip()
        if Channel.objects.filter(address=address).exists():
            writer.report.count("channels", already_there=1)
            continue
        try:
            with writer.transaction():
                add_channel(address=address, by=by)
        except Refusal as refusal:
            writer.report.leave_out(LeftOut.UNFIT, "channels", f"{shown(address)}: {refusal.detail}")
        else:
            writer.report.count("channels", new=1)


def _is_untouched(site: SiteSettings, field: str) -> bool:
    if field == TOKEN:  # made at random: nothing tells one that was chosen
        return not Event.objects.filter(kind="site.configure").exists()
    return getattr(site, field) == SiteSettings._meta.get_field(field).get_default()


def _change(site: SiteSettings, seen: dict, changes: dict, writer: Writer, *, by) -> None:
    with_changes(site, **changes)  # each may be right, and together they may not
    with writer.transaction():
        if not SiteSettings.objects.filter(pk=site.pk, **seen).update(**changes):
            raise Conflict("Somebody changed the settings at this moment.", hint="Try again.")
        record("site.configure", subject=site, actor=by, fields=sorted(changes))
    writer.report.count("settings", new=len(changes))
    told = ", ".join(f"{field}: {value}" for field, value in changes.items() if field != TOKEN)
    if told:
        writer.report.tell(f"Settings taken over: {told}.")
    if TOKEN in changes:
        writer.report.tell("The registration token is that of the earlier server now; this server's is void.")
