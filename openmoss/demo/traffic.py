"""The calls of the agents: what the request log, the feed and the pulse of each agent show."""

import json
import random
from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import groupby

from agents.models import Agent, RequestLog
from agents.tally import tally
from agents.waking import when_seen
from openmoss.access import Role
from openmoss.demo.past import Past
from openmoss.demo.script import length
from openmoss.models import SiteSettings

LOOKS = {
    Role.PLANNER: ("/api/why", "/api/tasks", "/api/sub-tasks", "/api/agents"),
    Role.EXECUTOR: ("/api/sub-tasks/available", "/api/scores/me", "/api/rules"),
    Role.REVIEWER: ("/api/sub-tasks", "/api/scores/leaderboard"),
    Role.PATROL: ("/api/findings", "/api/why", "/api/logs"),
}
SEEN = ("last_seen_at", "awake_since", "usual_interval")


class Traffic:
    """Collects calls until they are written; `cast` says how often each agent looks, and when it was away."""

    def __init__(self, cast: list[dict], past: Past, now: datetime, rng: random.Random) -> None:
        self._cast = {agent["name"]: agent for agent in cast}
        self._past, self._now, self._rng = past, now, rng
        self._new: list[RequestLog] = []
        self._calls: list[RequestLog] = []
        self._agents: dict = {}

    def begin(self, agent: Agent) -> None:
        """Let an agent look for work from now on, all through the story."""
        self._agents[agent.pk] = agent
        self._new += self._looks(agent, self._past.at)

    def note(self, agent: Agent, method: str, path: str, body: dict) -> None:
        """Add a call that is answered now."""
        text = json.dumps(body, ensure_ascii=False) if body else None
        status = 201 if method == "POST" and path.count("/") == 2 else 200
        self._new.append(self._row(agent, self._past.at, method, path, body=text, status=status))

    def note_late(self, first: Agent, path: str) -> None:
        """Now and then, let another of the same role have tried the same a moment later, in vain."""
        others = [
            agent
            for agent in self._agents.values()
            if agent.role == first.role
            and agent.name != first.name
            and not self._is_away(agent.name, self._past.at)
        ]
        if self._rng.random() < 0.3:
            late = self._past.at + timedelta(milliseconds=self._rng.randint(5, 900))
            self._new.append(self._row(self._rng.choice(others), late, "POST", path, status=409))

    def see(self) -> None:
        """Let all agents have been seen when they called until now."""
        due = sorted((row for row in self._new if row.at <= self._past.at), key=lambda row: row.at)
        self._new = [row for row in self._new if row.at > self._past.at]
        for row in due:
            agent = self._agents[row.agent_id]
            for field, value in when_seen(agent, row.at).items():
                setattr(agent, field, value)
        Agent.objects.bulk_update(self._agents.values(), SEEN)
        self._calls += due

    def write(self) -> int:
        """Write all calls, day by day as they came; of those that are forgotten by now only the sums."""
        self.see()
        kept_since = SiteSettings.load().kept_since("request_log")
        for _day, calls in groupby(self._calls, key=lambda row: row.at.date()):
            tally(list(calls))
        kept = [row for row in self._calls if row.at >= kept_since]
        RequestLog.objects.bulk_create(kept, batch_size=500)
        return len(kept)

    def _looks(self, agent: Agent, at: datetime) -> Iterator[RequestLog]:
        habits = self._cast[agent.name]
        pace = length(habits["looks_every"]).total_seconds()
        while (at := at + timedelta(seconds=self._rng.gauss(pace, pace / 5))) < self._now:
            # Of seven days two are quiet. Not by the calendar, or each day had a demonstration of its own.
            missed = self._rng.random() < (0.5 if (self._now - at).days % 7 in (2, 3) else 0.1)
            if missed or self._is_away(agent.name, at):
                continue
            yield self._row(agent, at, "GET", "/api/brief", status=self._rng.choice((200, 200, 304)))
            if self._rng.random() < 0.3:
                path = self._rng.choice(LOOKS[Role(agent.role)])
                yield self._row(agent, at + timedelta(seconds=4), "GET", path)

    def _is_away(self, name: str, at: datetime) -> bool:
        ago = self._now - at
        return any(length(since) >= ago > length(until) for since, until in self._cast[name].get("away", ()))

    def _row(
        self, agent: Agent, at: datetime, method: str, path: str, *, body=None, status=200
    ) -> RequestLog:
        return RequestLog(
            at=at,
            agent_id=agent.pk,
            agent_name=agent.name,
            agent_role=agent.role,
            method=method,
            path=path,
            body=body,
            status=status,
            milliseconds=round(self._rng.lognormvariate(2.2, 0.7)),
        )
