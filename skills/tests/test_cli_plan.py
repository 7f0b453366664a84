"""A plan goes to the server as it was written; what comes back is a list of ids, or of faults by place."""

from __future__ import annotations

import json

import pytest
import yaml

PLAN = "task: {name: Feed}\nsub_tasks:\n  - {ref: a, name: Parse, acceptance: It works}"
ROWS = {
    "dry_run": False,
    "task_id": "id-of-task",
    "task_name": "Feed",
    "status": "planning",
    "modules": [{"ref": "m", "id": "id-of-m", "name": "Read"}],
    "sub_tasks": [{"ref": "a", "id": "id-of-a", "name": "Parse"}, {"ref": "#1", "id": "id-of-b", "name": "Sort"}],
}  # fmt: skip


@pytest.fixture
def written(desk):
    """Write a file at the desk and return its name."""

    def write(name: str, text: str | bytes) -> str:
        (desk.home / name).write_bytes(text.encode() if isinstance(text, str) else text)
        return name

    return write


def test_plan_prints_refs_with_ids_and_what_is_next(desk, office, written):
    office.says(ROWS)
    then = 'then log create plan "<what and why>", then st list --task-id id-of-task'

    said = desk.run("plan", written("plan.yaml", PLAN))

    assert (said.code, said.err) == (0, "")
    assert said.out.splitlines() == [
        "Written: Feed",
        "task: id-of-task",
        "status: planning",
        "Modules: 1",
        "- m: Read | id: id-of-m",
        "Sub-tasks: 2",
        "- a: Parse | id: id-of-a",
        "- #1: Sort | id: id-of-b",
        f"Next: task status id-of-task active, {then}",
    ]
    (call,) = office.calls
    assert (call.method, call.path) == ("POST", "/api/tasks/plan")
    assert call.headers["idempotency-key"]


def test_active_plan_is_not_activated_again(desk, office, written):
    office.says({**ROWS, "status": "active"})

    assert "task status" not in desk.run("plan", written("plan.yaml", PLAN)).out


@pytest.mark.parametrize(
    ("name", "text", "form"),
    [
        ("plan.yaml", PLAN, "yaml"),
        ("plan.YML", "{task: {name: Feed}}", "yaml"),
        ("plan.json", '{"task": {"name": "二"}}', "json"),
        ("plan", PLAN, "yaml"),
        ("marked.yaml", f"\ufeff{PLAN}", "yaml"),
        ("plan", ' \n{"task": {}}', "json"),
    ],
)
def test_file_is_sent_as_it_is(desk, office, written, name, text, form):
    office.says(ROWS)

    said = desk.run("plan", written(name, text))

    assert said.code == 0
    assert office.calls[0].raw == text.encode().replace(b"\xef\xbb\xbf", b"")
    assert office.calls[0].headers["content-type"] == f"application/{form}"


@pytest.mark.parametrize(("text", "form"), [(PLAN, "yaml"), ('{"task": {}}', "json")])
def test_dash_reads_the_plan_from_standard_input(desk, office, text, form):
    office.says(ROWS)

    said = desk.run("plan", "-", stdin=f"\ufeff{text}\n".encode())

    assert said.code == 0
    assert office.calls[0].raw == text.encode()
    assert office.calls[0].headers["content-type"] == f"application/{form}"


# Dry runs


@pytest.mark.parametrize(
    "text",
    [
        PLAN,
        PLAN + "\n",
        PLAN.replace("\n", "\r\n"),
        PLAN + "  # the end",
        "task:\n  name: Feed\n  description: |+\n    dry_run: false\n\n",
        "---\ntask:\n  name: >\n    dry_run: false",
        "task: {name: 'one\n\n  two'}",
    ],
)
def test_dry_run_of_yaml_is_marked_at_the_top(desk, office, written, text):
    office.says({**ROWS, "dry_run": True})

    said = desk.run("plan", "--dry-run", written("plan.yaml", text))

    assert said.code == 0
    sent = yaml.safe_load(office.calls[0].raw)
    assert sent.pop("dry_run") is True
    assert sent["task"]["name"].strip() == yaml.safe_load(text)["task"]["name"].strip()


@pytest.mark.parametrize(
    "text",
    ['task: {name: "Feed', "{task: {name: Feed}}", "task: [", PLAN + "\n...", "  task: {}", "- 1", "text"],
)
def test_dry_run_that_cannot_be_marked_is_never_a_plan(desk, office, written, text):
    desk.run("plan", "--dry-run", written("plan.yaml", text))

    with pytest.raises(yaml.YAMLError):
        yaml.safe_load(office.calls[0].raw)


