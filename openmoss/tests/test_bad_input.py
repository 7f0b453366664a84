"""What confused and hostile clients send: always refused in one shape, and nothing is written."""

import json
import re
import uuid
from dataclasses import dataclass, field

import pytest
from django.apps import apps
from django.db import transaction

from agents import services as hiring
from openmoss.models import SiteSettings
from openmoss.router import urlpatterns

NOBODY = str(uuid.UUID(int=0xBAD))
WRITING = ("post", "put", "patch", "delete")


# What one field of a body takes and what it does not, as JSON text. `@name` stands for an id of the office.


@dataclass(frozen=True)
class Field:
    good: str
    # Refused with 400, naming the field.
    invalid: tuple[str, ...]
    # Of the right form, but naming nothing: refused with 404, naming the field.
    unknown: tuple[str, ...] = ()


NOT_TEXT = ("5", "1.5", "true", "[]", "{}", '["x"]')
# Refused before any field is looked at, wherever they stand.
MALFORMED = (
    r'"a\u0000b"',
    r'"\ud800"',
    r'"\udfff x"',
    str(2**63),
    str(-(2**63) - 1),
    "1" + 5000 * "0",
    "1e999",
    "NaN",
    "Infinity",
    "-Infinity",
    30 * "[" + 30 * "]",
    100_000 * "[" + 100_000 * "]",
    100_000 * '{"a":' + "1" + 100_000 * "}",
)


def _null(allowed: bool) -> tuple[str, ...]:
    return () if allowed else ("null",)


def name(limit: int = 200, *, null: bool = False) -> Field:
    too_long = json.dumps("x" * (limit + 1))
    blank = ('""', '"   "', r'"\n\t"', r'"two\nlines"', r'"bell\u0007"', r'"two\u2028lines"')
    return Field('"Collect"', (*NOT_TEXT, *blank, too_long, *_null(null)))


def text(limit: int = 100_000, *, null: bool = False, blank: bool = True) -> Field:
    empty = () if blank else ('""', '" \\n "')
    return Field(
        r'"As it was sent, \n\t as \u00e9"', (*NOT_TEXT, json.dumps("x" * (limit + 1)), *empty, *_null(null))
    )


def an_id(good: str, *, null: bool = False, blank: bool = False) -> Field:
    empty = () if blank else ('""', '"  "')
    invalid = (*NOT_TEXT, *empty, json.dumps(NOBODY + "0"), json.dumps("x" * 5000), *_null(null))
    return Field(good, invalid, unknown=(f'"{NOBODY}"', '"nope"', '"000bad"', '"*"', r'"a\nb"', '"%00"'))


def ids(good: str, *, null: bool = False) -> Field:
    lists = ("[5]", "[null]", '[""]', '[["x"]]', "[{}]", json.dumps(101 * [NOBODY]))
    not_a_list = ("5", "true", '"x"', "{}", f'{{"0": "{NOBODY}"}}')
    return Field(good, (*lists, *not_a_list, *_null(null)), unknown=(f'["{NOBODY}"]', '["nope"]'))


def enum(good: str, *, null: bool = False) -> Field:
    long = json.dumps("two\nlines" * 5000)
    return Field(good, ('"nonsense"', '""', '" "', "5", "true", "[]", "{}", r'"a\nb"', long, *_null(null)))


def number(good: str, *invalid: str, null: bool = False) -> Field:
    types = ("true", "false", "4.5", '"x"', '""', '"4.5"', "[]", "{}", "1e300", '"' + 5000 * "9" + '"')
    return Field(good, (*types, *invalid, *_null(null)))


def boolean(good: str) -> Field:
    return Field(good, ("5", "1.5", '"x"', '""', "[]", "{}", "null"))


def texts(good: str) -> Field:
    too_long = json.dumps(["x" * 100_001])
    return Field(good, ("5", '"x"', "{}", "[5]", "[null]", '[""]', "[[]]", too_long, "null"))


def rows(good: str, *invalid: str, required: str) -> Field:
    missing = ("5", '"x"', "true", "{}", "[5]", "[null]", "[[]]", "[{}]", f'[{{"{required}": ""}}]')
    return Field(good, (*missing, f'[{{"{required}": 5}}]', *invalid))


