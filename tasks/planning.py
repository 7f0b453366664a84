"""From a plan document to a plan that can be carried out, or to everything that is wrong with it at once."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from rest_framework import serializers

from agents.models import Agent
from openmoss.api.fields import IdField, NameField, TextField
from openmoss.api.lookup import find
from openmoss.errors import Invalid, Refusal
from tasks.models import Kind, Priority, SubTask, Task, eligible_executors
from tasks.serializers import RecurringConfigSerializer

MOST_SUB_TASKS = 10_000
MOST_MODULES = 500
MOST_RULES = 100
MOST_FAULTS = 200


class RefField(NameField):
    """A name that is good inside one document only."""

    def __init__(self, **kwargs) -> None:
        super().__init__(max_length=100, required=False, **kwargs)


class RulesField(serializers.ListField):
    def __init__(self) -> None:
        super().__init__(
            child=TextField(allow_blank=False, required=True), required=False, max_length=MOST_RULES
        )


class PlannedTaskSerializer(serializers.Serializer):
    name = NameField()
    description = TextField(default="")
    type = serializers.ChoiceField(Kind.choices, default=Kind.ONCE)


class PlannedModuleSerializer(serializers.Serializer):
    ref = RefField()
    name = NameField()
    description = TextField(default="")


class PlannedSubTaskSerializer(serializers.Serializer):
    ref = RefField()
    module = RefField(allow_null=True, help_text="The ref of a module of this plan.")
    name = NameField()
    description = TextField(default="")
    deliverable = TextField(default="")
    acceptance = TextField(
        required=True,
        allow_blank=False,
        help_text="How a reviewer tells that it is done.",
        error_messages={
            "blank": "Say how a reviewer can check that it is done.",
            "required": "Say how a reviewer can check that it is done.",
        },
    )
    priority = serializers.ChoiceField(Priority.choices, default=Priority.MEDIUM)
    type = serializers.ChoiceField(Kind.choices, default=Kind.ONCE)
    recurring_config = RecurringConfigSerializer(required=False, allow_null=True)
    depends_on = serializers.ListField(
        child=NameField(),
        required=False,
        max_length=100,
        help_text="Refs of this plan, or ids of the same task.",
    )
    assign = NameField(required=False, allow_null=True, help_text="Name or id of an active executor.")
    rules = RulesField()


class PlanSerializer(serializers.Serializer):
    """A whole plan: a new `task`, or `task_id` of an open one to extend."""

    task = PlannedTaskSerializer(required=False)
    task_id = IdField(required=False)
    activate = serializers.BooleanField(default=False, help_text="Set the task active at once.")
    rules = RulesField()
    modules = PlannedModuleSerializer(many=True, required=False)
    sub_tasks = PlannedSubTaskSerializer(many=True, required=False)
    dry_run = serializers.BooleanField(default=False, help_text="Check everything, write nothing.")


@dataclass
class Planned:
    """One sub-task of a plan with its refs resolved."""

    fields: dict
    module: str | None
    assignee: Agent | None
    needs_planned: list[str]
    needs_existing: list[SubTask]
    recurring_config: dict | None
    rules: list[str]
    ref: str


@dataclass
class Plan:
    """A plan without faults."""

    task: Task | None
    task_fields: dict
    activate: bool
    rules: list[str]
    modules: dict[str, dict]
    sub_tasks: list[Planned]
    dry_run: bool


@dataclass
class Faults:
    """Everything that is wrong, by its place in the document: `sub_tasks.3.depends_on`."""

    by_place: dict[str, list[str]] = field(default_factory=dict)

    def add(self, place: str, why: str) -> None:
        self.by_place.setdefault(place, []).append(why)

    def add_errors(self, place: str, errors: dict) -> None:
        for name, messages in errors.items():
            for message in _flat(messages):
                self.add(f"{place}.{name}".strip("."), message)

    def raise_if_any(self) -> None:
        if not self.by_place:
            return
        count = sum(len(messages) for messages in self.by_place.values())
        place, messages = next(iter(self.by_place.items()))
        shown = dict(list(self.by_place.items())[:MOST_FAULTS])
        raise Invalid(
            f"The plan has {count} fault{'s' if count > 1 else ''}; nothing was written. {place}: {messages[0]}",
            hint="`fields` names the place of each. Mend all of them and send the whole plan again.",
            fields=shown,
        )


def read_plan(document: dict) -> Plan:
    """Return the plan in `document`; raise Invalid that lists every fault with its place."""
    faults = Faults()
    _check_sizes(document, faults)
    faults.raise_if_any()
    head = _validated(
        PlanSerializer,
        {k: v for k, v in document.items() if k not in ("modules", "sub_tasks", "task")},
        "",
        faults,
    )
    task_fields = {}
    if "task" in document:
        task_fields = _validated(PlannedTaskSerializer, document["task"], "task", faults)
    task = _existing_task(document, head, faults)
    modules = _read_modules(document.get("modules") or [], faults)
    sub_tasks = _read_sub_tasks(document.get("sub_tasks") or [], modules, task, faults)
    faults.raise_if_any()
    return Plan(
        task=task,
        task_fields=task_fields,
        activate=head["activate"],
        rules=head.get("rules", []),
        modules=modules,
        sub_tasks=sub_tasks,
        dry_run=head["dry_run"],
    )


def _check_sizes(document: dict, faults: Faults) -> None:
    for name, most in (("modules", MOST_MODULES), ("sub_tasks", MOST_SUB_TASKS)):
        items = document.get(name)
        if items is not None and not isinstance(items, list):
            faults.add(name, "Give a list.")
        elif items and len(items) > most:
            faults.add(name, f"A plan holds at most {most:,} of these; this one has {len(items):,}.")


def _validated(serializer_class, item, place: str, faults: Faults) -> dict:
    """Return the validated item, or nothing and its faults noted."""
    if not isinstance(item, dict):
        faults.add(place, "Give an object with named fields.")
        return {}
    serializer = serializer_class(data=item)
    if serializer.is_valid():
        return serializer.validated_data
    faults.add_errors(place, serializer.errors)
    return {}


def _validated_items(serializer_class, items: list, name: str, faults: Faults) -> list[dict]:
    """Return the validated items; on faults note them and return what can still be told of each."""
    serializer = serializer_class(data=items, many=True)
    if serializer.is_valid():
        return [dict(item) for item in serializer.validated_data]
    said = serializer.errors
    for index, errors in said.items() if isinstance(said, dict) else enumerate(said):
        if isinstance(items[index], dict):
            faults.add_errors(f"{name}.{index}", errors)
        else:
            faults.add(f"{name}.{index}", "Give an object with named fields.")
    return [_still_readable(item) for item in items]


def _still_readable(item) -> dict:
    """Return what a faulty item says of others, so that faults between items are found in the same go."""
    if not isinstance(item, dict):
        return {}
    texts = {name: item[name] for name in ("ref", "module", "assign") if isinstance(item.get(name), str)}
    needs = item.get("depends_on")
    if isinstance(needs, list) and all(isinstance(need, str) for need in needs):
        texts["depends_on"] = needs
    return texts


def _existing_task(document: dict, head: dict, faults: Faults) -> Task | None:
    if ("task" in document) == ("task_id" in document):
        faults.add("task", "Give either a new task or the task_id of an open one.")
        return None
    if not head.get("task_id"):
        return None
    try:
        task = find(Task.objects.all(), head["task_id"])
    except Refusal as refusal:
        faults.add("task_id", refusal.detail)
        return None
    if not task.is_open:
        faults.add(
            "task_id", f"Task '{task}' is {task.get_status_display().lower()}; nothing can be added to it."
        )
    return task


def _read_modules(items: list, faults: Faults) -> dict[str, dict]:
    modules: dict[str, dict] = {}
    for index, module in enumerate(_validated_items(PlannedModuleSerializer, items, "modules", faults)):
        ref = module.pop("ref", None) or f"#{index}"
        if ref in modules:
            faults.add(f"modules.{index}.ref", f"The ref '{ref}' stands twice.")
        modules[ref] = module
    return modules


def _read_sub_tasks(items: list, modules: dict, task: Task | None, faults: Faults) -> list[Planned]:
    agents = _Agents()
    planned: dict[str, Planned] = {}
    places: dict[str, str] = {}
    for index, fields in enumerate(_validated_items(PlannedSubTaskSerializer, items, "sub_tasks", faults)):
        place = f"sub_tasks.{index}"
        ref = fields.pop("ref", None) or f"#{index}"
        module = fields.pop("module", None)
        if module is not None and module not in modules:
            faults.add(f"{place}.module", f"No module of this plan has the ref '{module}'.")
        if ref in planned:
            faults.add(f"{place}.ref", f"The ref '{ref}' stands twice.")
            ref = f"#{index}"
        planned[ref] = Planned(
            ref=ref,
            module=module,
            needs_planned=list(dict.fromkeys(fields.pop("depends_on", []))),
            needs_existing=[],
            assignee=agents.find(fields.pop("assign", None), f"{place}.assign", faults),
            recurring_config=fields.pop("recurring_config", None),
            rules=fields.pop("rules", []),
            fields=fields,
        )
        places[ref] = place
    _resolve_dependencies(planned, places, task, faults)
    _refuse_circles(planned, places, faults)
    return list(planned.values())


def _resolve_dependencies(
    planned: dict[str, Planned], places: dict, task: Task | None, faults: Faults
) -> None:
    for ref, sub_task in planned.items():
        place = f"{places[ref]}.depends_on"
        for need in list(sub_task.needs_planned):
            if need in planned:
                continue
            sub_task.needs_planned.remove(need)
            if task is None:
                faults.add(place, f"No sub-task of this plan has the ref '{need}'.")
                continue
            try:
                sub_task.needs_existing.append(find(task.sub_tasks.all(), need))
            except Refusal:
                faults.add(
                    place, f"'{need}' is neither a ref of this plan nor the id of a sub-task of '{task}'."
                )


def _refuse_circles(planned: dict[str, Planned], places: dict, faults: Faults) -> None:
    """Take away what waits for nothing until only circles and what waits for them are left."""
    left = {ref: set(sub_task.needs_planned) for ref, sub_task in planned.items()}
    waited_for: dict[str, list[str]] = {}
    for ref, needs in left.items():
        for need in needs:
            waited_for.setdefault(need, []).append(ref)
    free = [ref for ref, needs in left.items() if not needs]
    while free:
        done = free.pop()
        del left[done]
        for ref in waited_for.get(done, ()):
            left[ref].discard(done)
            if not left[ref]:
                free.append(ref)
    seen: set[str] = set()
    for ref in left:
        if ref in seen:
            continue
        way: list[str] = []
        step = ref
        while step not in way and step not in seen:
            way.append(step)
            step = next(iter(left[step]))
        seen.update(way)
        if step in way:
            circle = [*way[way.index(step) :], step]
            faults.add(f"{places[step]}.depends_on", f"A circle: {' needs '.join(circle)}.")


class _Agents:
    """Finds executors by name or id and remembers them: plans name the same few again and again."""

    def __init__(self) -> None:
        self._found: dict[str, Agent | str] = {}

    def find(self, name: str | None, place: str, faults: Faults) -> Agent | None:
        if not name:
            return None
        if name not in self._found:
            self._found[name] = self._look_up(name)
        found = self._found[name]
        if isinstance(found, str):
            faults.add(place, found)
            return None
        return found

    def _look_up(self, name: str) -> Agent | str:
        try:
            agent = Agent.objects.filter(name=name).first() or find(Agent.objects.all(), name)
        except Refusal as refusal:
            return (
                f"Nobody here is named '{name}' or has such an id."
                if refusal.code == "not_found"
                else refusal.detail
            )
        if not eligible_executors().filter(pk=agent.pk).exists():
            return f"{agent.name} is a {agent.role}, {agent.status}; work goes to an active executor."
        return agent


def _flat(messages) -> Iterable[str]:
    if isinstance(messages, dict):
        for place, inner in messages.items():
            yield from (f"[{place}] {message}" for message in _flat(inner))
    elif isinstance(messages, list):
        for inner in messages:
            yield from _flat(inner)
    else:
        yield str(messages)