@pytest.mark.parametrize("line", ["dry_run: false", "dry_run : true", '"dry_run": no', "'dry_run': x"])
def test_dry_run_of_a_plan_that_says_so_itself_is_refused(desk, office, written, line):
    said = desk.run("plan", "--dry-run", written("plan.yaml", f"{line}\n{PLAN}"))

    assert said.code == 2
    assert "dry_run of its own" in said.out
    assert office.calls == []


def test_dry_run_of_json_sets_the_field(desk, office, written):
    office.says({**ROWS, "dry_run": True})

    said = desk.run("plan", "--dry-run", written("plan.json", '{"task": {"name": "二"}, "dry_run": false}'))

    assert said.code == 0
    assert office.calls[0].body == {"task": {"name": "二"}, "dry_run": True}


@pytest.mark.parametrize("text", ["{", "[1]", "[" * 100_000, "12"])
def test_dry_run_of_json_that_is_no_object_asks_nothing(desk, office, written, text):
    said = desk.run("plan", "--dry-run", written("plan.json", text))

    assert said.code == 1
    assert "not a JSON object" in said.out
    assert office.calls == []


def test_dry_run_prints_no_ids_as_they_name_nothing(desk, office, written):
    office.says({**ROWS, "dry_run": True})

    said = desk.run("plan", "--dry-run", written("plan.yaml", PLAN))

    assert said.out.splitlines() == [
        "No fault found, nothing written: Feed",
        "Modules: 1",
        "- m: Read",
        "Sub-tasks: 2",
        "- a: Parse",
        "- #1: Sort",
        "Next: the same without the dry run",
    ]


# Faults


def test_every_fault_is_printed_in_the_order_of_the_plan(desk, office, written):
    places = ["task.name", "sub_tasks.10.acceptance", "sub_tasks.9.depends_on", "modules.1.ref"]
    office.says(
        {
            "code": "invalid",
            "detail": "The plan has 5 faults.",
            "hint": "Mend all.",
            "fields": {place: ["Bad."] for place in places} | {"sub_tasks.2": ["One.", "Two."]},
        },
        status=400,
    )

    said = desk.run("plan", written("plan.yaml", PLAN))

    assert said.code == 1
    assert said.out.splitlines() == [
        "Error 400 invalid: The plan has 5 faults.",
        "Hint: Mend all.",
        "- modules.1.ref: Bad.",
        "- sub_tasks.2: One.",
        "- sub_tasks.2: Two.",
        "- sub_tasks.9.depends_on: Bad.",
        "- sub_tasks.10.acceptance: Bad.",
        "- task.name: Bad.",
    ]


@pytest.mark.parametrize("name", ["missing.yaml", ".", "a\x7f/b", ""])
def test_file_that_cannot_be_read_asks_nothing(desk, office, name):
    said = desk.run("plan", name)

    assert said.code == 2
    assert said.out.startswith("Error: ")
    assert office.calls == []


def test_file_that_is_no_text_asks_nothing(desk, office, written):
    said = desk.run("plan", written("plan.yaml", b"\xff\xfe"))

    assert (said.code, office.calls) == (2, [])


def test_plan_without_a_file_says_what_to_give(desk, office):
    said = desk.run("plan")

    assert said.code == 2
    assert "plan --example" in said.out
    assert office.calls == []


# The example


def test_example_is_a_plan_that_explains_itself(desk, office):
    said = desk.run("plan", "--example", OPENMOSS_API_KEY=None)

    assert (said.code, said.err, office.calls) == (0, "", [])
    plan = yaml.safe_load(said.out)
    assert set(plan) == {"task", "activate", "rules", "modules", "sub_tasks"}
    refs = [part["ref"] for part in plan["sub_tasks"]]
    modules = {module["ref"] for module in plan["modules"]}
    for number, part in enumerate(plan["sub_tasks"]):
        assert part["acceptance"].strip()
        assert part["module"] in modules
        assert set(part.get("depends_on", ())) <= set(refs[:number])
        assert "assign" not in part  # nobody knows who has joined
    for word in ("task_id:", "assign:", "type:", "priority:", "rules:", "--dry-run"):
        assert word in said.out


def test_example_can_be_sent_back(desk, office):
    office.says(ROWS)
    example = desk.run("plan", "--example").out

    assert desk.run("plan", "-", "--dry-run", stdin=example.encode()).code == 0
    assert yaml.safe_load(office.calls[0].raw) == {**yaml.safe_load(example), "dry_run": True}
    assert json.dumps(yaml.safe_load(example))
