"""Making a code for one named agent, and taking it back."""

import hashlib
import re

import pytest
import time_machine
from django.core.management import CommandError, call_command
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone

from agents import services
from agents.models import Agent, Enrolment
from notifications.models import Event
from openmoss.errors import Conflict, Invalid


def test_a_code_is_made_for_one_agent_and_shown_once(admin_user, stored):
    enrolment, code = services.enrol(name="Erin", role="executor", description="Writes.", by=admin_user)

    event = Event.objects.get()
    enrolment.refresh_from_db()
    assert re.fullmatch("oec_[0-9a-f]{40}", code)
    assert enrolment.code_hash == hashlib.sha256(code.encode()).hexdigest()
    assert (enrolment.name, enrolment.role, enrolment.description) == ("Erin", "executor", "Writes.")
    assert (enrolment.state, enrolment.made_by) == ("open", "admin")
    assert (event.kind, event.actor_name, event.subject_name) == ("enrolment.create", "admin", "Erin")
    assert stored(code.removeprefix("oec_")) == []
    assert not Agent.objects.exists()


def test_a_name_that_is_taken_gets_no_code(erin, unchanged):
    with unchanged(), pytest.raises(Invalid) as refused:
        services.enrol(name="Erin", role="planner")

    assert list(refused.value.fields) == ["name"]


def test_a_second_code_for_a_name_makes_the_first_useless(db):
    first, _ = services.enrol(name="Erin", role="executor")
    other, _ = services.enrol(name="Ed", role="executor")

    second, _ = services.enrol(name="Erin", role="reviewer")

    for each in (first, second, other):
        each.refresh_from_db()
    assert (first.state, second.state, other.state) == ("withdrawn", "open", "open")
    assert Event.objects.last().data["replaced"] == 1


def test_a_code_expires_after_a_day(db):
    with time_machine.travel("2026-11-25T10:00:00Z", tick=False) as clock:
        enrolment, _ = services.enrol(name="Erin", role="executor")
        clock.shift(24 * 3600 - 1)
        early = enrolment.state
        clock.shift(1)

        assert (early, enrolment.state) == ("open", "expired")


def test_an_expired_code_is_not_in_the_way_of_a_new_one(db):
    with time_machine.travel("2026-11-25T10:00:00Z"):
        services.enrol(name="Erin", role="executor")

    with time_machine.travel("2026-11-27T10:00:00Z"):
        enrolment, _ = services.enrol(name="Erin", role="executor")

        assert enrolment.state == "open"


@pytest.mark.parametrize(
    "wrong",
    [
        {"name": ""},
        {"role": "boss"},
        {"used_at": timezone.now()},
        {"used_at": timezone.now(), "withdrawn_at": timezone.now(), "agent": True},
    ],
)
def test_the_database_takes_no_impossible_enrolment(erin, wrong):
    if "agent" in wrong:
        wrong = wrong | {"agent": erin.agent}
    right = {"name": "Ed", "role": "executor", "code_hash": "0" * 64, "expires_at": timezone.now()}

    with pytest.raises(IntegrityError), transaction.atomic():
        Enrolment.objects.create(**right | wrong)

    assert not Enrolment.objects.exists()


def test_the_database_takes_no_two_open_codes_for_a_name(db):
    services.enrol(name="Erin", role="executor")

    with pytest.raises(IntegrityError), transaction.atomic():
        Enrolment.objects.create(name="Erin", role="planner", code_hash="1", expires_at=timezone.now())


def test_the_command_prints_all_that_the_agent_needs_to_be_told(site, capsys):
    site.external_url = "https://moss.example.org/"
    site.save()

    call_command("enrol", "Erin", "--role", "executor", "--description", "Writes.")

    told, enrolment = capsys.readouterr().out, Enrolment.objects.get()
    (code,) = set(re.findall("oec_[0-9a-f]{40}", told))
    assert hashlib.sha256(code.encode()).hexdigest() == enrolment.code_hash
    assert (enrolment.name, enrolment.role, enrolment.description) == ("Erin", "executor", "Writes.")
    assert (
        f"curl -fsS https://moss.example.org/api/tools/cli -o task-cli.py && python3 task-cli.py enrol {code}"
        in told
    )
    assert "{{" not in told


def test_the_command_takes_another_address_and_a_prompt(db, capsys):
    address = "http://moss.lan:8080"

    call_command("enrol", "Erin", "--role", "executor", "--url", address, "--prompt", "executor-backend")

    told = capsys.readouterr().out
    assert told.startswith("# Backend developer\n")
    assert "\n# Executor\n" in told
    assert f"curl -fsS {address}/api/tools/cli" in told
    assert "127.0.0.1" not in told


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["", "--role", "executor"], "name: This field may not be blank."),
        (["two\nlines", "--role", "executor"], "name: Give one line"),
        (["Erin", "--role", "executor"], "There is an agent named 'Erin' already."),
        (["Eve", "--role", "boss"], "invalid choice: 'boss'"),
        (["Eve", "--role", "executor", "--prompt", "executor-poet"], "There is no agent prompt"),
        (["Eve", "--role", "planner", "--prompt", "executor-backend"], "is not for the role planner"),
    ],
)
def test_the_command_makes_no_code_for_what_cannot_be(erin, unchanged, capsys, arguments, said):
    with unchanged(), pytest.raises(CommandError) as refused:
        call_command("enrol", *arguments)

    assert said in str(refused.value)
    assert "oec_" not in capsys.readouterr().out


def test_a_code_is_withdrawn(admin_user):
    enrolment, _ = services.enrol(name="Erin", role="executor")

    services.withdraw_enrolment(enrolment, by=admin_user)

    event = Event.objects.last()
    assert Enrolment.objects.get().state == "withdrawn"
    assert (event.kind, event.actor_name, event.was, event.now) == (
        "enrolment.withdraw",
        "admin",
        "open",
        "withdrawn",
    )


def test_a_used_code_cannot_be_withdrawn(site, unchanged):
    enrolment, code = services.enrol(name="Erin", role="executor")
    services.redeem(code=code)

    with unchanged(), pytest.raises(Conflict):
        services.withdraw_enrolment(enrolment)

    assert Enrolment.objects.get().state == "used"


def test_the_command_withdraws_by_name(db, capsys):
    services.enrol(name="Erin", role="executor")

    call_command("withdraw_enrolment", "Erin")

    assert Enrolment.objects.get().state == "withdrawn"
    with pytest.raises(CommandError, match="no unused code for 'Erin'"):
        call_command("withdraw_enrolment", "Erin")


def test_staff_see_the_state_and_never_the_code(client, admin_user):
    enrolment, code = services.enrol(name="Erin", role="executor", by=admin_user)
    client.force_login(admin_user)

    listed = client.get(reverse("admin:agents_enrolment_changelist")).content.decode()
    page = client.get(reverse("admin:agents_enrolment_change", args=[enrolment.pk])).content.decode()

    assert ">open<" in listed
    assert "Erin" in page
    for text in (listed, page):
        assert code not in text
        assert enrolment.code_hash not in text


def test_codes_are_forgotten_thirty_days_after_they_expired(db):
    with time_machine.travel("2026-11-01T10:00:00Z", tick=False) as clock:
        services.enrol(name="Erin", role="executor")
        clock.shift(86400)
        services.enrol(name="Ed", role="executor")

        clock.shift(30 * 86400 - 1)
        early = services.prune_enrolments()
        clock.shift(2)
        late = services.prune_enrolments()

    assert (early, late) == (0, 1)
    assert Enrolment.objects.get().name == "Ed"
