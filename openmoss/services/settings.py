"""How the company works."""

import copy

from django.core.exceptions import ValidationError
from django.db import transaction

from notifications.services import record
from notifications.services.channels import checked_events
from openmoss.errors import Conflict, Invalid
from openmoss.models import SiteSettings


def change_settings(site: SiteSettings, *, by, **changes) -> SiteSettings:
    """Change settings that still are as they were seen in `site`; the event names them without their values."""
    wanted = with_changes(site, **changes)
    changed = {
        name: getattr(wanted, name) for name in changes if getattr(wanted, name) != getattr(site, name)
    }
    if not changed:
        return site
    seen = {name: getattr(site, name) for name in changed}
    with transaction.atomic():
        if not SiteSettings.objects.filter(pk=site.pk, **seen).update(**changed):
            raise Conflict("Somebody else changed these settings first.", hint="Load the page again.")
        record("site.edit", subject=wanted, actor=by, fields=sorted(changed))
    return wanted


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