def cron(*, null: bool = False) -> Field:
    wrong = ('""', '"  "', '"daily"', '"61 * * * *"', '"0 9 30 2 *"', '"0 0 9 * * *"', json.dumps("1," * 60))
    return Field('"0 9 * * 1-5"', (*NOT_TEXT, *wrong, *_null(null)))


def zone(*, null: bool = False) -> Field:
    wrong = ('""', '"Mars/Olympus"', '"../UTC"', '"Europe"', json.dumps("x" * 65))
    return Field('"Europe/Berlin"', (*NOT_TEXT, *wrong, *_null(null)))


CRON, ZONE = cron(), zone()
WRONG_IN_A_PLAN = (
    *('"name": ""', '"name": 5', r'"name": "two\nlines"', '"description": null', '"deliverable": []'),
    *('"priority": "urgent"', '"type": 5', '"depends_on": "a"', '"depends_on": [5]', '"depends_on": ["z"]'),
    *('"module": "z"', '"module": 5', '"assign": "Nobody"', '"assign": "Pia"', '"rules": [""]', '"ref": []'),
    *('"recurring_config": {"cron": "x"}', '"recurring_config": "daily"', '"recurring_config": {}'),
    *('"ref": "a", "depends_on": ["a"]', '"assign": {}', '"rules": "x"', '"ref": ""', '"acceptance": 5'),
)


@dataclass(frozen=True)
class Call:
    """A writing call that is right in every way: who makes it, on what, with which body."""

    by: str
    on: str = ""
    body: dict[str, Field] | None = field(default_factory=dict)


