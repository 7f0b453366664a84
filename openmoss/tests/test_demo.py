"""`manage.py demo`: a company with two weeks behind it, in which everything holds that holds in a real one."""

import io
import re
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from itertools import pairwise

import pytest
from django.apps import apps
from django.contrib.auth.hashers import MD5PasswordHasher
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command
from django.db import models, transaction
from django.test import override_settings

from agents.models import (
    Agent,
    AgentStatus,
    Enrolment,
    Prompt,
    PromptVersion,
    RequestHour,
    RequestLog,
    RequestTally,
)
from agents.services import rotate_key
from conftest import Caller, hire
from notifications.models import Channel, Delivery, Event
from notifications.services import sending
from openmoss.access import ANY_AGENT, EVERYONE, Role
from openmoss.clock import walk
from openmoss.demo.stage import Stage
from openmoss.jobs import TIMETABLE
from openmoss.models import JobRun, SiteSettings
from openmoss.router import urlpatterns
from patrol.models import Finding, FindingStatus, Severity
from patrol.selectors.standing import Fact
from patrol.selectors.why import why
from patrol.services import scan
from reviews.models import Result, Review
from scoring.models import ScoreEntry
from scoring.services import recount
from tasks.models import Action, ActivityLog, Dependency, Recurrence, Rule, RuleScope, SubTask, Task
from tasks.workflow import Status, TaskStatus

MD5 = f"{MD5PasswordHasher.__module__}.{MD5PasswordHasher.__qualname__}"
PASSWORD = "low-water-at-11-20"
# What tells of the future, as it does in a real company.
AHEAD = {"next_at", "expires_at", "retry_at", "quiet_until", "due_at", "running_until"}


def command(**options) -> str:
    said = io.StringIO()
    with override_settings(PASSWORD_HASHERS=[MD5]):
        call_command("demo", stdout=said, **options)
    return said.getvalue()


def rows() -> dict[str, int]:
    return {model._meta.label: model._base_manager.count() for model in apps.get_models()}


