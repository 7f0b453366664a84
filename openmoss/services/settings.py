"""How the company works."""

import copy

from django.core.exceptions import ValidationError
from django.db import models, transaction

from notifications.services import record
from notifications.services.channels import checked_events
from openmoss import config_file
from openmoss.errors import Conflict, Invalid, Refusal
from openmoss.models import SiteSettings


def change_settings(site: SiteSettings, *, by, why: str = "", **changes) -> SiteSettings:
    """Change settings that still are as they were seen in `site`; the event names them without their values."""
    wanted = with_changes(site, **changes)
    changed = {
        name: getattr(wanted, name) for name in changes if getattr(wanted, name) != getattr(site, name)
    }
    if not changed:
        return site
    must_be_free(changed)
    seen = {name: getattr(site, name) for name in changed}
    with transaction.atomic():
        if not SiteSettings.objects.filter(pk=site.pk, **seen).update(**changed):
            raise Conflict("Somebody else changed these settings first.", hint="Load the page again.")
        record("site.edit", subject=wanted, actor=by, why=why, fields=sorted(changed))
    return wanted


def must_be_free(changes: dict) -> None:
    """Refuse to change what the `config.yaml` of this server sets, unless to what it says."""
    said = config_file.said()
    locked = sorted(
        name for name in changes if name in said.settings and changes[name] != _fitting_or_none(said, name)
    )
    if locked:
        raise Conflict(
            f"{said.path.name} sets {', '.join(locked)}.",
            hint="Change it there; within a minute it holds here.",
        )


def fitting(name: str, written):
    """Return a value from a `config.yaml` as this setting has it, or refuse what it cannot have."""
    column = SiteSettings._meta.get_field(name)
    if isinstance(column, models.JSONField):
        if not isinstance(written, list):
            raise Invalid("Give a list.")
        written = [str(item) for item in written if item]
    elif isinstance(written, list | dict):
        raise Invalid("Give one value.")
    elif isinstance(written, bool) and not isinstance(column, models.BooleanField):
        raise Invalid("Write this value in quotes.")
    if name == "notification_events":
        return checked_events(written)
    if name == "external_url":
        written = str(written).rstrip("/")
    try:
        return column.clean(written, SiteSettings())
    except ValidationError as error:
        raise Invalid(error.messages[0]) from None


def _fitting_or_none(said: config_file.Said, name: str):
    try:
        return fitting(name, said.settings[name])
    except Refusal:
        return None


def with_changes(site: SiteSettings, **changes) -> SiteSettings:
    """Return a copy of the settings with some changed, or refuse what cannot be right."""
    if "notification_events" in changes:
        changes["notification_events"] = checked_events(changes["notification_events"])
    if changes.get("external_url"):
        changes["external_url"] = changes["external_url"].rstrip("/")
    wanted = copy.copy(site)
    for name, value in changes.items():
        setattr(wanted, name, value)
    try:
        wanted.full_clean(validate_unique=False, validate_constraints=False)
    except ValidationError as error:
        raise refusal_of(error) from None
    return wanted


def refusal_of(error: ValidationError, field: str = "") -> Invalid:
    """Return what a validator refused, as a service refuses."""
    fields = error.message_dict if hasattr(error, "error_dict") else {field: error.messages}
    return Invalid(" ".join(error.messages), fields=fields)