CALLS = {
    "POST agents/register": Call(
        "newcomer", body={"name": name(100), "role": enum('"executor"'), "description": text()}
    ),
    "POST agents/enrol": Call("newcomer", body={"code": Field('"@code"', text(100, blank=False).invalid)}),
    "POST tasks": Call("pia", body={"name": name(), "description": text(), "type": enum('"once"')}),
    "POST tasks/plan": Call(
        "pia",
        body={
            "task": Field(
                '{"name": "Spring", "description": "", "type": "once"}',
                ("null", "5", '"x"', "[]", "{}", '{"name": ""}', '{"name": 5}', '{"name": "x", "type": "x"}'),
            ),
            "activate": boolean("true"),
            "dry_run": boolean("false"),
            "rules": texts('["Be brief."]'),
            "modules": rows('[{"ref": "m", "name": "Collect", "description": ""}]', required="name"),
            "sub_tasks": rows(
                '[{"ref": "a", "module": "m", "name": "Read", "acceptance": "Read.", "rules": ["Twice."],'
                ' "priority": "low", "type": "once", "assign": "Ed", "depends_on": []}]',
                *(f'[{{"name": "Read", "acceptance": "Read.", {wrong}}}]' for wrong in WRONG_IN_A_PLAN),
                required="acceptance",
            ),
        },
    ),
    "PUT tasks/<str:id>": Call("pia", "plan", {"name": name(null=True), "description": text(null=True)}),
    "PUT tasks/<str:id>/status": Call("pia", "plan", {"status": enum('"active"')}),
    "POST tasks/<str:id>/cancel": Call("pia", "task", {"reason": text(500)}),
    "POST tasks/<str:id>/modules": Call("pia", "task", {"name": name(), "description": text()}),
    "POST sub-tasks": Call(
        "pia",
        body={
            "task_id": an_id('"@task"'),
            "name": name(),
            "description": text(),
            "deliverable": text(),
            "acceptance": text(),
            "priority": enum('"high"'),
            "type": enum('"recurring"'),
            "recurring_config": Field(
                '{"cron": "0 9 * * *", "timezone": "Asia/Shanghai", "overlap": "queue", "catch_up": "skip"}',
                (
                    *("5", "true", '"x"', "[]", "{}", '{"timezone": "UTC"}'),
                    *(f'{{"cron": {wrong}}}' for wrong in CRON.invalid),
                    *(f'{{"cron": "0 9 * * *", "timezone": {wrong}}}' for wrong in ZONE.invalid),
                    '{"cron": "0 9 * * *", "overlap": "wait"}',
                    '{"cron": "0 9 * * *", "catch_up": null}',
                ),
            ),
            "module_id": an_id('"@module"', null=True),
            "assigned_agent": an_id('"@ed"', null=True, blank=True),
            "depends_on": ids('["@pending"]'),
        },
    ),
    "PUT sub-tasks/<str:id>": Call(
        "pia",
        "pending",
        {
            "name": name(null=True),
            "description": text(null=True),
            "deliverable": text(null=True),
            "acceptance": text(null=True),
            "priority": enum('"low"', null=True),
            "depends_on": ids('["@running"]', null=True),
        },
    ),
    "POST recurrences": Call(
        "pia",
        body={
            "task_id": an_id('"@task"'),
            "name": name(),
            "description": text(),
            "deliverable": text(),
            "acceptance": text(),
            "priority": enum('"high"'),
            "cron": CRON,
            "timezone": ZONE,
            "overlap": enum('"queue"'),
            "catch_up": enum('"skip"'),
            "module_id": an_id('"@module"', null=True),
            "assigned_agent": an_id('"@ed"', null=True, blank=True),
        },
    ),
    "PUT recurrences/<str:id>": Call(
        "pia",
        "recurrence",
        {
            "name": name(null=True),
            "description": text(null=True),
            "deliverable": text(null=True),
            "acceptance": text(null=True),
            "priority": enum('"high"', null=True),
            "cron": cron(null=True),
            "timezone": zone(null=True),
            "overlap": enum('"queue"', null=True),
            "catch_up": enum('"skip"', null=True),
            "module_id": an_id('"@module"', null=True, blank=True),
            "assigned_agent": an_id('"@ed"', null=True, blank=True),
        },
    ),
    "POST recurrences/<str:id>/pause": Call("pia", "recurrence", {"reason": text(500)}),
    "POST recurrences/<str:id>/resume": Call("pia", "paused", {"reason": text(500)}),
    "POST recurrences/<str:id>/end": Call("pia", "recurrence", {"reason": text(500)}),
    "POST sub-tasks/claim-next": Call(
        "ed",
        body={
            "task_id": an_id('"@task"', null=True),
            "module_id": an_id("null", null=True),
            "session_id": text(200, null=True),
        },
    ),
    "POST sub-tasks/<str:id>/claim": Call("ed", "pending", {"session_id": text(200, null=True)}),
    "POST sub-tasks/<str:id>/start": Call("erin", "given", {"session_id": text(200, null=True)}),
    "POST sub-tasks/<str:id>/submit": Call("erin", "running", {"session_id": text(200, null=True)}),
    "POST sub-tasks/<str:id>/session": Call("erin", "running", {"session_id": text(200)}),
    "POST sub-tasks/<str:id>/release": Call("erin", "running", {"reason": text(500, blank=False)}),
    "POST sub-tasks/<str:id>/block": Call("pat", "running", {"reason": text(500)}),
    "POST sub-tasks/<str:id>/reassign": Call(
        "pia", "running", {"agent_id": an_id('"@ed"'), "reason": text(500)}
    ),
    "POST sub-tasks/<str:id>/unblock": Call("pia", "blocked", {"reason": text(500)}),
    "POST sub-tasks/<str:id>/cancel": Call("pia", "pending", {"reason": text(500)}),
    "POST sub-tasks/<str:id>/complete": Call(
        "rita",
        "submitted",
        {
            "score": number("4", "0", "6", "-1", "2", str(2**63 - 1)),
            "comment": text(),
            "round": number("1", null=True),
        },
    ),
    "POST sub-tasks/<str:id>/rework": Call(
        "rita",
        "submitted",
        {
            "score": number("2", "0", "6", "-1", "4", str(2**63 - 1)),
            "issues": text(blank=False),
            "comment": text(),
            "rework_agent": an_id('"@ed"', null=True, blank=True),
            "round": number("1", null=True),
        },
    ),
    "POST review-records": Call(
        "rita",
        body={
            "sub_task_id": an_id('"@submitted"'),
            "result": enum('"rejected"'),
            "score": number("2", "0", "6", "-1", "4", str(2**63 - 1)),
            "issues": text(blank=False),
            "comment": text(),
            "rework_agent": an_id('"@ed"', null=True, blank=True),
            "round": number("1", null=True),
        },
    ),
    "POST scores/adjust": Call(
        "rita",
        body={
            "agent_id": an_id('"@erin"'),
            "score_delta": number("-3", "0", "10001", "-10001", str(2**63 - 1), str(-(2**63) + 1)),
            "reason": text(500),
            "sub_task_id": an_id('"@running"', null=True, blank=True),
        },
    ),
    "POST logs": Call(
        "erin",
        body={
            "action": enum('"delivery"'),
            "summary": text(),
            "sub_task_id": an_id('"@running"', null=True, blank=True),
            "session_id": text(200, null=True),
        },
    ),
    "POST rules/items": Call(
        "pia",
        body={
            "task_id": an_id('"@task"', null=True, blank=True),
            "sub_task_id": an_id("null", null=True, blank=True),
            "content": text(blank=False),
        },
    ),
    "DELETE rules/items/<str:id>": Call("pia", "rule", body=None),
    "POST findings": Call(
        "pat",
        body={
            "kind": enum('"stuck"'),
            "severity": enum('"critical"'),
            "description": text(2000, blank=False),
            "sub_task_id": an_id('"@running"', null=True),
            "task_id": an_id("null", null=True),
            "agent_id": an_id("null", null=True),
        },
    ),
    "POST findings/<str:id>/resolve": Call("pia", "finding", body={"reason": text(500)}),
    "POST findings/<str:id>/ignore": Call("pia", "finding", body={"reason": text(500, blank=False)}),
}
WITH_BODY = [title for title, call in CALLS.items() if call.body is not None]

