"""The request log, written in batches off the request path, and with it who was seen when."""

import atexit
import json
import logging
import re
import threading
from collections import deque
from datetime import datetime, timedelta

from django.conf import settings
from django.db import DatabaseError, close_old_connections, connections, transaction
from django.utils import timezone

from agents.models import Agent, RequestLog
from agents.tally import tally
from agents.waking import Wake, when_seen

logger = logging.getLogger(__name__)

LONGEST_BODY = 10_000
# A database that stays away must not eat the memory of the server; the oldest rows give way.
MOST_WAITING = 20_000
SEEN_EVERY = timedelta(seconds=30)

# A field's name is looked for within 50 characters: without an end, a body of a million times `key` would
# take minutes.
_SECRET = re.compile(
    r'("[^"]{0,50}(?:key|token|secret|password)[^"]{0,50}"\s{0,50}:\s{0,50})"(?:[^"\\]|\\.)*"', re.IGNORECASE
)
_KEY = re.compile(r"\b(?:ock|oec|ak)_[0-9a-f]{16,}")


def without_secrets(text: str) -> str:
    """Blank everything that looks like a key, a token or a password."""
    return _KEY.sub("[hidden]", _SECRET.sub(r'\1"[hidden]"', text))


def cut(body: str) -> str:
    """Keep the first 10,000 characters of a body and say so."""
    return body if len(body) <= LONGEST_BODY else f"{body[:LONGEST_BODY]} … [cut, {len(body)} characters]"


class Buffer:
    """Rows that wait to be written by a thread of this process, at most one second later."""

    def __init__(self) -> None:
        self._rows: deque[RequestLog] = deque(maxlen=MOST_WAITING)
        self._seen: dict = {}
        self._seen_written: dict = {}
        self._wakes: dict = {}
        self._acted: set = set()
        self._thread: threading.Thread | None = None
        self._starting = threading.Lock()
        self._flushing = threading.Lock()
        self._stop = threading.Event()

    def add(self, row: RequestLog) -> None:
        """Take a row; returns at once."""
        self._rows.append(row)
        self._seen[row.agent_id] = row.at
        if _acts(row):
            self._acted.add(row.agent_id)
        self._wake_up()

    def note_wake(self, wake: Wake) -> None:
        """Remember that an agent was told to come now; returns at once."""
        self._wakes[wake.agent_id] = wake
        self._wake_up()

    def _wake_up(self) -> None:
        # A forked process inherits the object of its parent's thread, but not the thread itself.
        if settings.REQUEST_LOG_FLUSH_SECONDS and (self._thread is None or not self._thread.is_alive()):
            self._start()

    def flush(self) -> None:
        """Write everything that waits; what cannot be written now waits for the next time."""
        with self._flushing:
            rows = [self._rows.popleft() for _ in range(len(self._rows))]
            seen, self._seen = self._seen, {}
            wakes, self._wakes = self._wakes, {}
            acted, self._acted = self._acted, set()
            try:
                if rows:
                    with transaction.atomic():
                        RequestLog.objects.bulk_create(rows, batch_size=500)
                        tally(rows)
                    rows = []  # written; only what follows may still have to wait
                self._write_seen(seen)
                if wakes or acted:
                    _write_wakes(wakes, acted)
            except DatabaseError:
                logger.warning("%d rows of the request log wait for the database", len(rows), exc_info=True)
                room = MOST_WAITING - len(self._rows)
                self._rows.extendleft(reversed(rows[-room:] if room else []))
                self._seen = seen | self._seen
                self._wakes = wakes | self._wakes
                self._acted |= acted

    def stop(self) -> None:
        """Write what waits and end the thread; called when the process ends."""
        self._stop.set()
        self.flush()

    def _write_seen(self, seen: dict) -> None:
        due = {
            agent_id: at
            for agent_id, at in list(seen.items())  # a call that is just ending may still add to it
            if agent_id not in self._seen_written or at - self._seen_written[agent_id] >= SEEN_EVERY
        }
        if due:
            with transaction.atomic():
                for agent in Agent.objects.filter(pk__in=due):
                    Agent.objects.filter(pk=agent.pk).update(**when_seen(agent, due[agent.pk]))
            self._seen_written |= due

    def _start(self) -> None:
        with self._starting:
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(target=self._run, name="request-log", daemon=True)
                self._thread.start()
                atexit.register(self.stop)

    def _run(self) -> None:
        while not self._stop.wait(settings.REQUEST_LOG_FLUSH_SECONDS):
            if self._rows or self._wakes:
                close_old_connections()  # a lost one is replaced
                self.flush()
        connections.close_all()


buffer = Buffer()


def _acts(row: RequestLog) -> bool:
    """Say whether a call moved something; words alone do not, or a broken agent could talk all night."""
    return row.method != "GET" and row.status < 300 and row.path != "/api/logs"


def _write_wakes(wakes: dict, acted: set) -> None:
    with transaction.atomic():
        for wake in wakes.values():
            Agent.objects.filter(pk=wake.agent_id).update(
                woken_for=" ".join(sorted(wake.keys)), woken_at=wake.at, wake_count=wake.count
            )
        woken = Agent.objects.filter(pk__in=acted, wake_count__gt=0)
        woken.update(woken_for="", woken_at=None, wake_count=0)


def row_of(request, response, started: datetime) -> RequestLog:
    """Make the row of a finished call; `request.agent` is who called."""
    agent = request.agent
    if request.method == "GET":
        body = _as_json(request.GET) if request.GET else None
    else:
        # Only a body that the view has read; reading it here could block on a slow sender.
        raw = getattr(request, "_body", None)
        body = raw.decode("utf-8", "replace").replace("\x00", "") if raw else None
    return RequestLog(
        at=started,
        agent_id=agent.pk,
        agent_name=agent.name,
        agent_role=agent.role,
        # As they come from outside: what the columns cannot take would keep all other rows waiting for ever.
        method=request.method[:10],
        path=without_secrets(request.path_info.replace("\x00", ""))[:500],
        body=cut(without_secrets(body)) if body is not None else None,
        status=response.status_code,
        milliseconds=max(0, round((timezone.now() - started).total_seconds() * 1000)),
    )


def _as_json(query) -> str:
    return json.dumps(query.dict(), ensure_ascii=False).replace("\\u0000", "")