@contextmanager
def undone():
    """Take back what the block writes."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


# What needs an empty database stands first: `company` holds a full one until the module ends.


@pytest.mark.django_db
def test_a_company_that_is_there_is_left_alone(nothing_written):
    hire("Erin", Role.EXECUTOR)

    with (
        nothing_written(),
        pytest.raises(CommandError, match=r"already holds agents or tasks.*another folder"),
    ):
        command()


@pytest.mark.django_db
def test_what_fails_halfway_leaves_nothing(monkeypatch, nothing_written):
    play, played = Stage.play, []

    def tired(self, step):
        played.append(step)
        if len(played) == 60:
            raise RuntimeError("the curtain fell")
        play(self, step)

    monkeypatch.setattr(Stage, "play", tired)

    with nothing_written(), pytest.raises(RuntimeError, match="the curtain fell"):
        command()
    # The defaults of model fields ask the real clock again.
    assert datetime.now(timezone.utc) - Agent().created_at < timedelta(minutes=1)


@pytest.mark.django_db
def test_a_weak_password_is_refused(nothing_written):
    with nothing_written(), pytest.raises(CommandError, match="too short"):
        command(admin_password="tide")


@dataclass
class Company:
    """What the command said, and when it was called: minutes count here, and machines may be slow."""

    now: datetime
    said: str


@pytest.fixture(scope="module")
def company(django_db_setup, django_db_blocker):
    """A company that the command made, once for all tests below; what they write they take back."""
    with django_db_blocker.unblock(), transaction.atomic():
        now = datetime.now(timezone.utc)
        yield Company(now, command(admin_password=PASSWORD))
        transaction.set_rollback(True)


def test_the_command_says_what_it_made_and_how_to_sign_in(company):
    said = dict(reversed(line.split(maxsplit=1)) for line in company.said.split("\n\n")[0].splitlines())

    assert said["agents"] == "10"
    assert said["tasks"] == "5"
    assert f"{SubTask.objects.count():,}" == said["sub-tasks"]
    assert f"{RequestLog.objects.count():,}" == said["calls"]
    assert f"'admin' with the password {PASSWORD}" in company.said
    assert User.objects.get().check_password(PASSWORD)


def test_the_cast_is_there(company):
    cast = list(Agent.objects.values_list("role", "status"))

    assert sorted(cast) == sorted(
        [(Role.PLANNER, AgentStatus.ACTIVE)]
        + [(Role.EXECUTOR, AgentStatus.ACTIVE)] * 6
        + [(Role.REVIEWER, AgentStatus.ACTIVE)] * 2
        + [(Role.PATROL, AgentStatus.ACTIVE)]
    )
    assert Enrolment.objects.usable().count() == 1


def test_the_work_stands_at_every_point_of_its_way(company):
    tasks = dict(Task.objects.values_list("name", "status"))

    assert tasks == {
        "Old timetables, open to everybody": TaskStatus.COMPLETED,
        "Daily harbour digest": TaskStatus.IN_PROGRESS,
        "Online booking 1.0": TaskStatus.IN_PROGRESS,
        "Group bookings for schools": TaskStatus.ACTIVE,
        "Season tickets for commuters": TaskStatus.PLANNING,
    }
    assert set(SubTask.objects.values_list("status", flat=True)) == set(Status.values)
    ferry = Task.objects.get(name="Online booking 1.0")
    assert ferry.modules.count() == 4
    assert ferry.sub_tasks.filter(status=Status.DONE).count() > 0.6 * ferry.sub_tasks.count()
    assert layers(ferry) >= 5


def layers(task: Task) -> int:
    """Return how many sub-tasks of a task wait for each other in the longest chain."""
    needs: dict = {}
    for edge in Dependency.objects.filter(sub_task__task=task):
        needs.setdefault(edge.sub_task_id, []).append(edge.needs_id)

    def depth(pk) -> int:
        return 1 + max(map(depth, needs.get(pk, ())), default=0)

    return max(map(depth, needs))


def test_recurring_work_has_a_past_and_a_future(company):
    now = company.now

    for recurrence in Recurrence.objects.all():
        times = list(recurrence.sub_tasks.order_by("occurrence").values_list("occurrence", flat=True))
        assert len(times) == 14
        assert {later - earlier for earlier, later in pairwise(times)} == {timedelta(days=1)}
        assert timedelta(hours=3) <= now - times[-1] < timedelta(hours=4, minutes=5)
        assert recurrence.next_at == times[-1] + timedelta(days=1)
    assert Recurrence.objects.count() == 2
    assert not Event.objects.filter(kind="recurrence.skip").exists()


def test_voices_reviews_rules_and_prompts_are_of_every_kind(company):
    assert set(ActivityLog.objects.values_list("action", flat=True)) == set(Action.values) - {Action.REVIEW}
    assert set(Review.objects.values_list("result", flat=True)) == set(Result.values)
    assert Review.objects.order_by("-round")[0].round == 3
    assert ScoreEntry.objects.filter(sub_task=None, reason__startswith="Adjusted by ").count() >= 3
    assert set(Rule.objects.values_list("scope", flat=True)) == set(RuleScope.values)
    assert Prompt.objects.get(slug="task-reviewer").version == 2
    assert not Prompt.objects.filter(slug="executor-backend").exists()
    assert PromptVersion.objects.filter(slug="executor-backend").count() == 2
    texts = ActivityLog.objects.filter(action=Action.DELIVERY)
    assert texts.filter(summary__contains="```").exists()
    assert texts.filter(summary__contains="\n- ").exists()


def test_all_times_are_of_the_last_two_weeks_and_events_stand_in_their_order(company):
    now = datetime.now(timezone.utc)

    for model in apps.get_models():
        for field in model._meta.get_fields():
            if isinstance(field, models.DateTimeField) and field.name not in AHEAD:
                wrong = model._base_manager.filter(
                    models.Q(**{f"{field.name}__gt": now})
                    | models.Q(**{f"{field.name}__lt": now - TWO_WEEKS})
                )
                assert model._meta.app_label in DJANGOS or not wrong.exists(), (model, field.name)
    times = list(Event.objects.values_list("at", flat=True))
    assert times == sorted(times)
    assert times[0] < now - timedelta(days=13)


TWO_WEEKS = timedelta(days=14)
DJANGOS = {"auth", "admin", "sessions", "contenttypes"}


def test_it_looks_as_if_they_were_at_work_now(company):
    now = company.now
    awake = Agent.objects.exclude(name="Otto")

    assert awake.filter(last_seen_at__gte=now - timedelta(minutes=15)).count() >= 8
    assert not awake.filter(usual_interval=None).exists()
    assert SubTask.objects.filter(updated_at__gte=now - timedelta(minutes=10)).count() >= 3
    for agent in awake.filter(role=Role.EXECUTOR):
        calls = RequestLog.objects.filter(agent=agent, at__gte=now - timedelta(days=1))
        quarters = {int((now - at).total_seconds()) // 900 for at in calls.values_list("at", flat=True)}
        assert len(quarters) > 40, agent
        assert RequestLog.objects.filter(agent=agent, at__gte=now - timedelta(days=7), method="POST").exists()
    assert RequestLog.objects.filter(status=409, path__endswith="/claim").exists()
    counted = RequestTally.objects.aggregate(calls=models.Sum("calls"))["calls"]
    assert counted > 1.5 * RequestLog.objects.count()
    assert RequestHour.objects.aggregate(calls=models.Sum("calls"))["calls"] == counted
    assert RequestHour.objects.filter(hour__lt=now - timedelta(days=8)).count() > 100


def test_scores_are_the_sums_of_their_entries(company):
    with undone():
        assert [recount(agent) for agent in Agent.objects.all()] == [0] * 10
    assert Agent.objects.exclude(total_score=0).count() == 6


def test_what_stands_still_is_found_already_and_the_next_scan_changes_nothing(company):
    open_now = sorted(Finding.objects.open().values_list("severity", "kind"))
    before = rows()

    with undone():
        done = scan(company.now)
        after = rows()

    assert not done
    assert after == before
    assert open_now == [
        (Severity.CRITICAL, "orphan"),
        (Severity.WARNING, "review_overdue"),
        (Severity.WARNING, "rework_overflow"),
        (Severity.WARNING, "timeout"),
    ]
    assert set(Finding.objects.values_list("status", flat=True)) == set(FindingStatus.values)
    assert [standing.fact for standing in why(now=company.now)] == [
        Fact.BLOCKED,
        Fact.SENT_BACK_OFTEN,
        Fact.UNPLANNED,
        Fact.UNTIL_NEXT_TIME,
    ]


def test_the_clock_runs_and_sends_nothing(company, monkeypatch):
    sent = []
    monkeypatch.setattr(sending, "send", sent.append)
    before = Delivery.objects.waiting().count()

    with undone():
        ran = walk(TIMETABLE)
        failed = JobRun.objects.exclude(error="").count()

    assert {job.name for job in TIMETABLE} == set(ran)
    assert (sent, failed) == ([], 0)
    assert before == 2
    assert Delivery.objects.sent().exists()
    assert set(Delivery.objects.given_up().values_list("error", flat=True)) == {
        "The channel was switched off.",
        "It answered 410: gone",
    }
    served = [channel for channel in Channel.objects.all() if channel.is_served]
    assert all(re.match(r"https://\w+\.fernhill\.example/", channel.address) for channel in served)
    assert SiteSettings.load().notifications_enabled


@pytest.mark.parametrize("role", Role.values)
def test_every_list_answers(company, role):
    with undone():
        agent = Agent.objects.filter(role=role).first()
        caller = Caller(agent, rotate_key(agent))
        answers = {address: caller.get(address).status_code for address in lists_for(role)}

    assert len(answers) > 15
    assert set(answers.values()) == {200}, answers


def lists_for(role: str) -> list[str]:
    """Return the addresses without an id that this role may read.

    But not the closed feed, the health of a clock that does not run here, the schema, which is the same for all
    companies, and the latest sub-task, which not everybody has.
    """
    elsewhere = ("feed/logs", "feed/agent", "health", "schema", "docs", "sub-tasks/latest")
    found = []
    for pattern in urlpatterns[:-1]:
        address, view = str(pattern.pattern), pattern.callback.cls
        action = getattr(pattern.callback, "actions", {"get": "get"}).get("get")
        if action and "<" not in address and not address.startswith(elsewhere):
            access = view.access[action]
            if access in (EVERYONE, ANY_AGENT) or role in access:
                found.append(f"/api/{address}")
    return found


def test_it_is_made_only_once(company):
    before = rows()

    with pytest.raises(CommandError, match="already holds agents or tasks"):
        command()

    assert rows() == before