# Bodies that are no JSON object at all.
NOT_AN_OBJECT = (
    b"{",
    b'{"name":}',
    b'{"name" "x"}',
    b"{'name': 'x'}",
    b'{"name": "x"} x',
    b'{"name": "x",}',
    b'{"name": "two\nlines"}',
    rb'{"name": "\x"}',
    b"name=x",
    b" ",
    b"\x00",
    b"\xff\xfe",
    b'{"name": "\xff"}',
    b'{"name": "\xed\xa0\x80"}',
    b"\xef\xbb\xbf{}",
    '{"name": "x"}'.encode("utf-16"),
    b"null",
    b"[]",
    b'[{"name": "x"}]',
    b'"x"',
    b"5",
    b"1.5",
    b"true",
    b"NaN",
    100_000 * b"[",
    100_000 * b'{"a":',
)


class Office:
    """A task in every state of work, and the cast that works on it."""

    def __init__(self, pia, erin, ed, rita, pat) -> None:
        self.cast = {"pia": pia, "erin": erin, "ed": ed, "rita": rita, "pat": pat, "newcomer": pia}
        self.plan = pia.post("/api/tasks", name="Next year").json()["id"]
        self.task = pia.post("/api/tasks", name="News").json()["id"]
        self.module = pia.post(f"/api/tasks/{self.task}/modules", name="Feeds").json()["id"]
        self.rule = pia.post("/api/rules/items", task_id=self.task, content="Be kind.").json()["id"]
        daily = {"task_id": self.task, "name": "Daily", "cron": "0 9 * * *"}
        self.recurrence, self.paused = (pia.post("/api/recurrences", **daily).json()["id"] for _ in range(2))
        pia.post(f"/api/recurrences/{self.paused}/pause")
        self.erin, self.ed = erin.id, ed.id
        self.pending = self._sub_task("Free")
        self.given = self._sub_task("Given", erin)
        self.running = self._sub_task("Running", erin, "start")
        self.submitted = self._sub_task("Submitted", erin, "start", "submit")
        self.blocked = self._sub_task("Blocked", erin, "start")
        pat.post(f"/api/sub-tasks/{self.blocked}/block", reason="Silent for hours.")
        seen = {"kind": "orphan", "description": "Nobody looks after it.", "sub_task_id": self.given}
        self.finding = pat.post("/api/findings", **seen).json()["id"]
        self.token = SiteSettings.load().registration_token
        self.code = hiring.enrol(name="Eve", role="executor")[1]

    def _sub_task(self, name: str, holder=None, *moves: str) -> str:
        body = {"task_id": self.task, "name": name, "assigned_agent": holder and holder.id}
        id = self.cast["pia"].post("/api/sub-tasks", **body).json()["id"]
        for move in moves:
            assert holder.post(f"/api/sub-tasks/{id}/{move}").status_code == 200
        return id

    def address(self, title: str) -> str:
        return "/api/" + title.split()[1].replace("<str:id>", getattr(self, CALLS[title].on or "task"))

    def body(self, title: str, **other: str) -> bytes:
        """Return the right body of a call, with the JSON text in `other` in the place of some fields."""
        fields = {name: field.good for name, field in (CALLS[title].body or {}).items()} | other
        body = ", ".join(f'"{name}": {value}' for name, value in fields.items())
        return re.sub(r"@(\w+)", lambda match: getattr(self, match[1]), f"{{{body}}}").encode()

    def send(self, title: str, body: bytes, *, to: str = "", content_type="application/json", **headers):
        caller = self.cast[CALLS[title].by]
        headers = {"X-Registration-Token": self.token} | headers
        return caller.raw(title.split()[0], to or self.address(title), body, content_type, **headers)


