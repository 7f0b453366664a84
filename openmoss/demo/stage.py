"""The stage: each verb of the script is one call of a service, and a line in the request log."""

from django.db.models import Model

from agents import services as hiring
from agents.models import Agent
from agents.selectors import read_prompt
from notifications import services as telling
from notifications.models import Channel
from openmoss.clock import run_once
from openmoss.demo.outbox import send_waiting
from openmoss.demo.script import Step
from openmoss.demo.traffic import Traffic
from openmoss.jobs import TIMETABLE
from openmoss.models import JobClock, SiteSettings
from patrol import services as patrol
from patrol.models import Finding
from reviews.services import review
from scoring.services import adjust
from tasks import services as work
from tasks.models import Recurrence, SubTask
from tasks.workflow import TaskStatus

JOBS = {job.name: job for job in TIMETABLE}


class Stage:
    """Plays steps one after the other; what they made is known under its `ref` in the script."""

    def __init__(self, person, traffic: Traffic) -> None:
        self.person = person
        self.traffic = traffic
        self.made: dict[str, Model] = {}
        self.agents: dict[str, Agent] = {}

    def play(self, step: Step) -> None:
        """Do what the step says, as whoever it names: an agent, a person, or the clock."""
        getattr(self, f"_{step.verb}")(self._who(step.who), **step.args)

    def _who(self, name: str):
        if name == "admin":
            return self.person
        return self.agents[name] if name else None

    def _called(self, by, method: str, path: str, **body) -> None:
        """Note the call with which an agent did something; people and the clock call nothing."""
        if isinstance(by, Agent):
            self.traffic.note(by, method, path, {key: value for key, value in body.items() if value})

    def _sub_task(self, ref: str) -> SubTask:
        return SubTask.objects.for_agents().get(pk=self.made[ref].pk)

    # The company

    def _set_up(self, by, *, name: str, workspace: str) -> None:
        site = SiteSettings.load()
        site.project_name, site.workspace_root = name, workspace
        site.notifications_enabled = True
        site.save()

    def _hire(self, by, *, name: str, role: str, description: str) -> None:
        agent, _key = hiring.create_agent(name=name, role=role, description=description, by=by)
        self.agents[name] = agent
        self.traffic.begin(agent)

    def _enrol(self, by, *, name: str, role: str, description: str) -> None:
        hiring.enrol(name=name, role=role, description=description, by=by)

    def _add_prompt(self, by, *, role: str, slug: str, name: str, description: str, text: str) -> None:
        hiring.create_prompt(role=role, slug=slug, name=name, description=description, text=text, by=by)

    def _add_to_prompt(self, by, *, kind: str, slug: str, text: str) -> None:
        seen = read_prompt(kind, slug)
        hiring.edit_prompt(kind, slug, text=f"{seen.text.rstrip()}\n\n{text}", seen=seen.version, by=by)

    def _revert_prompt(self, by, *, kind: str, slug: str) -> None:
        hiring.revert_prompt(kind, slug, seen=read_prompt(kind, slug).version, by=by)

    def _add_channel(self, by, *, ref: str, address: str, name: str, events: list[str]) -> None:
        self.made[ref] = telling.add_channel(address=address, name=name, events=events, by=by)

    def _switch_off(self, by, *, about: str, left: int) -> None:
        channel = Channel.objects.get(pk=self.made[about].pk)
        send_waiting(channel, left=left)
        telling.edit_channel(channel, enabled=False, by=by)

    # The work

    def _open_task(self, by, *, ref: str, name: str, **fields) -> None:
        self.made[ref] = work.create_task(name=name, **fields, by=by)
        self._called(by, "POST", "/api/tasks", name=name, **fields)

    def _set_status(self, by, *, about: str, status: str) -> None:
        task = self.made[about]
        task.refresh_from_db()
        work.set_task_status(task, TaskStatus(status), by=by)
        self._called(by, "PUT", f"/api/tasks/{task.pk}/status", status=status)

    def _add_module(self, by, *, ref: str, task: str, name: str, description: str = "") -> None:
        self.made[ref] = work.create_module(self.made[task], name=name, description=description, by=by)
        self._called(
            by, "POST", f"/api/tasks/{self.made[task].pk}/modules", name=name, description=description
        )

    def _add_sub_task(
        self, by, *, ref: str, task: str, module: str = "", needs=(), given="", **brief
    ) -> None:
        to = self.agents[given] if given else None
        self.made[ref] = work.create_sub_task(
            self.made[task],
            module=self.made[module] if module else None,
            depends_on=[self.made[need] for need in needs],
            assignee=to,
            by=by,
            **brief,
        )
        body = brief | {"task_id": str(self.made[task].pk), "assigned_agent": to and str(to.pk)}
        self._called(by, "POST", "/api/sub-tasks", **body)

    def _begin_recurring(self, by, *, ref: str, task: str, day: int, needs=(), **template) -> None:
        sub_task = work.begin_recurring(
            self.made[task],
            depends_on=[self.made[f"{need}-{day}"] for need in needs],
            by=by,
            **template,
        )
        self.made[ref], self.made[f"{ref}-{day}"] = sub_task.recurrence, sub_task
        self._called(by, "POST", "/api/recurrences", **template)

    def _make_occurrences(self, by, *, day: int) -> None:
        self._run("create_occurrences")
        for ref, recurrence in list(self.made.items()):
            if isinstance(recurrence, Recurrence):
                self.made[f"{ref}-{day}"] = recurrence.sub_tasks.order_by("-occurrence")[0]

    def _claim(self, by, *, about: str) -> None:
        self._called(by, "GET", "/api/brief")
        sub_task = work.claim(self._sub_task(about), by=by)
        self._called(by, "POST", f"/api/sub-tasks/{sub_task.pk}/claim")
        self.traffic.note_late(by, f"/api/sub-tasks/{sub_task.pk}/claim")

    def _start(self, by, *, about: str, session: str) -> None:
        sub_task = work.start(self._sub_task(about), by=by, session_id=session or None)
        self._called(by, "POST", f"/api/sub-tasks/{sub_task.pk}/start", session_id=session)

    def _submit(self, by, *, about: str, session: str) -> None:
        sub_task = work.submit(self._sub_task(about), by=by, session_id=session or None)
        self._called(by, "POST", f"/api/sub-tasks/{sub_task.pk}/submit", session_id=session)

    def _say(self, by, *, action: str, text: str, about: str = "") -> None:
        sub_task = self._sub_task(about) if about else None
        session = sub_task.current_session_id if sub_task and sub_task.assignee_id == by.pk else None
        work.say(by=by, action=action, summary=text.strip(), sub_task=sub_task, session_id=session)
        told = {"sub_task_id": sub_task and str(sub_task.pk), "session_id": session}
        self._called(by, "POST", "/api/logs", action=action, summary=text.strip(), **told)

    def _review(self, by, *, about: str, score, issues: str = "", comment: str = "") -> None:
        self._called(by, "GET", "/api/brief")
        sub_task, result = self._sub_task(about), "rejected" if issues else "approved"
        verdict = {
            "result": result,
            "score": int(score),
            "issues": issues.strip(),
            "comment": comment.strip(),
        }
        review(sub_task, by=by, **verdict)
        self._called(by, "POST", "/api/review-records", sub_task_id=str(sub_task.pk), **verdict)

    def _unblock(self, by, *, about: str, why: str) -> None:
        sub_task = work.unblock(self._sub_task(about), by=by, why=why)
        self._called(by, "POST", f"/api/sub-tasks/{sub_task.pk}/unblock", reason=why)

    def _cancel(self, by, *, about: str, why: str) -> None:
        sub_task = work.cancel(self._sub_task(about), by=by, why=why)
        self._called(by, "POST", f"/api/sub-tasks/{sub_task.pk}/cancel", reason=why)

    def _write_rule(self, by, *, text: str, task: str = "", about: str = "") -> None:
        of_task = self.made[task] if task else None
        sub_task = self._sub_task(about) if about else None
        work.add_rule(content=text.strip(), task=of_task, sub_task=sub_task, by=by)
        self._called(by, "POST", "/api/rules/items", content=text.strip())

    def _adjust(self, by, *, name: str, delta: int, reason: str) -> None:
        adjust(self.agents[name], score_delta=delta, reason=reason, by=by)
        body = {"agent_id": str(self.agents[name].pk), "score_delta": delta, "reason": reason}
        self._called(by, "POST", "/api/scores/adjust", **body)

    # What stands still

    def _scan(self, by) -> None:
        self.traffic.see()
        self._run("patrol_scan")

    def _report(self, by, *, ref: str, about: str, kind: str, severity: str, text: str) -> None:
        finding = patrol.report(
            kind=kind, severity=severity, description=text, sub_task=self._sub_task(about), by=by
        )
        self.made[ref] = finding
        self._called(by, "POST", "/api/findings", kind=kind, severity=severity, description=text)

    def _resolve(self, by, *, about: str, why: str) -> None:
        finding = patrol.resolve(self.made[about], by=by, why=why)
        self._called(by, "POST", f"/api/findings/{finding.pk}/resolve", reason=why)

    def _ignore(self, by, *, about: str, kind: str, why: str) -> None:
        finding = Finding.objects.open().get(kind=kind, subject_id=self.made[about].pk)
        patrol.ignore(finding, by=by, why=why)
        self._called(by, "POST", f"/api/findings/{finding.pk}/ignore", reason=why)

    def _run(self, job: str) -> None:
        run_once(JOBS[job], JobClock.objects.get_or_create(name=job)[0])
