"""Whatever the schedules, whoever works and however the clock jumps: one at a time, and each time once."""

from datetime import datetime, timedelta, timezone

import time_machine
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from tasks import services
from tasks.models import Recurrence, SubTask, Task
from tasks.workflow import FINISHED

START = datetime(2026, 10, 24, 20, tzinfo=timezone.utc)  # a few hours before clocks are put back in Europe
CRONS = ["* * * * *", "*/20 * * * *", "0 * * * *", "30 2 * * *", "*/30 2 * * *", "0 9 * * 1-5", "0 0 1 * *"]
ZONES = ["UTC", "Europe/Berlin", "America/New_York", "Asia/Shanghai", "Australia/Lord_Howe"]
schedules = st.fixed_dictionaries(
    {
        "cron": st.sampled_from(CRONS),
        "timezone": st.sampled_from(ZONES),
        "overlap": st.sampled_from(["skip", "queue"]),
        "catch_up": st.sampled_from(["one", "skip"]),
    }
)
# What happens, and how many minutes later; the clock may be put back, too.
steps = st.tuples(
    st.sampled_from(["look", "look", "look", "finish", "pause", "resume", "edit", "end", "close", "reopen"]),
    st.sampled_from([0, 1, 4, 20, 60, 60, 300, 1440, 10_000, -5, -90]),
    st.integers(0, 2),
)


class Day:
    """Recurrences in a task, and what may happen to them."""

    def __init__(self, configs: list[dict]) -> None:
        self.task = Task.objects.create(name="News")
        self.rows = [
            services.create_recurrence(self.task, name=f"Part {n}", by=None, **config)
            for n, config in enumerate(configs)
        ]
        self.stopped: set = set()

    def happens(self, what: str, which: int) -> None:
        row = Recurrence.objects.select_related("task").get(pk=self.rows[which % len(self.rows)].pk)
        if what == "look":
            services.create_occurrences()
        elif what == "finish":
            unfinished = SubTask.objects.filter(recurrence=row).unfinished()
            unfinished.update(status="cancelled", status_since=datetime.now(timezone.utc))
        elif what in ("close", "reopen"):
            self._close_or_reopen(what)
        elif not row.ended_at and (what != "edit" or row.task.is_open):
            edited = {"cron": CRONS[which]} if what == "edit" else {}
            getattr(services, f"{what}_recurrence")(row, by=None, **edited)

    def _close_or_reopen(self, what: str) -> None:
        self.task.refresh_from_db()
        busy = SubTask.objects.filter(task=self.task).unfinished().exists()
        if what == "reopen" or not busy:
            status = "completed" if what == "close" else "active"
            services.set_task_status(self.task, status, by=None)

    def counts(self) -> dict:
        return {row.pk: SubTask.objects.filter(recurrence=row).count() for row in self.rows}


class AnyDay(TestCase):
    @settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
    @given(st.lists(schedules, min_size=1, max_size=3), st.lists(steps, max_size=40))
    def test_there_is_one_unfinished_at_most_each_time_once_and_none_while_it_stands(self, configs, story):
        with time_machine.travel(START, tick=False) as clock:
            day = Day(configs)
            for what, minutes, which in story:
                clock.shift(timedelta(minutes=minutes))
                before = day.counts()

                day.happens(what, which)

                self.check(day, before, looked=what == "look")

    def check(self, day: Day, before: dict, *, looked: bool) -> None:
        open_task = Task.objects.get(pk=day.task.pk).is_open
        for row in Recurrence.objects.all():
            made = list(SubTask.objects.filter(recurrence=row).order_by("occurrence"))
            assert sum(sub_task.status not in FINISHED for sub_task in made) <= 1
            assert len({sub_task.occurrence for sub_task in made}) == len(made)
            may_grow = looked and open_task and row.state == "active"
            assert before[row.pk] <= len(made) <= before[row.pk] + may_grow