@pytest.fixture
def office(pia, erin, ed, rita, pat) -> Office:
    return Office(pia, erin, ed, rita, pat)


def everything() -> dict[str, list]:
    """Return every row of every table."""
    return {
        model._meta.label: list(model._base_manager.order_by("pk").values_list())
        for model in apps.get_models()
    }


def fault_in(answer, *statuses: int, code: str = "", naming: str = "") -> str:
    """Say in what an answer is not the refusal that it should be; empty when it is."""
    if answer.status_code not in statuses:
        return f"{answer.status_code} {answer.content[:200]}"
    if answer["Content-Type"] != "application/json":
        return f"Content-Type {answer['Content-Type']}"
    error = answer.json()
    if error.keys() != {"code", "detail", "hint", "fields"}:
        return f"keys {sorted(error)}"
    for sentence in (error["detail"], error["hint"]):
        if not sentence.isprintable() or sentence != " ".join(sentence.split()) or len(sentence) > 1000:
            return f"not one short printable line: {sentence[:300]!r}"
    if not error["detail"]:
        return "no detail"
    if code and error["code"] != code:
        return f"code {error['code']}"
    if naming and not any(re.fullmatch(rf"{naming}(\.\w+)*", name) for name in error["fields"]):
        return f"fields {error['fields']}"
    return ""


def only_faults(faults: dict) -> dict:
    return {what: fault for what, fault in faults.items() if fault}


def shown(value) -> str:
    return repr(value)[:60]


def addresses(*methods: str) -> set[str]:
    """Name every call of the router with one of these methods, for example `POST tasks`."""
    return {
        f"{method.upper()} {pattern.pattern}"
        for pattern in urlpatterns
        for method in getattr(pattern.callback, "actions", {})
        if method in methods
    }


def test_the_table_names_every_writing_call():
    assert set(CALLS) == addresses(*WRITING)


def test_a_right_call_is_taken_under_whatever_content_type(office):
    # Without this, every refusal below could have another reason than the one that is meant.
    types = [
        "",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "multipart/form-data",
    ]
    types += ["text/plain", "application/xml", "\xff;;", "application/json"]
    before = everything()
    faults = {}

    for title in CALLS:
        for content_type in types:
            with transaction.atomic():
                answer = office.send(title, office.body(title, surplus="1"), content_type=content_type)
                if answer.status_code != 200:
                    faults[title, content_type] = f"{answer.status_code} {answer.content[:200]}"
                if content_type == "application/json" and everything() == before:
                    faults[title, content_type] = "wrote nothing"
                transaction.set_rollback(True)

    assert only_faults(faults) == {}


def test_a_body_that_is_no_json_object_is_refused(office):
    before = everything()
    faults = {}

    for title in WITH_BODY:
        for body in NOT_AN_OBJECT:
            faults[title, shown(body)] = fault_in(office.send(title, body), 400, code="malformed")

    assert only_faults(faults) == {}
    assert everything() == before


@pytest.mark.parametrize("title", WITH_BODY)
def test_a_wrong_value_in_any_field_is_refused_and_named(office, title):
    before = everything()
    faults = {}

    for name, right in CALLS[title].body.items():
        for value in right.invalid:
            answer = office.send(title, office.body(title, **{name: value}))
            faults[name, shown(value)] = fault_in(answer, 400, code="invalid", naming=name)
        for value in right.unknown:
            answer = office.send(title, office.body(title, **{name: value}))
            faults[name, shown(value)] = fault_in(answer, 404, code="not_found", naming=name)

    assert only_faults(faults) == {}
    assert everything() == before


