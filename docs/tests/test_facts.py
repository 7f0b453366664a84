"""Every table and every name in the documents against what it describes, so that neither can drift."""

import re
import subprocess
import sys
from datetime import timedelta

import pytest
from django.core.management import get_commands
from django.urls import reverse
from prometheus_client.parser import text_string_to_metric_families

from agents.models import Agent, RequestTally
from docs.tests.documents import DOCUMENTS, ROOT, blocks, code, name, table
from openmoss.access import ANY_AGENT, EVERYONE, STAFF, Role
from openmoss.api import fields, idempotency, lookup, pagination, parsers
from openmoss.api.errors import CODES, STATUS
from openmoss.clock import walk
from openmoss.config_file import SETTINGS
from openmoss.durations import in_words
from openmoss.jobs import TIMETABLE
from openmoss.models import SiteSettings
from openmoss.router import urlpatterns
from openmoss.selectors.metrics import metrics
from patrol.models import FindingKind
from patrol.selectors.standing import Fact
from scoring.services import LARGEST_DELTA
from tasks import planning
from tasks.recurrence import LONGEST_CRON
from tasks.services.sub_tasks import MOST_DEPENDENCIES
from tasks.workflow import MOVES, TASK_MOVES, Status, TaskStatus

OUR_APPS = {"openmoss", "notifications", "agents", "tasks", "scoring", "reviews", "patrol"}
WHO = [*Role.values, "admin", "clock"]


def listed(names, order) -> str:
    return ", ".join(f"`{name}`" for name in order if name in names)


def only_if(move) -> str:
    conditions = []
    if move.by_holder:
        conditions.append("the caller holds it")
    if move.not_by_holder:
        conditions.append("the caller does not hold it")
    if move.needs_dependencies:
        others = move.sources - move.needs_dependencies
        at = f" (from {listed(move.needs_dependencies, Status.values)})" if others else ""
        conditions.append(f"all it depends on is done{at}")
    return "; ".join(conditions)


def test_the_moves_in_the_document_are_the_moves_of_the_workflow():
    moves = [
        [f"`{name}`", listed(move.sources, Status.values), f"`{move.target}`", ", ".join(who), only_if(move)]
        for name, move in MOVES.items()
        for who in [[who for who in WHO if who in move.roles]]
    ]

    assert table("docs/architecture.md", "moves") == moves


def test_the_findings_in_the_document_are_those_of_the_detectors():
    rows = table("docs/patrol.md", "finding kinds")
    limits = SiteSettings()
    said = {
        "timeout": (
            [limits.timeout_warning],
            [limits.timeout_critical, limits.timeout_silent, limits.timeout_limit],
        ),
        "stuck": ([limits.stuck_warning], [limits.stuck_critical]),
        "orphan": ([limits.orphan_warning], [limits.orphan_critical]),
        "review_overdue": ([limits.review_warning], [limits.review_critical]),
        "plan_stalled": ([limits.plan_warning], [limits.plan_critical]),
        "agent_silent": ([limits.silent_warning], [limits.silent_critical]),
        "help_unanswered": ([limits.help_warning], [limits.help_critical]),
    }
    counted = {
        "rework_overflow": (limits.rework_warning, limits.rework_critical),
        "score_drop": (limits.score_drop_warning, limits.score_drop_critical),
    }

    assert list(dict.fromkeys(found for kind, *_ in rows for found in code(kind))) == FindingKind.values
    for kind, _, warning, critical in rows:
        for cell, minutes in zip((warning, critical), said.get(*code(kind), ()), strict=False):
            assert all(in_words(timedelta(minutes=length)) in cell for length in minutes), (kind, cell)
        for cell, times in zip((warning, critical), counted.get(*code(kind), ()), strict=False):
            assert str(times) in cell, (kind, cell)


def test_the_facts_in_the_document_are_those_of_why():
    told = [name for cell, _ in table("docs/patrol.md", "facts") for name in re.findall("`(.+?)`", cell)]

    assert told == [fact.name.lower() for fact in Fact]


def test_the_task_statuses_in_the_document_are_those_of_the_workflow():
    statuses = [
        [f"`{status}`", listed(TASK_MOVES[status] - {status}, TaskStatus.values) or "nothing: it is final"]
        for status in TaskStatus
    ]

    assert table("docs/architecture.md", "task statuses") == statuses


def test_the_picture_shows_every_move_in_the_colour_of_who_makes_it():
    picture = (ROOT / "docs" / "loop.svg").read_text()
    drawn = set(re.findall(r'<text class="move[^"]* by-(\w+)"[^>]*>(\w+)</text>', picture))

    assert drawn == {(role, name) for name, move in MOVES.items() for role in move.roles & ANY_AGENT}


def test_the_timetable_in_the_document_is_the_timetable_of_the_clock():
    jobs = {f"`{job.name}`": f"{job.every.total_seconds():g} s" for job in TIMETABLE}

    assert {row[0]: row[1] for row in table("docs/architecture.md", "timetable")} == jobs


