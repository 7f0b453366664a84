"""Writing down what happened."""

from collections.abc import Callable, Iterable, Mapping

from django.db import models, transaction

from notifications.models import Event
from openmoss.access import role_of


def record(kind: str, *, subject: models.Model, actor, was="", now="", why: str = "", **data) -> Event:
    """Write an event in the caller's transaction; `actor` is an agent, a person or None for the clock."""
    _must_be_in_transaction()
    event = _event(kind, subject, actor, was=was, now=now, why=why, data=data)
    event.save(force_insert=True)
    return event


def record_each(
    kind: str,
    *,
    subjects: Iterable[models.Model],
    actor,
    was: Mapping | None = None,
    now: str = "",
    why: str = "",
    data: Callable[[models.Model], dict] = lambda subject: {},
) -> None:
    """Write one event for each subject.

    `was` gives each one's former status by primary key, `data` its details; without `now` an event tells
    the status that its subject has.
    """
    _must_be_in_transaction()
    Event.objects.bulk_create(
        [
            _event(
                kind,
                subject,
                actor,
                was=was[subject.pk] if was else "",
                now=now or getattr(subject, "status", ""),
                why=why,
                data=data(subject),
            )
            for subject in subjects
        ],
        batch_size=500,
    )


def _event(kind: str, subject: models.Model, actor, *, was, now, why: str, data: dict) -> Event:
    return Event(
        kind=kind,
        actor_role=role_of(actor),
        actor_id=str(actor.pk) if actor else "",
        actor_name=str(actor) if actor else "the clock",
        subject_id=str(subject.pk),
        subject_name=str(subject)[:200],
        task_id=_task_of(subject),
        was=was,
        now=now,
        why=why,
        data=data,
    )


def _task_of(subject: models.Model):
    if subject._meta.label == "tasks.Task":
        return subject.pk
    return getattr(getattr(subject, "sub_task", None) or subject, "task_id", None)


def _must_be_in_transaction() -> None:
    if not transaction.get_connection().in_atomic_block:
        raise RuntimeError("An event belongs in the transaction of its change.")
