"""What agents asked of the API, as sentences: "claimed Collect sources", and not "POST /api/sub-tasks/…"."""

import json
import re
from collections.abc import Iterable

from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from agents.models import Agent, RequestLog
from openmoss import markdown
from openmoss.api.lookup import find_those
from openmoss.templatetags.console import label
from patrol.models import Finding
from tasks.models import Action, Recurrence, SubTask, Task

LONGEST_NAME = 80

# What a call did, and what it would have done had it not been refused.
_SENTENCES = {
    "POST tasks": (lazy("opened {task}"), lazy("could not open {task}")),
    "POST tasks/plan": (lazy("handed in a whole plan"), lazy("could not hand in its plan")),
    "PUT tasks/<id>": (lazy("edited {task}"), lazy("could not edit {task}")),
    "PUT tasks/<id>/status": (lazy("moved {task} on"), lazy("could not move {task} on")),
    "POST tasks/<id>/cancel": (lazy("cancelled {task}"), lazy("could not cancel {task}")),
    "POST tasks/<id>/modules": (lazy("added a module to {task}"), lazy("could not add a module to {task}")),
    "POST sub-tasks": (lazy("added {sub_task}"), lazy("could not add {sub_task}")),
    "PUT sub-tasks/<id>": (lazy("edited {sub_task}"), lazy("could not edit {sub_task}")),
    "POST sub-tasks/claim-next": (lazy("asked for its next work"), lazy("asked for its next work in vain")),
    "POST sub-tasks/<id>/claim": (lazy("claimed {sub_task}"), lazy("could not claim {sub_task}")),
    "POST sub-tasks/<id>/claim and start": (lazy("claimed {sub_task} and started it"), ""),
    "POST sub-tasks/<id>/start": (lazy("started {sub_task}"), lazy("could not start {sub_task}")),
    "POST sub-tasks/<id>/submit": (
        lazy("submitted {sub_task} for review"),
        lazy("could not submit {sub_task}"),
    ),
    "POST sub-tasks/<id>/session": (
        lazy("goes on with {sub_task} in another session"),
        lazy("could not go on with {sub_task} in another session"),
    ),
    "POST sub-tasks/<id>/release": (lazy("gave {sub_task} back"), lazy("could not give {sub_task} back")),
    "POST sub-tasks/<id>/block": (lazy("blocked {sub_task}"), lazy("could not block {sub_task}")),
    "POST sub-tasks/<id>/unblock": (lazy("unblocked {sub_task}"), lazy("could not unblock {sub_task}")),
    "POST sub-tasks/<id>/reassign": (
        lazy("handed {sub_task} to {agent}"),
        lazy("could not hand {sub_task} to {agent}"),
    ),
    "POST sub-tasks/<id>/cancel": (lazy("cancelled {sub_task}"), lazy("could not cancel {sub_task}")),
    "POST sub-tasks/<id>/complete": (lazy("approved {sub_task}"), lazy("could not approve {sub_task}")),
    "POST sub-tasks/<id>/rework": (lazy("sent {sub_task} back"), lazy("could not send {sub_task} back")),
    "POST review-records": (lazy("reviewed {sub_task}"), lazy("could not review {sub_task}")),
    "POST review-records approved": (
        lazy("approved {sub_task} with {score} of 5"),
        lazy("could not approve {sub_task}"),
    ),
    "POST review-records rejected": (
        lazy("sent {sub_task} back with {score} of 5"),
        lazy("could not send {sub_task} back"),
    ),
    "POST recurrences": (lazy("set up recurring work"), lazy("could not set up recurring work")),
    "PUT recurrences/<id>": (lazy("edited {recurrence}"), lazy("could not edit {recurrence}")),
    "POST recurrences/<id>/pause": (lazy("paused {recurrence}"), lazy("could not pause {recurrence}")),
    "POST recurrences/<id>/resume": (lazy("resumed {recurrence}"), lazy("could not resume {recurrence}")),
    "POST recurrences/<id>/end": (lazy("ended {recurrence}"), lazy("could not end {recurrence}")),
    "POST rules/items": (lazy("wrote a rule"), lazy("could not write a rule")),
    "DELETE rules/items/<id>": (lazy("deleted a rule"), lazy("could not delete a rule")),
    "POST logs": (lazy("wrote a note"), lazy("could not write a note")),
    "POST logs about work": (
        lazy("wrote a note about {sub_task}: {action}"),
        lazy("could not write a note about {sub_task}"),
    ),
    "POST scores/adjust": (
        lazy("changed the score of {agent}"),
        lazy("could not change the score of {agent}"),
    ),
    "POST findings": (lazy("reported a finding"), lazy("could not report a finding")),
    "POST findings/<id>/resolve": (lazy("resolved {finding}"), lazy("could not resolve {finding}")),
    "POST findings/<id>/ignore": (lazy("ignores {finding}"), lazy("could not set {finding} aside")),
}
# What it looked at; that a look was in vain is said in one way for all.
_LOOKS = {
    "GET peek": lazy("looked whether there is work"),
    "GET brief": lazy("asked what there is to do"),
    "GET agents": lazy("looked who works here"),
    "GET agents/me": lazy("asked who it is"),
    "GET agents/me/skill": lazy("fetched its skill"),
    "GET agents/me/skill-bundle": lazy("fetched its skill and the tool"),
    "GET rules": lazy("read the rules"),
    "GET rules/items": lazy("looked through the rules"),
    "GET config/notification": lazy("asked whom to tell"),
    "GET tasks": lazy("looked through the tasks"),
    "GET tasks/<id>": lazy("read {task}"),
    "GET tasks/<id>/modules": lazy("read the modules of {task}"),
    "GET sub-tasks": lazy("looked through the sub-tasks"),
    "GET sub-tasks/mine": lazy("looked at its own work"),
    "GET sub-tasks/available": lazy("looked for free work"),
    "GET sub-tasks/latest": lazy("looked at its latest work"),
    "GET sub-tasks/<id>": lazy("read {sub_task}"),
    "GET recurrences": lazy("looked through the recurring work"),
    "GET recurrences/<id>": lazy("read {recurrence}"),
    "GET review-records": lazy("looked through the reviews"),
    "GET review-records/<id>": lazy("read a review"),
    "GET scores/leaderboard": lazy("looked at the leaderboard"),
    "GET scores/me": lazy("looked at its score"),
    "GET scores/me/logs": lazy("read why its score is what it is"),
    "GET scores/<id>/logs": lazy("read the scores of {agent}"),
    "GET logs": lazy("read what others wrote"),
    "GET logs/mine": lazy("read its own notes"),
    "GET findings": lazy("looked through the findings"),
    "GET findings/<id>": lazy("read {finding}"),
    "GET why": lazy("asked why nothing moves"),
}
KNOWN = _SENTENCES.keys() | _LOOKS.keys()

