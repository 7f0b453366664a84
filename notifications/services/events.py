"""Writing down what happened."""

from collections.abc import Callable, Iterable, Mapping

from django.db import models, transaction

from notifications.models import Event
from notifications.services.outbox import queue
from openmoss.access import role_of
from openmoss.models import SiteSettings
from openmoss.retention import prune


def record(kind: str, *, subject: models.Model, actor, was="", now="", why: str = "", **data) -> Event:
    """Write an event in the caller's transaction; `actor` is an agent, a person or None for the clock."""
    _must_be_in_transaction()
    event = _event(kind, subject, actor, was=was, now=now, why=why, data=data)
    event.save(force_insert=True)
    queue([event])
    return event


def record_each(
    kind: str,
    *,
    subjects: Iterable[models.Model],
    actor,
    was: Mapping | str = "",
    now: Callable[[models.Model], str] | str = "",
    why: Callable[[models.Model], str] | str = "",
    data: Callable[[models.Model], dict] = lambda subject: {},
) -> None:
    """Write one event for each subject.

    `was` is their former status, or gives it by primary key; `now`, `why` and `data` may be asked of each
    subject. Without `now` an event tells the status that its subject has.
    """
    _must_be_in_transaction()
    events = Event.objects.bulk_create(
        [
            _event(
                kind,
                subject,
                actor,
                was=was if isinstance(was, str) else was[subject.pk],
                now=_asked(now, subject) or getattr(subject, "status", ""),
                why=_asked(why, subject),
                data=data(subject),
            )
            for subject in subjects
        ],
        batch_size=500,
    )
    queue(events)


def _asked(text: Callable[[models.Model], str] | str, subject: models.Model) -> str:
    return text(subject) if callable(text) else text


def prune_events() -> int:
    """Forget events that are older than the settings allow, once everybody was told; return how many."""
    return prune(Event.objects.before(SiteSettings.load().kept_since("event")).told())


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
    return getattr(subject, "task_id", None) or getattr(getattr(subject, "sub_task", None), "task_id", None)


def _must_be_in_transaction() -> None:
    if not transaction.get_connection().in_atomic_block:
        raise RuntimeError("An event belongs in the transaction of its change.")
