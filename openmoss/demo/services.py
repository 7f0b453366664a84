"""The demonstration: a small company, made by the services that make a real one."""

import random
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone

from agents.models import Agent
from notifications.models import Channel, Event
from openmoss.demo import outbox
from openmoss.demo.past import Past
from openmoss.demo.script import Script, read
from openmoss.demo.stage import Stage
from openmoss.demo.traffic import Traffic
from openmoss.errors import Conflict
from patrol.models import Finding
from reviews.models import Review
from scoring.models import ScoreEntry
from tasks.models import ActivityLog, SubTask, Task

SEED = 6565
COUNTED = (Agent, Task, SubTask, ActivityLog, Review, ScoreEntry, Finding, Event)


@dataclass
class Made:
    """What there is now: how many of each thing, and how many calls."""

    calls: int
    counts: dict[str, int]


def must_be_empty() -> None:
    """Raise Conflict when there is a company here already."""
    if Agent.objects.exists() or Task.objects.exists():
        raise Conflict(
            "This database already holds agents or tasks; the demonstration needs an empty one.",
            hint="Set OPENMOSS_DATA_DIR to another folder, run `manage.py migrate`, and try again.",
        )


def build(*, person: User) -> Made:
    """Fill an empty database with two weeks of work that end now; all of it, or nothing."""
    now, rng = timezone.now(), random.Random(SEED)
    with transaction.atomic():
        must_be_empty()
        steps = Script(now, rng).steps()
        past = Past(steps[0].at)
        traffic = Traffic(read("company")["agents"], past, now, rng)
        stage = Stage(person, traffic)
        with past.holds():
            for step in steps:
                past.go_to(step.at)
                stage.play(step)
            past.go_to(now - timedelta(seconds=2))
            calls = traffic.write()
        _settle(stage, now, calls)
    return Made(calls, {str(model._meta.verbose_name_plural): model.objects.count() for model in COUNTED})


def _settle(stage: Stage, now: datetime, calls: int) -> None:
    """Say what became of the notifications; the clock finds nothing there that it could send."""
    for ref, ending in read("company")["outbox"].items():
        channel = Channel.objects.get(pk=stage.made[ref].pk)
        outbox.send_waiting(channel, left=ending.get("left", 0))
        if "refused" in ending:
            outbox.refuse(channel, now=now, **ending["refused"])
        if "failing" in ending:
            outbox.fail(channel, now=now, error=ending["failing"])
    outbox.write_runs(now, calls=calls)
