"""A notification in words: what happened, to what, by whom, why, and what there is to do."""

import re
from dataclasses import dataclass

from django.urls import reverse

from notifications.models import Event
from openmoss.models import SiteSettings

LONGEST_TITLE = 120
LONGEST_TEXT = 1000
LONGEST_NAME = 100

_SENTENCES = {
    "agent.create": "{actor} hired {subject} as {role}",
    "agent.disable": "{actor} disabled the agent {subject}",
    "agent.enable": "{actor} enabled the agent {subject} again",
    "agent.retire": "{actor} ended the work of the agent {subject}",
    "agent.rotate_key": "{actor} gave the agent {subject} a new key",
    "agent.score": "{actor} changed the score of {subject} by {delta}",
    "channel.test": "This is a test of the channel {subject}",
    "enrolment.create": "{actor} made a code for the agent {subject} to join as {role}",
    "enrolment.withdraw": "{actor} withdrew the code of the agent {subject}",
    # The reason says what it is about.
    "finding.open": "{now}",
    "finding.escalate": "now {now}",
    "finding.resolve": "{actor} resolved {subject}",
    "finding.ignore": "{actor} ignores {subject}",
    "module.create": "{actor} added the module {subject}",
    "recurrence.create": "{actor} set up the recurring work {subject}",
    "recurrence.edit": "{actor} edited the recurring work {subject}",
    "recurrence.end": "{actor} ended the recurring work {subject}",
    "recurrence.occur": "The recurring work {subject} is due again",
    "recurrence.pause": "{actor} paused the recurring work {subject}",
    "recurrence.resume": "{actor} resumed the recurring work {subject}",
    "recurrence.skip": "The recurring work {subject} was skipped",
    "rule.create": "{actor} wrote the rule {subject}",
    "rule.delete": "{actor} deleted the rule {subject}",
    "site.configure": "{actor} took over the settings of an earlier server",
    "site.import": "{actor} brought over the work of an earlier server",
    "sub_task.approve": "{actor} approved {subject}",
    "sub_task.bind_session": "{actor} goes on with {subject} in another session",
    "sub_task.block": "{actor} blocked {subject}",
    "sub_task.cancel": "{actor} cancelled {subject}",
    "sub_task.claim": "{actor} took {subject}",
    "sub_task.create": "{actor} added {subject}",
    "sub_task.edit": "{actor} edited {subject}",
    "sub_task.reassign": "{actor} handed {subject} to {assignee_name}",
    "sub_task.reject": "{actor} sent {subject} back for rework",
    "sub_task.release": "{actor} gave {subject} back",
    "sub_task.start": "{actor} started {subject}",
    "sub_task.submit": "{actor} handed in {subject} for review",
    "sub_task.unblock": "{actor} freed {subject} for anybody",
    "task.cancel": "{actor} cancelled the task {subject}",
    "task.create": "{actor} opened the task {subject}",
    "task.edit": "{actor} edited the task {subject}",
    "task.set_status": "{actor} moved the task {subject} from {was} to {now}",
}
_TO_DO = {
    "sub_task.block": "A planner can reassign, unblock or cancel it.",
    "sub_task.release": "Any executor can claim it.",
}
_PAGES = {
    "agent": "admin:agents_agent_change",
    "finding": "admin:patrol_finding_change",
    "recurrence": "admin:tasks_recurrence_change",
    "sub_task": "admin:tasks_subtask_change",
    "task": "admin:tasks_task_change",
}

# Also what turns the direction of writing, or cannot be seen: with it a name could look like another.
_UNSEEN = re.compile(r"[\s\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202f\u2060-\u206f\ufeff]+")
_MENTION = re.compile(r"(?<!\w)@(?=\w)|<(?=[!@#/\w])|\](?=\()")


@dataclass(frozen=True)
class Message:
    """A notification as people read it: one line, the whole text in one paragraph, and where to look."""

    title: str
    text: str
    url: str


def message_of(event: Event, *, site: SiteSettings) -> Message:
    """Return a notification in words; nothing that stands in a name can break out of them."""
    sentence = _sentence(event)
    why = one_line(event.why, longest=LONGEST_TEXT // 2)
    whole = f"{sentence}: {why}" if why else sentence
    text = " ".join(filter(None, [_ended(whole), _to_do(event)]))
    return Message(
        title=_harmless(one_line(f"[{site.project_name}] {whole}", longest=LONGEST_TITLE)),
        text=_harmless(one_line(text, longest=LONGEST_TEXT)),
        url=_page(event, site),
    )


def one_line(text: str, *, longest: int) -> str:
    """Return a text on one line, without what cannot be seen, and cut where it is too long."""
    line = _UNSEEN.sub(" ", str(text)).strip()
    return line if len(line) <= longest else f"{line[: longest - 1]}…"


def _sentence(event: Event) -> str:
    values = {name: one_line(value, longest=LONGEST_NAME) for name, value in event.data.items()}
    values |= {
        "actor": one_line(event.actor_name, longest=LONGEST_NAME),
        "subject": f"'{one_line(event.subject_name, longest=LONGEST_NAME)}'",
        "was": event.was.replace("_", " "),
        "now": event.now.replace("_", " "),
    }
    template = _SENTENCES.get(event.kind)
    if template is None:
        noun, _, verb = event.kind.replace("_", " ").partition(".")
        template = f"{{actor}}: {verb} {noun} {{subject}}"
    sentence = template.format_map(_Known(values))
    return sentence[:1].upper() + sentence[1:]


class _Known(dict):
    """Values for a sentence; what an event does not hold is left open."""

    def __missing__(self, name: str) -> str:
        return "…"


def _to_do(event: Event) -> str:
    do = event.data.get("do") or _TO_DO.get(event.kind, "")
    return _ended(one_line("; ".join(do) if isinstance(do, list) else do, longest=LONGEST_TEXT // 2))


def _ended(sentence: str) -> str:
    return sentence if not sentence or sentence[-1] in ".!?…" else f"{sentence}."


def _harmless(text: str) -> str:
    """Break what a chat would take for a mention, a command or a link."""
    return _MENTION.sub(lambda found: f"{found[0]}\u200b", text)


def _page(event: Event, site: SiteSettings) -> str:
    page = _PAGES.get(event.kind.partition(".")[0])
    if not site.external_url or not page:
        return ""
    return site.external_url.rstrip("/") + reverse(page, args=[event.subject_id])