_NOUNS = {
    "task": lazy("a task"),
    "sub_task": lazy("a sub-task"),
    "recurrence": lazy("recurring work"),
    "finding": lazy("a finding"),
    "agent": lazy("an agent"),
}
_FOLDERS = {
    "tasks": "task",
    "sub-tasks": "sub_task",
    "recurrences": "recurrence",
    "findings": "finding",
    "scores": "agent",
}
_ROWS = {
    "task": lambda: Task.objects.only("name"),
    "sub_task": lambda: SubTask.objects.only("name"),
    "recurrence": lambda: Recurrence.objects.select_related("task").only("name", "task__name"),
    "finding": lambda: Finding.objects.only("pk"),
    "agent": lambda: Agent.objects.only("name", "role"),
}
# No word of an address is made of these letters alone.
_ID = re.compile(r"[0-9a-f][0-9a-f-]{5,35}", re.IGNORECASE)


class Call:
    """A row of the request log, and what it was about."""

    def __init__(self, row: RequestLog) -> None:
        self.row = row
        self.body = _object(row.body)
        parts = row.path.strip("/").split("/")[1:]
        self.key = f"{row.method} {'/'.join('<id>' if _ID.fullmatch(part) else part for part in parts)}"
        self.ids = {}
        if len(parts) > 1 and parts[0] in _FOLDERS and _ID.fullmatch(parts[1]):
            self.ids[_FOLDERS[parts[0]]] = parts[1]
        for noun in ("sub_task", "agent") if self.is_change else ():
            if id := _text(self.body, f"{noun}_id"):
                self.ids.setdefault(noun, id)

    @property
    def is_change(self) -> bool:
        return self.row.method != "GET"

    @property
    def failed(self) -> bool:
        return self.row.status >= 400

    def is_start_after(self, other: "Call") -> bool:
        """Say whether this call began the work that the other one claimed."""
        claimed, started = other.key.endswith("<id>/claim"), self.key.endswith("<id>/start")
        return claimed and started and not (self.failed or other.failed) and self.ids == other.ids