def test_the_layers_in_the_document_are_those_that_are_checked():
    page = (ROOT / "docs" / "architecture.md").read_text()
    layers, floor, root = (ROOT / "pyproject.toml").read_text().split("[[tool.importlinter.contracts]]")[1:]

    assert re.search(r"^(patrol → .+)$", page, re.MULTILINE)[1].split(" → ") == modules("layers", layers)
    assert drawn("the floor", page) == modules("source_modules", floor)
    assert drawn("the root", page) == modules("forbidden_modules", root)


def modules(key: str, contract: str) -> list[str]:
    return re.findall(r'"([^"]+)"', re.search(rf"^{key} = \[(.+?)\]", contract, re.MULTILINE | re.DOTALL)[1])


def drawn(what: str, page: str) -> list[str]:
    names = re.search(rf"^openmoss: (.+?) {{2,}}{what}", page, re.MULTILINE)[1]
    return [f"openmoss.{name}" for name in names.split(", ")]


def who_may(access: frozenset) -> str:
    known = {EVERYONE: "anybody", ANY_AGENT: "any agent", STAFF: "a person"}
    return known.get(access) or ", ".join(role for role in Role.values if role in access)


def endpoints() -> dict[str, str]:
    """Return `METHOD /api/address` of every endpoint with who may call it."""
    found = {}
    for pattern in urlpatterns[:-1]:  # the last one answers all other addresses
        address = "/api/" + re.sub(r"<str:(\w+)>", r"{\1}", str(pattern.pattern))
        view = pattern.callback.cls
        for method, action in getattr(pattern.callback, "actions", {"get": "get"}).items():
            if method != "head":  # DRF adds it to a view when it is called for the first time
                found[f"{method.upper()} {address}"] = who_may(view.access[action])
    return found


def test_the_document_lists_every_endpoint_and_who_may_call_it():
    rows = table("docs/api.md", "endpoints")

    assert {code(row[0])[0]: row[1] for row in rows} == endpoints()
    assert len(rows) == len(endpoints())


@pytest.mark.parametrize("document", DOCUMENTS, ids=name)
def test_every_endpoint_that_is_named_exists(document):
    text = document.read_text()
    known = {re.sub(r"\{\w+\}", "{}", call) for call in endpoints()}
    paths = {call.split()[1] for call in known}
    named = re.findall(r"\b(GET|POST|PUT|PATCH|DELETE) (/api/[\w/{}.-]*)", text)
    mentioned = re.findall(r"(?<![\w./])(?:\$api|/api)(/[\w/{}$.-]+)", text)

    unknown = {f"{method} {plain(path)}" for method, path in named} - known
    unknown |= {"/api" + plain(path) for path in mentioned} - paths

    assert unknown == set()


def plain(path: str) -> str:
    """Return a path with `{}` for every id, whether it stands as {id} or as a shell variable."""
    return re.sub(r"\{\w+\}|\$\w*", "{}", path).rstrip("./")


def test_the_document_lists_every_error_code_with_its_status():
    codes = {error.code: status for error, status in STATUS.items()}
    codes |= {code: status for status, code in CODES.items()}
    for file in [*(ROOT / "openmoss" / "api").glob("*.py"), *(ROOT / "openmoss" / "views").glob("*.py")]:
        source = file.read_text()
        assigned = re.findall(r'status, code, (?:detail, )?fields = (\d+), "(\w+)"', source)
        assigned += re.findall(r'status, code, detail = (\d+), "(\w+)"', source)
        answered = re.findall(r'error_response\(\s*(\d+),\s*"(\w+)"', source)
        codes |= {code: int(status) for status, code in assigned + answered}
    # Given to every body that cannot be parsed, whatever DRF calls it.
    assert 'code = "malformed"' in (ROOT / "openmoss" / "api" / "errors.py").read_text()

    assert {code(row[0])[0]: int(row[1]) for row in table("docs/api.md", "error codes")} == codes


def test_the_limits_in_the_document_are_the_limits_of_the_code(settings):
    limits = {
        "name": fields.LONGEST_NAME,
        "agent's name": 100,
        "text": fields.LONGEST_TEXT,
        "reason": fields.LONGEST_REASON,
        "session id": fields.LONGEST_SESSION,
        "body": settings.MAX_BODY_BYTES,
        "nesting": parsers.MAX_DEPTH,
        "rows a page": pagination.MOST_ROWS_A_PAGE,
        "rows without page_size": pagination.MOST_ROWS,
        "dependencies": MOST_DEPENDENCIES,
        "score_delta": LARGEST_DELTA,
        "short id": lookup.SHORTEST_PREFIX,
        "Idempotency-Key": idempotency.LONGEST_KEY,
        "cron": LONGEST_CRON,
        "sub-tasks in a plan": planning.MOST_SUB_TASKS,
        "modules in a plan": planning.MOST_MODULES,
        "rules in a plan": planning.MOST_RULES,
    }

    rows = table("docs/api.md", "limits")

    assert {row[0].replace("`", ""): int(re.sub(r"[^\d]", "", row[1])) for row in rows} == limits