def test_a_refused_call_leaves_its_idempotency_key_unused(office):
    before = everything()
    faults = {}

    for title in WITH_BODY:
        key = {"Idempotency-Key": title}
        for name, right in CALLS[title].body.items():
            wrong = office.body(title, **{name: right.invalid[0]})
            faults[title, name] = fault_in(office.send(title, wrong, **key), 400, code="invalid", naming=name)
        faults[title, "malformed"] = fault_in(office.send(title, b"[", **key), 400, code="malformed")

    assert only_faults(faults) == {}
    assert everything() == before


def test_nonsense_in_a_field_that_nobody_reads_is_refused_too(office):
    before = everything()
    faults = {}

    for title in WITH_BODY:
        for value in MALFORMED:
            answer = office.send(title, office.body(title, surplus=value))
            faults[title, shown(value)] = fault_in(answer, 400, code="malformed")
        answer = office.send(title, office.body(title)[:-1] + rb', "\u0000": 1}')
        faults[title, "a NUL in a field's name"] = fault_in(answer, 400, code="malformed")

    assert only_faults(faults) == {}
    assert everything() == before


UNKNOWN_IDS = [NOBODY, "nope", "000bad", "%00", "%0a", "%ff", "%1b[31m", "..", "'", "a%00b", "%F0%9F%98%80"]
UNKNOWN_IDS += ["a" * 5000]


def test_writing_to_an_unknown_id_is_not_found(office):
    before = everything()
    faults = {}

    for title in (title for title, call in CALLS.items() if call.on):
        for id in UNKNOWN_IDS:
            to = "/api/" + title.split()[1].replace("<str:id>", id)
            answer = office.send(title, office.body(title), to=to)
            faults[title, id[:20]] = fault_in(answer, 404, code="not_found")

    assert only_faults(faults) == {}
    assert everything() == before


def test_a_body_over_one_mebibyte_is_refused(office):
    before = everything()
    faults = {}

    for title in CALLS:
        body = b'{"name": "' + b"x" * 1024 * 1024 + b'"}'
        faults[title, "real"] = fault_in(office.send(title, body), 413, code="too_large")
        claimed = office.send(title, b"{}", **{"Content-Length": "999999999999999999999"})
        faults[title, "claimed"] = fault_in(claimed, 413, code="too_large")

    assert only_faults(faults) == {}
    assert everything() == before


def test_a_body_of_unknown_length_is_refused(office):
    before = everything()
    faults = {}

    for title in CALLS:
        chunked = office.send(title, office.body(title), **{"Transfer-Encoding": "Chunked"})
        faults[title, "chunked"] = fault_in(chunked, 411, code="length_required")
        for length in ("x", "-1", "1.0", "5, 5", "9" * 5000):
            answer = office.send(title, office.body(title), **{"Content-Length": length})
            faults[title, length] = fault_in(answer, 400, code="malformed")

    assert only_faults(faults) == {}
    assert everything() == before


def test_a_body_of_one_mebibyte_is_read(office):
    body = b'{"name": "Big", "surplus": "' + b"x" * (1024 * 1024 - 30) + b'"}'
    assert len(body) == 1024 * 1024

    answer = office.send("POST tasks", body)

    assert answer.status_code == 200


def test_a_body_without_a_length_counts_as_none(office):
    before = everything()

    answer = office.send("POST tasks", office.body("POST tasks"), **{"Content-Length": ""})

    assert fault_in(answer, 400, code="invalid", naming="name") == ""
    assert everything() == before


@pytest.mark.parametrize("content_type", ["application/json", "", "application/x-www-form-urlencoded"])
def test_a_call_that_needs_no_field_needs_no_body(office, content_type):
    answer = office.send("POST sub-tasks/<str:id>/claim", b"", content_type=content_type)

    assert answer.status_code == 200
    assert answer.json()["status"] == "assigned"


# Reading: which parameters each address takes.