class Teller:
    """Tells calls as sentences; for people outside without links and without words from the bodies."""

    def __init__(self, calls: Iterable[Call], *, inside: bool) -> None:
        self.inside = inside
        ids = {noun: set() for noun in _NOUNS}
        for call in calls:
            for noun, id in call.ids.items():
                ids[noun].add(id)
        self._rows = {noun: find_those(_ROWS[noun](), ids[noun]) for noun in _NOUNS if ids[noun]}

    def sentence(self, call: Call, *, also_started: bool = False) -> SafeString:
        """Return what a call did as a sentence without its subject, for example `claimed <a>Collect</a>`."""
        key = self._key(call, also_started)
        if call.is_change and key in _SENTENCES:
            said = _SENTENCES[key][call.failed]
        elif key in _LOOKS and not call.failed:
            said = _LOOKS[key]
        else:
            asked = _("asked in vain for {address}") if call.failed else _("called {address}")
            return format_html(asked, address=self._address(call))
        things = {noun: self._thing(noun, call) for noun in _NOUNS}
        score, action = call.body.get("score", ""), label(_text(call.body, "action"))
        return format_html(str(said), score=score, action=action, **things)

    def _key(self, call: Call, also_started: bool) -> str:
        if also_started:
            return f"{call.key} and start"
        if call.key == "POST review-records" and type(call.body.get("score")) is int:
            judged = f"{call.key} {_text(call.body, 'result')}"
            return judged if judged in _SENTENCES else call.key
        if call.key == "POST logs" and "sub_task" in call.ids and _text(call.body, "action") in Action.values:
            return f"{call.key} about work"
        return call.key

    def _thing(self, noun: str, call: Call) -> SafeString | str:
        row = self._rows.get(noun, {}).get(call.ids.get(noun, ""))
        if row is None:
            new = call.key in ("POST tasks", "POST sub-tasks") and _FOLDERS[call.key[5:]] == noun
            name = _shown(_text(call.body, "name")) if new and self.inside else ""
            return format_html("<b>{}</b>", name) if name else _NOUNS[noun]
        if noun == "finding":
            return self._named(_NOUNS[noun], row.get_absolute_url()) if self.inside else _NOUNS[noun]
        return self._named(_shown(row.name), _address_of(row))

    def _named(self, name: str, url: str) -> SafeString:
        if not self.inside:
            return format_html("<b>{}</b>", name)
        return format_html('<a href="{}">{}</a>', url, name)

    def _address(self, call: Call) -> str:
        return _shown(f"{call.row.method} {call.row.path}") if self.inside else _("something else")


def _address_of(row) -> str:
    return row.task.get_absolute_url() if isinstance(row, Recurrence) else row.get_absolute_url()


def _shown(name: str) -> str:
    name = markdown.plain(" ".join(name.split()))
    return name if len(name) <= LONGEST_NAME else f"{name[: LONGEST_NAME - 1]}…"


def _object(body: str | None) -> dict:
    try:
        read = json.loads(body or "{}")
    except (ValueError, RecursionError):
        return {}
    return read if isinstance(read, dict) else {}


def _text(body: dict, name: str) -> str:
    value = body.get(name)
    return value if isinstance(value, str) else ""
