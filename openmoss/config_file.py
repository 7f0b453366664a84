"""The `config.yaml` of this server: how the company works, for who prefers a file to the console.

Every process reads it for itself, as soon as its size or time has changed: what is locked is known without
asking the database. It has the shape of an earlier OpenMOSS, with sections of ours beside it.
"""

import os
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

import yaml
from django.conf import settings

from openmoss.errors import Invalid, NotFound
from openmoss.models import PatrolLimits, Retention

SETTINGS = {
    "project_name": ("project", "name"),
    "workspace_root": ("workspace", "root"),
    "external_url": ("server", "external_url"),
    "registration_token": ("agent", "registration_token"),
    "allow_registration": ("agent", "allow_registration"),
    "registration_roles": ("agent", "registration_roles"),
    "public_feed": ("webui", "public_feed"),
    "request_log_days": ("webui", "feed_retention_days"),
    "notifications_enabled": ("notification", "enabled"),
    "notification_events": ("notification", "events"),
    "metrics_token": ("metrics", "token"),
}
SETTINGS |= {column.name: ("patrol", column.name) for column in PatrolLimits._meta.fields}
SETTINGS |= {
    column.name: ("retention", column.name)
    for column in Retention._meta.fields
    if column.name not in SETTINGS
}
CHANNELS = ("notification", "channels")
# Never read, so that no password has to stand in a file.
PASSWORD = ("admin", "password")


@dataclass(frozen=True)
class Said:
    """What a file says: settings as they are written, by the names of ours; channels; and what is wrong with it."""

    path: Path
    is_there: bool = False
    settings: dict = field(default_factory=dict)
    channels: list[str] = field(default_factory=list)
    ignored: list[str] = field(default_factory=list)
    fault: str = ""

    @property
    def notes(self) -> list[str]:
        """Return in sentences what of it is not taken over."""
        notes, others = [], [key for key in self.ignored if key != ".".join(PASSWORD)]
        if len(others) < len(self.ignored):
            notes.append(
                f"The admin password in {self.path.name} is not read; `manage.py changepassword` sets one."
            )
        if others:
            notes.append(f"These keys in {self.path.name} mean nothing here: {', '.join(others)}.")
        return notes


def said() -> Said:
    """Return what the file of this server says now."""
    path = settings.CONFIG_FILE
    try:
        seen = os.stat(path)
    except (FileNotFoundError, NotADirectoryError):
        return Said(path)
    except OSError as error:
        return Said(path, is_there=True, fault=f"{path} cannot be read: {type(error).__name__}.")
    # The time of its last change of any kind: who may read it counts too.
    return _said(path, seen.st_mtime_ns, seen.st_ctime_ns, seen.st_size, seen.st_ino)


@lru_cache(maxsize=1)
def _said(path: Path, *_seen: int) -> Said:
    try:
        return said_in(read_config(path), path)
    except (Invalid, NotFound) as refusal:
        return Said(path, is_there=True, fault=refusal.detail)


def said_in(config: dict, path: Path) -> Said:
    """Sort what a file says; a key without a value says nothing."""
    written = {name: value_of(config, *place) for name, place in SETTINGS.items()}
    channels = value_of(config, *CHANNELS)
    fault = ""
    if not isinstance(channels or [], list):
        fault = f"{'.'.join(CHANNELS)} in {path.name} is no list."
    return Said(
        path,
        is_there=True,
        settings={name: value for name, value in written.items() if value is not None},
        channels=[] if fault else [str(address).strip() for address in channels or [] if address],
        ignored=_unknown(config),
        fault=fault,
    )


def value_of(config: dict, section: str, key: str):
    """Return what stands at `section.key`, or None."""
    within = config.get(section)
    return within.get(key) if isinstance(within, dict) else None


def read_config(path: Path) -> dict:
    """Return the sections of a `config.yaml`, or refuse it."""
    try:
        config = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise NotFound(f"{path} cannot be read: {type(error).__name__}.") from None
    except yaml.YAMLError as error:
        place = getattr(error, "problem_mark", None)
        where = f" in line {place.line + 1}" if place else ""
        raise Invalid(f"{path} is no YAML{where}.", hint="Mend it, or leave it out.") from None
    if not isinstance(config or {}, dict):
        raise Invalid(f"{path} holds no settings.", hint="Name the config.yaml of a server.")
    return config or {}


def _unknown(config: dict) -> list[str]:
    known = {*SETTINGS.values(), CHANNELS}
    keys = []
    for section, within in config.items():
        if isinstance(within, dict):
            keys += [f"{section}.{key}" for key in within if (section, key) not in known]
        elif within is not None:
            keys.append(str(section))
    return keys
