"""Who may sign in to the console."""

from django.contrib.auth.models import User
from django.contrib.auth.password_validation import validate_password
from django.contrib.sessions.models import Session
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone

from notifications.services import add_channel, record
from openmoss.errors import Conflict
from openmoss.models import SiteSettings
from openmoss.retention import prune
from openmoss.services.settings import must_be_free, refusal_of, with_changes

FIRST_PERSON = "admin"


def set_up(*, password: str, channel: str = "", **settings) -> User:
    """Make the first person, `admin`, and change the settings, once; `channel` is an address to tell people at."""
    person = first_person(password)
    if channel:
        settings["notifications_enabled"] = True
    with transaction.atomic():
        if User.objects.filter(is_superuser=True).exists():
            raise Conflict(
                "This server is set up already.",
                hint="`manage.py changepassword admin` changes the password.",
            )
        before = SiteSettings.load()
        site = with_changes(before, **settings)
        must_be_free(
            {name: value for name in settings if (value := getattr(site, name)) != getattr(before, name)}
        )
        site.save(update_fields=list(settings))
        try:
            with transaction.atomic():
                person.save(force_insert=True)
        except IntegrityError:
            raise Conflict(
                f"There is an account '{FIRST_PERSON}' already.",
                hint="Sign in with it, or make an admin of another name with `manage.py createsuperuser`.",
            ) from None
        record("site.set_up", subject=site, actor=person, fields=sorted(settings))
        if channel:
            add_channel(address=channel, by=person)
    return person


def first_person(password: str) -> User:
    """Return `admin`, who may do everything, not saved yet; refuse a password that is too weak."""
    person = User(username=FIRST_PERSON, is_staff=True, is_superuser=True)
    person.set_password(_checked(password, person))
    return person


def change_password(person: User, *, password: str, by: User) -> User:
    """Give a person a new password; all other browsers are signed out."""
    person.set_password(_checked(password, person))
    with transaction.atomic():
        person.save(update_fields=["password"])
        record("person.change_password", subject=person, actor=by)
    return person


def prune_sessions() -> int:
    """Forget sessions that have expired, and return how many."""
    return prune(Session.objects.filter(expire_date__lt=timezone.now()).order_by("expire_date"))


def _checked(password: str, person: User) -> str:
    try:
        validate_password(password, person)
    except ValidationError as error:
        raise refusal_of(error, "password") from None
    return password