def test_the_document_lists_every_command_of_the_agents_tool():
    tool = [sys.executable, str(ROOT / "skills" / "task-cli.py"), "--help"]
    overview = subprocess.run(tool, capture_output=True, text=True, check=True).stdout.split("\noptions:")[0]
    # Two spaces, 38 columns of command and arguments, and what it does.
    commands = {line[2:40].strip() for line in overview.splitlines() if line.startswith("  ")}

    assert {code(row[0])[0] for row in table("docs/cli.md", "commands")} == commands


def our_commands() -> set[str]:
    return {command for command, app in get_commands().items() if app in OUR_APPS}


def test_the_document_lists_every_command_of_ours():
    assert {code(row[0])[0].split()[0] for row in table("docs/operations.md", "commands")} == our_commands()


@pytest.mark.parametrize("document", DOCUMENTS, ids=name)
def test_every_command_that_is_named_exists(document):
    named = set(re.findall(r"manage\.py ([a-z_]+)", document.read_text()))

    assert named <= set(get_commands())


def test_the_document_lists_every_page_that_the_console_leads_to(desk):
    addresses = [code(row[0])[0] for row in table("docs/console.md", "pages")]
    led_to = {
        reverse(name)
        for frame in ("parts/rail.html", "tasks/_panes.html", "scores/_tabs.html", "notifications/tabs.html")
        for name in re.findall(r"{% url '([a-z-]+)' %}", (ROOT / "templates" / frame).read_text())
    }

    assert led_to - {"/theme", "/logout"} <= set(addresses)
    for address in addresses:
        answer = desk.get(address)
        # Who is in already is sent on by the two doors.
        assert answer.status_code == (302 if address in ("/setup", "/login") else 200), address


@pytest.mark.django_db
def test_the_document_lists_every_metric_with_its_labels():
    Agent.objects.create(name="Erin", role=Role.EXECUTOR)
    RequestTally.objects.create(role=Role.EXECUTOR, status_class=2)
    walk(TIMETABLE)
    labels = {
        family.name: set().union(*(sample.labels for sample in family.samples)) - {"le"}
        for family in text_string_to_metric_families(metrics().decode())
    }

    assert {code(row[0])[0]: set(code(row[1])) for row in table("docs/operations.md", "metrics")} == labels


def test_the_document_lists_every_key_of_the_config_file():
    by_name = {"patrol": "patrol.…", "retention": "retention.…"}
    keys = {by_name.get(section, f"{section}.{key}"): name for name, (section, key) in SETTINGS.items()}
    rows = {code(key)[0]: code(setting) for key, setting in table("docs/operations.md", "config")}

    assert rows.keys() == keys.keys()
    assert all(keys[key] in setting for key, setting in rows.items() if key != by_name["patrol"])


def example_variables() -> set[str]:
    return set(re.findall(r"^#([A-Z_]+)=", (ROOT / ".env.example").read_text(), re.MULTILINE))


def test_the_document_lists_every_variable_of_the_environment():
    assert {code(row[0])[0] for row in table("docs/operations.md", "environment")} == example_variables()


@pytest.mark.parametrize("document", DOCUMENTS, ids=name)
def test_every_variable_that_is_named_exists(document):
    named = set(re.findall(r"\b(OPENMOSS_[A-Z_]+|DATABASE_URL|POSTGRES_\w+)\b", document.read_text()))
    elsewhere = {
        "OPENMOSS_URL": "skills/task-cli.py",
        "OPENMOSS_API_KEY": "skills/task-cli.py",
        "OPENMOSS_TIMEOUT": "skills/task-cli.py",
        "OPENMOSS_TEST_DATABASES": "test.sh",
        "OPENMOSS_TEST_POSTGRES_URL": "test.sh",
        "POSTGRES_PASSWORD": "compose.yaml",
    }

    for variable in named & elsewhere.keys():
        assert variable in (ROOT / elsewhere[variable]).read_text()
    assert named - elsewhere.keys() <= example_variables()


EXCERPTS = [block for document in DOCUMENTS for block in blocks(document) if block.mark.startswith("from ")]


@pytest.mark.parametrize("block", EXCERPTS, ids=lambda block: block.place)
def test_an_excerpt_stands_in_its_file_word_for_word(block):
    source = ROOT / block.mark.removeprefix("from ")

    assert f"\n{block.text}\n" in f"\n{source.read_text()}\n", f"{block.place} is not in {source}"


def test_there_are_excerpts():
    assert len(EXCERPTS) >= 5
