"""Codes with which one named agent may join, once."""

import secrets
from datetime import timedelta

from django.db import IntegrityError, transaction
from django.utils import timezone

from agents.models import Agent, Enrolment, hash_key
from agents.services.hiring import name_must_be_free, rotate_key, take_on
from notifications.services import record
from openmoss.errors import Conflict, Forbidden, WrongToken
from openmoss.retention import prune

KEPT_FOR = timedelta(days=30)


def enrol(*, name: str, role: str, description: str = "", by=None) -> tuple[Enrolment, str]:
    """Let one agent of this name and role join within 24 hours; return the code, which is shown only once.

    An older code for the same name is withdrawn: whoever asks again has lost it.
    """
    name_must_be_free(name)
    code = f"oec_{secrets.token_hex(20)}"
    now = timezone.now()
    enrolment = Enrolment(
        code_hash=hash_key(code),
        name=name,
        role=role,
        description=description,
        made_by=str(by) if by else "",
        created_at=now,
        expires_at=now + Enrolment.LASTS,
    )
    try:
        with transaction.atomic():
            replaced = Enrolment.objects.unsettled().filter(name=name).update(withdrawn_at=now)
            enrolment.save(force_insert=True)
            record("enrolment.create", subject=enrolment, actor=by, now="open", role=role, replaced=replaced)
    except IntegrityError:
        raise Conflict(
            f"Somebody else is making a code for '{name}' at this moment.", hint="Use theirs, or try again."
        ) from None
    return enrolment, code


def withdraw_enrolment(enrolment: Enrolment, *, by=None) -> Enrolment:
    """Make a code useless that nobody has used yet."""
    now = timezone.now()
    with transaction.atomic():
        if not Enrolment.objects.unsettled().filter(pk=enrolment.pk).update(withdrawn_at=now):
            raise Conflict(f"The code for '{enrolment}' was used or withdrawn already.", hint="Look again.")
        record("enrolment.withdraw", subject=enrolment, actor=by, was=enrolment.state, now="withdrawn")
    enrolment.withdrawn_at = now
    return enrolment


def redeem(*, code: str, attempt: str = "") -> tuple[Agent, str]:
    """Let the agent in for whom the code was made, and return it with its key; the code is used up by that.

    Who lost the answer tries again with the same `attempt`, a random name of its own for this try, and gets
    a key as long as none was ever used.
    """
    enrolment = Enrolment.objects.filter(code_hash=hash_key(code)).first()
    if enrolment is None:
        raise WrongToken(
            "Nobody here gave out this enrolment code.",
            hint="Copy it whole, from `oec_` on. A code that ran out long ago is forgotten: ask for a new one.",
        )
    used_with = hash_key(attempt) if attempt else ""
    agent = Agent(name=enrolment.name, role=enrolment.role, description=enrolment.description)
    with transaction.atomic():
        # The row's lock lets a second caller with the same code wait here, and find it used.
        mine = Enrolment.objects.usable().filter(pk=enrolment.pk)
        if mine.update(used_at=timezone.now(), used_with=used_with, agent=agent.pk):
            why = f"With a code from {enrolment.made_by or 'the server'}."
            return agent, take_on(agent, by=agent, why=why)
    enrolment.refresh_from_db()
    if used_with and enrolment.used_with == used_with and enrolment.agent.last_seen_at is None:
        return enrolment.agent, rotate_key(enrolment.agent, by=enrolment.agent)
    raise _useless(enrolment)


def _useless(enrolment: Enrolment) -> Forbidden:
    if enrolment.state == "used":
        return Forbidden(
            f"This enrolment code was used at {enrolment.used_at:%Y-%m-%d %H:%M} UTC.",
            hint="A code is good for one agent. If that was you and its key is lost, ask an admin for a new key.",
        )
    return Forbidden(f"This enrolment code is {enrolment.state}.", hint="Ask an admin for a new one.")


def prune_enrolments() -> int:
    """Forget codes that expired more than 30 days ago and return how many."""
    return prune(Enrolment.objects.filter(expires_at__lt=timezone.now() - KEPT_FOR))
