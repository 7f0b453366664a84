"""Taking over what a `config.yaml` says, and writing one."""

import logging
import os
from pathlib import Path

import yaml
from django.db import transaction

from notifications.addresses import shown
from notifications.models import Channel
from notifications.services import add_channel
from notifications.services.channels import checked_address
from openmoss.config_file import CHANNELS, SETTINGS, Said, read_config, said, said_in
from openmoss.errors import Conflict, Invalid, Refusal
from openmoss.models import SiteSettings
from openmoss.services.settings import change_settings, fitting, with_changes

logger = logging.getLogger(__name__)
HEADING = "# Settings of OpenMOSS. This file holds secrets: keep it to yourself.\n"
_last_told: list[str] = []


def apply_config() -> str:
    """Take over what the `config.yaml` of this server says, and return what changed; a faulty one changes nothing."""
    file = said()
    try:
        changed, complaints = take_over(file), file.notes
    except Conflict:  # somebody changed something at this moment, perhaps another clock; it comes again
        return ""
    except Refusal as refusal:
        changed, complaints = [], [f"{file.path} changes nothing: {refusal.detail}"]
    if complaints != _last_told:  # once, not every minute
        _last_told[:] = complaints
        for complaint in complaints:
            logger.warning(complaint)
    return ", ".join(changed)


def import_config(path: Path) -> tuple[list[str], list[str]]:
    """Take over once what a file says; return what changed, and in sentences what of it was not taken."""
    file = said_in(read_config(path), path)
    return take_over(file), file.notes


def take_over(file: Said) -> list[str]:
    """Bring settings and channels in line with a file, all or nothing; return what was changed."""
    site, settings, channels = understood(file)
    changes = {name: value for name, value in settings.items() if value != getattr(site, name)}
    if changes or channels:
        with transaction.atomic():
            change_settings(site, by=None, why=f"{file.path.name} says so", **changes)
            for address in channels:
                add_channel(address=address, by=None)
    return [*sorted(changes), *(shown(address) for address in channels)]


def understood(file: Said) -> tuple[SiteSettings, dict, list[str]]:
    """Return the settings that are, those that the file wants, and the channels that are missing; or refuse it."""
    if file.fault:
        raise Invalid(file.fault)
    site, settings = SiteSettings.load(), {}
    for name, written in file.settings.items():
        try:
            settings[name] = fitting(name, written)
        except Refusal as refusal:
            raise Invalid(f"{_key(name)}: {_why(refusal)}") from None
    try:
        with_changes(site, **settings)
    except Invalid as refusal:
        whys = [f"{_key(name)}: {' '.join(why)}" for name, why in refusal.fields.items()]
        raise Invalid(" ".join(whys)) from None
    here = set(Channel.objects.values_list("address", flat=True)) if file.channels else set()
    missing = [address for address in dict.fromkeys(file.channels) if address not in here]
    for address in missing:
        try:
            checked_address(address)
        except Refusal as refusal:
            raise Invalid(f"{'.'.join(CHANNELS)}: {shown(address)}: {_why(refusal)}") from None
    return site, settings, missing


def fault_of(file: Said) -> str:
    """Return in one sentence why a file changes nothing; empty if it does."""
    try:
        if file.is_there:
            understood(file)
    except Refusal as refusal:
        return refusal.detail
    return ""


def config() -> str:
    """Return the settings and the channels that are switched on as a `config.yaml`, with the tokens."""
    site, sections = SiteSettings.load(), {}
    for name, (section, key) in SETTINGS.items():
        sections.setdefault(section, {})[key] = getattr(site, name)
    section, key = CHANNELS
    sections[section][key] = list(Channel.objects.filter(enabled=True).values_list("address", flat=True))
    return HEADING + yaml.safe_dump(sections, allow_unicode=True, sort_keys=False)


def export_config(path: Path) -> None:
    """Write the settings into a new file that only its owner can read."""
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise Conflict(f"There is a file {path} already.", hint="Name another one, or remove it.") from None
    except OSError as error:
        raise Invalid(f"{path} cannot be written: {error.strerror}.") from None
    with open(descriptor, "w", encoding="utf-8") as file:
        file.write(config())


def _why(refusal: Refusal) -> str:
    """Return a reason without the name that the field has elsewhere."""
    return next((whys[0] for whys in refusal.fields.values()), refusal.detail)


def _key(name: str) -> str:
    return ".".join(SETTINGS[name])