PAGED = {"page": "number", "page_size": "number"}
READING = {
    "GET health": {},
    "GET peek": {},
    "GET brief": {"as": "enum", "max_chars": "number"},
    "GET agents": {"role": "enum", "status": "enum"},
    "GET agents/me": {},
    "GET agents/me/skill": {},
    "GET agents/me/skill-bundle": {},
    "GET tools/cli": {},
    "GET rules": {"task_id": "id", "sub_task_id": "id", "cli_version": "number"},
    "GET rules/items": {"task_id": "id", "sub_task_id": "id"},
    "GET config/notification": {},
    "GET tasks": {"status": "enum", **PAGED},
    "GET tasks/<str:id>": {},
    "GET tasks/<str:id>/modules": {},
    "GET sub-tasks": {"task_id": "id", "module_id": "id", "assigned_agent": "id", "status": "enum", **PAGED},
    "GET sub-tasks/mine": {"status": "enum", **PAGED},
    "GET sub-tasks/available": PAGED,
    "GET sub-tasks/latest": {"task_id": "id"},
    "GET sub-tasks/<str:id>": {},
    "GET recurrences": {"task_id": "id", **PAGED},
    "GET recurrences/<str:id>": {},
    "GET review-records": {"sub_task_id": "id", "result": "enum", **PAGED},
    "GET review-records/<str:id>": {},
    "GET scores/leaderboard": {},
    "GET scores/me": {},
    "GET scores/me/logs": PAGED,
    "GET scores/<str:id>": {},
    "GET scores/<str:id>/logs": PAGED,
    "GET logs": {
        "sub_task_id": "id",
        "agent_id": "id",
        "action": "enum",
        "days": "number",
        "limit": "number",
    },
    "GET logs/mine": {"action": "enum", "days": "number", "limit": "number"},
    "GET why": {"task_id": "id"},
    "GET findings": {
        "status": "enum",
        "kind": "enum",
        "severity": "enum",
        "task_id": "id",
        "sub_task_id": "id",
        **PAGED,
    },
    "GET findings/<str:id>": {},
    "GET feed/status": {},
    "GET feed/logs": {"after": "moment", "agent_id": "id", "limit": "number"},
    "GET feed/agents": {},
    "GET feed/agent-summary": {},
}
WRONG = {
    "number": [
        str(10**30),
        f"-{10**30}",
        "9" * 5000,
        "abc",
        "1.5",
        "1e3",
        "0x10",
        "%00",
        "%ff",
        "1%0a2",
        "NaN",
    ],
    "enum": ["nonsense", "PENDING", "%00", "%ff", "a%0ab", "x" * 5000],
    "id": [NOBODY, "nope", "%00", "%ff", "a%0ab", "%1b", "'", "x" * 5000],
    "moment": [
        *("yesterday", "2026-13-45T00:00:00Z", "%00", "%ff", "1", "99999-01-01T00:00:00Z"),
        *("0001-01-01T00:00:00%2B23:59", "9999-12-31T23:59:59-23:59"),
    ],
}
STATUS = {"number": 400, "enum": 400, "id": 404, "moment": 400}


def test_the_table_names_every_reading_call():
    assert set(READING) == addresses("get")


def test_a_wrong_parameter_is_refused_and_named(office, pia):
    SiteSettings.objects.update(public_feed=True)
    before = everything()
    faults = {}

    for title, parameters in READING.items():
        for parameter, kind in parameters.items():
            for value in WRONG[kind]:
                address = "/api/" + title.split()[1].replace("<str:id>", office.erin)
                answer = pia.get(f"{address}?{parameter}={value}")
                faults[title, parameter, value[:40]] = fault_in(answer, STATUS[kind], naming=parameter)

    assert only_faults(faults) == {}
    assert everything() == before


@pytest.mark.parametrize(
    "query",
    [
        *("page=-1", "page=0", "page=", "page_size=-5", "page_size=101", "page_size=", "page=1000000"),
        *(
            "page=9007199254740993",
            "status=",
            "surplus=%00%ff",
            "&&&",
            "=x",
            "%",
            "a" * 5000,
            "page=1&page=2",
        ),
    ],
)
def test_an_odd_query_is_no_fault(office, pia, query):
    answers = [pia.get(f"/api/{list}?{query}") for list in ("tasks", "sub-tasks", "review-records")]

    assert [answer.status_code for answer in answers] == [200, 200, 200]
    assert all(len(answer.json()["items"]) <= 500 for answer in answers)


