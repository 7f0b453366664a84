"""Tasks with their modules, and sub-tasks with their reviews; each with its rules."""

from collections import defaultdict
from collections.abc import Iterable
from uuid import UUID

from agents.models import Agent, AgentStatus
from openmoss.access import Role
from openmoss.legacy.database import OldDatabase, Row
from openmoss.legacy.people import Crew
from openmoss.legacy.report import Change, LeftOut
from openmoss.legacy.reviews import OldReviews
from openmoss.legacy.values import Values, id_of, own_id, whole_number
from openmoss.legacy.writing import Writer
from tasks.models import Kind, Module, Priority, Rule, RuleScope, SubTask, Task
from tasks.workflow import HELD, OPEN, TASK_OPEN, Status, TaskStatus

BATCH = 25
PRIORITIES = {"urgent": "high", "critical": "high", "normal": "medium"}
# The database wants to know whose work it is.
IN_A_NAME = frozenset({Status.REVIEW, Status.DONE})


class Work:
    """Brings tasks over and everything below them."""

    def __init__(self, old: OldDatabase, values: Values, crew: Crew, writer: Writer) -> None:
        self._old, self._values, self._crew, self._writer = old, values, crew, writer
        self._tasks: dict[UUID, str] = {}  # with its status here
        self._modules: dict[UUID, UUID] = {}  # with its task
        self.sub_tasks: dict[UUID, UUID] = {}  # with its task

    def bring(self) -> None:
        """Bring over everything; what belongs together comes in one transaction."""
        self._rules = _by_subject(self._new(Rule, self._old.rows("rule")))
        if of_all := self._rules_of(None, scope=RuleScope.GLOBAL):
            self._writer.write([of_all])
            self._values.report.tell(
                "The global rules hold now instead of the shipped ones: compare them with prompts/rules/global.md."
            )
        self._bring_tasks()
        self._bring_sub_tasks()
        self._leave_out(Rule, self._rules)

    def _bring_tasks(self) -> None:
        self._modules = {own_id(row): id_of(row["task_id"]) for row in self._old.rows("module")}
        modules = defaultdict(list)
        for row in self._new(Module, self._old.rows("module")):
            modules[id_of(row["task_id"])].append(row)
        for rows in self._old.batches("task", BATCH):
            known = self._writer.known(Task, map(own_id, rows), column="status")
            parcels = []
            for row in rows:
                task = [] if own_id(row) in known else [self._task(row)]
                self._tasks[own_id(row)] = known[own_id(row)] if not task else task[0].status
                parcels.append(
                    [
                        *task,
                        *map(self._module, modules.pop(own_id(row), [])),
                        *self._rules_of(own_id(row), scope=RuleScope.TASK),
                    ]
                )
            self._writer.write(parcels)
        self._leave_out(Module, modules)

    def _bring_sub_tasks(self) -> None:
        reviews = OldReviews(self._old, self._values, self._crew, self._writer)
        for rows in self._old.batches("sub_task", BATCH):
            known = self._writer.known(SubTask, map(own_id, rows))
            parcels = []
            for row in rows:
                if id_of(row["task_id"]) not in self._tasks:
                    self._values.report.leave_out(LeftOut.ORPHAN, SubTask, row["id"])
                    continue
                self.sub_tasks[own_id(row)] = id_of(row["task_id"])
                parcels.append(
                    [
                        *([] if own_id(row) in known else [self._sub_task(row)]),
                        *self._rules_of(own_id(row), scope=RuleScope.SUB_TASK),
                        *reviews.of(row),
                    ]
                )
            self._writer.write(parcels)
        reviews.leave_out_the_rest()

    def _task(self, row: Row) -> Task:
        values = self._values
        created_at = values.moment(Task, row, "created_at")
        return Task(
            id=values.new_id(Task, row),
            name=values.name(Task, row),
            description=values.text(Task, row, "description"),
            type=values.choice(Task, row, "type", Kind, otherwise=Kind.ONCE),
            status=values.choice(Task, row, "status", TaskStatus, otherwise=TaskStatus.PLANNING),
            created_at=created_at,
            updated_at=values.moment(Task, row, "updated_at", otherwise=created_at),
        )

    def _module(self, row: Row) -> Module:
        values = self._values
        return Module(
            id=values.new_id(Module, row),
            task_id=id_of(row["task_id"]),
            name=values.name(Module, row),
            description=values.text(Module, row, "description"),
            created_at=values.moment(Module, row, "created_at"),
        )

    def _rules_of(self, id: UUID | None, *, scope: RuleScope) -> list[Rule]:
        rules = []
        for row in self._rules.pop((scope, id), []):
            content = self._values.text(Rule, row, "content")
            if not content.strip():
                self._values.report.leave_out(LeftOut.EMPTY, Rule, row["id"])
                continue
            if row["scope"] != scope:
                self._values.report.change(Change.VALUE, Rule, row["id"])
            rules.append(
                Rule(
                    id=self._values.new_id(Rule, row),
                    scope=scope,
                    task_id=id if scope == RuleScope.TASK else None,
                    sub_task_id=id if scope == RuleScope.SUB_TASK else None,
                    content=content,
                    created_at=self._values.moment(Rule, row, "created_at"),
                )
            )
        return rules

    def _sub_task(self, row: Row) -> SubTask:
        values, report = self._values, self._values.report
        created_at = values.moment(SubTask, row, "created_at")
        updated_at = values.moment(SubTask, row, "updated_at", otherwise=created_at)
        status, assignee = self._standing(row)
        if status in HELD:
            report.change(Change.CLOCK, SubTask, row["id"])
            updated_at = values.now
        if row["recurring_config"]:
            report.change(Change.SCHEDULE, SubTask, row["id"])
        has_session = assignee and status not in (Status.BLOCKED, Status.CANCELLED)
        return SubTask(
            id=values.new_id(SubTask, row),
            task_id=id_of(row["task_id"]),
            module_id=self._module_of(row),
            name=values.name(SubTask, row),
            description=values.text(SubTask, row, "description"),
            deliverable=values.text(SubTask, row, "deliverable"),
            acceptance=values.text(SubTask, row, "acceptance"),
            type=values.choice(SubTask, row, "type", Kind, otherwise=Kind.ONCE),
            priority=values.choice(
                SubTask, row, "priority", Priority, also=PRIORITIES, otherwise=Priority.MEDIUM
            ),
            status=status,
            status_since=updated_at,
            assignee=assignee,
            assigned_at=updated_at if assignee else None,
            attempt=1 if assignee else 0,
            current_session_id=values.session(SubTask, row, "current_session_id") if has_session else None,
            rework_count=min(max(whole_number(row["rework_count"]), 0), 2**31 - 1),
            blocked_reason=self._blocked_reason(row, status),
            created_at=created_at,
            updated_at=updated_at,
            completed_at=self._completed_at(row, status, updated_at),
        )

    def _standing(self, row: Row) -> tuple[Status, Agent | None]:
        """Return where a sub-task stands here, and in whose hands."""
        status = self._values.choice(SubTask, row, "status", Status, otherwise=Status.BLOCKED)
        assignee = self._crew.get(row["assigned_agent"])
        change = None
        if status in OPEN and self._tasks[id_of(row["task_id"])] not in TASK_OPEN:
            status, change = Status.CANCELLED, Change.CLOSED
        elif status in HELD and not _can_go_on(assignee):
            status, assignee, change = Status.PENDING, None, Change.FREED
        elif status == Status.PENDING and assignee:
            assignee, change = None, Change.UNHELD
        elif status in IN_A_NAME and not assignee:
            assignee, change = self._crew.nobody(), Change.NOBODY
        if change:
            self._values.report.change(change, SubTask, row["id"])
        return status, assignee

    def _module_of(self, row: Row) -> UUID | None:
        module = id_of(row["module_id"])
        if module and self._modules.get(module) != id_of(row["task_id"]):
            self._values.report.change(Change.MODULE, SubTask, row["id"])
            return None
        return module

    def _completed_at(self, row: Row, status: Status, updated_at):
        completed_at = self._values.moment_or_none(row["completed_at"])
        if bool(completed_at) != (status == Status.DONE):
            self._values.report.change(Change.DATE, SubTask, row["id"])
        return (completed_at or updated_at) if status == Status.DONE else None

    def _blocked_reason(self, row: Row, status: Status) -> str:
        old = self._values.text(SubTask, row, "status")
        if status != Status.BLOCKED or old.strip().lower() == Status.BLOCKED:
            return ""
        return f"Its status on the earlier server was '{old}', which is unknown here."

    def _new(self, model, rows: Iterable[Row]) -> list[Row]:
        rows = list(rows)
        known = self._writer.known(model, map(own_id, rows))
        return [row for row in rows if own_id(row) not in known]

    def _leave_out(self, model, groups: dict) -> None:
        for rows in groups.values():
            for row in rows:
                self._values.report.leave_out(LeftOut.ORPHAN, model, row["id"])


def _by_subject(rules: list[Row]) -> dict[tuple[RuleScope, UUID | None], list[Row]]:
    """Return rules by what they are about; one of no known scope is about what it names."""
    groups = defaultdict(list)
    for row in rules:
        sub_task, task = id_of(row["sub_task_id"]), id_of(row["task_id"])
        scope = row["scope"]
        if scope not in RuleScope.values:
            scope = RuleScope.SUB_TASK if sub_task else RuleScope.TASK if task else RuleScope.GLOBAL
        subject = {RuleScope.SUB_TASK: sub_task, RuleScope.TASK: task}.get(scope)
        groups[RuleScope(scope), subject].append(row)
    return groups


def _can_go_on(agent: Agent | None) -> bool:
    """Say whether it may move work in its hands on; one that is disabled may be enabled again."""
    return agent is not None and agent.role == Role.EXECUTOR and agent.status != AgentStatus.RETIRED
