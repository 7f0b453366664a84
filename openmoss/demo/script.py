"""The story as it stands in `story/*.yaml`, as steps in the order of time."""

import random
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

import yaml

STORY = Path(__file__).parent / "story"
TASKS = ("archive", "ferry", "digest", "schools", "commuters")
_LENGTH = re.compile(r"(\d+)([dhms])")
_UNITS = {"d": "days", "h": "hours", "m": "minutes", "s": "seconds"}
# The recurring work is due at a full hour that lies three to four hours back, so that today's is done.
DUE_BEFORE = timedelta(hours=3)


@dataclass(frozen=True)
class Step:
    """Who does what, and when; `args` are for the verb of the stage."""

    at: datetime
    who: str
    verb: str
    args: dict = field(default_factory=dict)


def read(name: str) -> dict:
    """Return one document of the story."""
    return yaml.safe_load((STORY / f"{name}.yaml").read_text(encoding="utf-8"))


def length(text: str) -> timedelta:
    """Return a length like `2d 3h 10m`."""
    return timedelta(**{_UNITS[unit]: int(number) for number, unit in _LENGTH.findall(text)})


class Script:
    """Turns the story into steps before `now`; what would come later does not happen."""

    def __init__(self, now: datetime, rng: random.Random) -> None:
        self.now = now
        self.rng = rng

    def steps(self) -> list[Step]:
        """Return all steps, the oldest first."""
        company = read("company")
        steps = [*self._hires(company), *self._scenes(company)]
        for name in TASKS:
            document = read(name)
            steps += [*self._plan(document), *self._days(document), *self._scenes(document)]
        return sorted((step for step in steps if step.at <= self.now), key=lambda step: step.at)

    def ago(self, text: str) -> datetime:
        """Return the moment so long before now."""
        return self.now - length(text)

    @property
    def due(self) -> datetime:
        """When the recurring work was due last."""
        return (self.now - DUE_BEFORE).replace(minute=0, second=0, microsecond=0)

    def _soon(self, seconds: int) -> timedelta:
        return timedelta(seconds=self.rng.uniform(seconds * 0.7, seconds * 1.3))

    def _hires(self, document: dict) -> Iterator[Step]:
        at = self.ago(document["hired"])
        for agent in document["agents"]:
            at += self._soon(90)
            fields = {key: agent[key] for key in ("name", "role", "description")}
            yield Step(at, "admin", "hire", fields)

    def _scenes(self, document: dict) -> Iterator[Step]:
        for scene in document.get("scenes", ()):
            args = {key: value for key, value in scene.items() if key not in ("ago", "who", "does")}
            yield Step(self.ago(scene["ago"]), scene.get("who", ""), scene["does"], args)

    def _plan(self, document: dict) -> Iterator[Step]:
        task = document["task"]
        at, planner = self.ago(task["opened"]), task["by"]
        fields = {key: task[key] for key in ("name", "description", "type") if key in task}
        yield Step(at, planner, "open_task", {"ref": task["ref"], **fields})
        for ref, module in document.get("modules", {}).items():
            at += self._soon(20)
            yield Step(at, planner, "add_module", {"ref": ref, "task": task["ref"], **module})
        for plan in document.get("sub_tasks", ()):
            at = self.ago(plan["added"]) if "added" in plan else at
            at += self._soon(25)
            brief = {"task": task["ref"], "ref": plan["ref"], "name": plan["name"]}
            for key in ("module", "description", "deliverable", "acceptance", "priority", "needs", "given"):
                if key in plan:
                    brief[key] = plan[key]
            yield Step(at, planner, "add_sub_task", brief)
            if "lost" in plan:
                begun = {"took": plan["took"], **plan["lost"]}
                yield from self._begin(plan["ref"], plan["by"], self.ago(begun["taken"]), begun, "")
            if "taken" in plan:
                yield from self._work(plan["ref"], self.ago(plan["taken"]), plan)

    def _days(self, document: dict) -> Iterator[Step]:
        """Tell recurring work day by day: the clock makes it, then it is done as on the day before."""
        parts = document.get("recurrences", ())
        if not parts:
            return
        task, days = document["task"], document["days"]
        for number, day in enumerate(days):
            left = len(days) - 1 - number
            at = self.due - timedelta(days=left) + timedelta(seconds=8)
            if number == 0:
                for part in parts:
                    brief = {key: value for key, value in part.items() if key != "work"}
                    brief |= {"task": task["ref"], "cron": f"0 {self.due.hour} * * *", "day": left}
                    yield Step(at, task["by"], "begin_recurring", brief)
                    at += self._soon(20)
            else:
                yield Step(at, "", "make_occurrences", {"day": left})
            for part in parts:
                work = _filled(part["work"], day)
                at += self._soon(200)
                steps = list(self._work(f"{part['ref']}-{left}", at, work))
                at = max(step.at for step in steps if step.verb == "review")
                yield from steps

    def _begin(self, ref: str, by: str, at: datetime, work: dict, session: str) -> Iterator[Step]:
        about = {"about": ref}
        if not work.get("given"):
            yield Step(at, by, "claim", about)
        at += self._soon(60)
        yield Step(at, by, "start", about | {"session": session})
        if "plan" in work:
            said = about | {"action": "plan", "text": work["plan"]}
            yield Step(at + self._soon(90), by, "say", said)
        if "coding" in work:
            said = about | {"action": "coding", "text": work["coding"]}
            yield Step(at + length(work["took"]) * 0.55, by, "say", said)

    def _work(self, ref: str, at: datetime, work: dict) -> Iterator[Step]:
        """Tell how a sub-task is taken, done, and judged round by round."""
        by, about, session = work["by"], {"about": ref}, self._session()
        yield from self._begin(ref, by, at, work, session)
        at += length(work["took"])
        delivered = work.get("delivery")
        for verdict in work.get("reviews", ()):
            yield from self._hand_in(ref, by, at, delivered, session)
            at += length(verdict["after"])
            args = {key: verdict[key] for key in ("score", "issues", "comment") if key in verdict}
            yield Step(at, verdict["by"], "review", about | args)
            if "issues" not in verdict:
                break
            at += self._soon(240)
            session, delivered = self._session(), verdict.get("fixed")
            yield Step(at, by, "start", about | {"session": session})
            at += length(verdict["again"])
        else:
            yield from self._hand_in(ref, by, at, delivered, session)
        if "reflection" in work:
            said = about | {"action": "reflection", "text": work["reflection"]}
            yield Step(at + self._soon(120), by, "say", said)

    def _hand_in(
        self, ref: str, by: str, at: datetime, delivered: str | None, session: str
    ) -> Iterator[Step]:
        if delivered:
            said = {"about": ref, "action": "delivery", "text": delivered}
            yield Step(at - self._soon(40), by, "say", said)
        yield Step(at, by, "submit", {"about": ref, "session": session})

    def _session(self) -> str:
        return f"oc_{self.rng.getrandbits(64):016x}"


def _filled(value, words: dict):
    """Return texts with the words of a day in their places."""
    if isinstance(value, str):
        return value.format_map(words)
    if isinstance(value, list):
        return [_filled(item, words) for item in value]
    if isinstance(value, dict):
        return {key: _filled(item, words) for key, item in value.items()}
    return value