@pytest.mark.parametrize("query", ["days=-1", "days=0", "days=61", "limit=0", "limit=-1", "limit=100000"])
def test_a_number_beyond_the_limits_of_the_log_is_brought_within(erin, query):
    erin.post("/api/logs", action="plan", summary="First the feeds.")

    answer = erin.get(f"/api/logs?{query}")

    assert [entry["summary"] for entry in answer.json()] == ["First the feeds."]


@pytest.mark.parametrize("limit", ["0", "-1", "201"])
def test_the_feed_refuses_a_limit_outside_its_bounds(pia, limit):
    SiteSettings.objects.update_or_create(pk=1, defaults={"public_feed": True})

    answer = pia.get(f"/api/feed/logs?limit={limit}")

    assert fault_in(answer, 400, naming="limit") == ""


def test_reading_an_unknown_id_is_not_found(pia, client, admin_user):
    client.force_login(admin_user)
    faults = {}

    for title in (title for title in READING if "<str:id>" in title):
        for id in UNKNOWN_IDS:
            to = "/api/" + title.split()[1].replace("<str:id>", id)
            answer = client.get(to) if title == "GET scores/<str:id>" else pia.get(to)
            faults[title, id[:20]] = fault_in(answer, 404, code="not_found")

    assert only_faults(faults) == {}


def test_too_many_parameters_are_refused(office, pia, caplog):
    faults = {}

    for title in (*READING, *CALLS):
        method, address = title.split()
        to = f"/api/{address.replace('<str:id>', office.task)}?{'&'.join(1001 * ['a=1'])}"
        faults[title] = fault_in(pia.raw(method, to, b""), 400, code="malformed")

    assert only_faults(faults) == {}
    assert [record.message for record in caplog.records if record.levelname == "ERROR"] == []


# The address itself.

UNKNOWN_ADDRESSES = [
    *("/api", "/api/", "/api//", "/api/nonsense", "/api/nonsense/", "/api/tasks/x/y/z", "/api//tasks"),
    *("/api/%00", "/api/%ff", "/api/%0a", "/api/" + "x" * 8000, "/api/\u2028", "/api/tasks/x%2Fy"),
    "/api/TASKS",
]
METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "NONSENSE"]


def test_an_unknown_address_is_not_found_in_json(pia):
    faults = {}

    for path in UNKNOWN_ADDRESSES:
        for method in METHODS:
            faults[method, path, "with a key"] = fault_in(pia.raw(method, path, b"{}"), 404, code="not_found")
            faults[method, path, "without"] = fault_in(
                pia.client.generic(method, path), 404, code="not_found"
            )

    assert only_faults(faults) == {}


@pytest.mark.parametrize("slash", ["", "/", "///"])
def test_a_wrong_method_is_refused_in_json(office, pia, slash):
    before = everything()
    faults = {}

    for pattern in urlpatterns[:-1]:
        address = "/api/" + str(pattern.pattern).replace("<str:id>", office.task) + slash
        known = {method.upper() for method in getattr(pattern.callback, "actions", {"get": "get"})}
        for method in set(METHODS) - known:
            answer = pia.raw(method, address, b'{"name": "x"}')
            faults[method, address] = fault_in(answer, 405, code="method_not_allowed")

    assert only_faults(faults) == {}
    assert everything() == before


@pytest.mark.parametrize("method", ["HEAD", "OPTIONS"])
def test_head_and_options_are_no_fault(office, pia, method):
    statuses = {}

    for pattern in urlpatterns:
        address = "/api/" + str(pattern.pattern).replace("<str:id>", office.task)
        statuses[address, "with a key"] = pia.raw(method, address, b"").status_code
        statuses[address, "without"] = pia.client.generic(method, address).status_code

    # No clock runs here, and health says so.
    assert {call for call, status in statuses.items() if status >= 500 and call[0] != "/api/health"} == set()


@pytest.mark.parametrize(
    "host", ["a b", "evil.example/x", "[::1", "a,b", 'x"y', "x:y", "\xff", "a\x00", "'", "@"]
)
def test_a_host_that_is_none_is_refused_in_json(pia, host):
    for path in ("/api/health", "/api/tools/cli", "/api/rules", "/api/nonsense", "/api/docs"):
        answer = pia.client.get(path, headers={"Host": host, "X-Agent-Key": pia.key})

        assert fault_in(answer, 400, code="malformed") == "", path
