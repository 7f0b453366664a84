"""A notification in words: what happened, to what, by whom, why, and what there is to do."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from notifications.models import Event
from openmoss.access import CLOCK
from openmoss.models import SiteSettings
from openmoss.templatetags.console import label

LONGEST_TITLE = 120
LONGEST_TEXT = 1000
LONGEST_NAME = 100

_SENTENCES = {
    "agent.create": _("{actor} hired {subject} as {role}"),
    "agent.disable": _("{actor} disabled the agent {subject}"),
    "agent.edit": _("{actor} edited the agent {subject}"),
    "agent.enable": _("{actor} enabled the agent {subject} again"),
    "agent.retire": _("{actor} ended the work of the agent {subject}"),
    "agent.rotate_key": _("{actor} gave the agent {subject} a new key"),
    "agent.score": _("{actor} changed the score of {subject} by {delta}"),
    "channel.add": _("{actor} added the channel {subject}"),
    "channel.edit": _("{actor} edited the channel {subject}"),
    "channel.give_up": _("{actor} gave up on what waited for the channel {subject}"),
    "channel.remove": _("{actor} removed the channel {subject}"),
    "channel.rotate_secret": _("{actor} gave the channel {subject} a new secret"),
    "channel.send_again": _("{actor} sent something again through the channel {subject}"),
    "channel.test": _("This is a test of the channel {subject}"),
    "enrolment.create": _("{actor} made a code for the agent {subject} to join as {role}"),
    "enrolment.withdraw": _("{actor} withdrew the code of the agent {subject}"),
    # The reason says what it is about.
    "finding.open": _("{now}"),
    "finding.escalate": _("Now {now}"),
    "finding.resolve": _("{actor} resolved {subject}"),
    "finding.ignore": _("{actor} ignores {subject}"),
    "module.create": _("{actor} added the module {subject}"),
    "prompt.create": _("{actor} wrote the prompt {subject}"),
    "prompt.delete": _("{actor} deleted the prompt {subject}"),
    "prompt.edit": _("{actor} edited the prompt {subject}"),
    "prompt.revert": _("{actor} took the prompt {subject} back to what was shipped"),
    "person.change_password": _("{subject} has a new password"),
    "recurrence.create": _("{actor} set up the recurring work {subject}"),
    "recurrence.edit": _("{actor} edited the recurring work {subject}"),
    "recurrence.end": _("{actor} ended the recurring work {subject}"),
    "recurrence.occur": _("The recurring work {subject} is due again"),
    "recurrence.pause": _("{actor} paused the recurring work {subject}"),
    "recurrence.resume": _("{actor} resumed the recurring work {subject}"),
    "recurrence.skip": _("The recurring work {subject} was skipped"),
    "rule.create": _("{actor} wrote the rule {subject}"),
    "rule.delete": _("{actor} deleted the rule {subject}"),
    "rule.edit": _("{actor} edited the rule {subject}"),
    "site.configure": _("{actor} took over the settings of an earlier server"),
    "site.edit": _("{actor} changed the settings of {subject}"),
    "site.import": _("{actor} brought over the work of an earlier server"),
    "site.set_up": _("{actor} set up {subject}"),
    "sub_task.approve": _("{actor} approved {subject}"),
    "sub_task.bind_session": _("{actor} goes on with {subject} in another session"),
    "sub_task.block": _("{actor} blocked {subject}"),
    "sub_task.cancel": _("{actor} cancelled {subject}"),
    "sub_task.claim": _("{actor} took {subject}"),
    "sub_task.create": _("{actor} added {subject}"),
    "sub_task.edit": _("{actor} edited {subject}"),
    "sub_task.reassign": _("{actor} handed {subject} to {assignee_name}"),
    "sub_task.reject": _("{actor} sent {subject} back for rework"),
    "sub_task.release": _("{actor} gave {subject} back"),
    "sub_task.start": _("{actor} started {subject}"),
    "sub_task.submit": _("{actor} handed in {subject} for review"),
    "sub_task.unblock": _("{actor} freed {subject} for anybody"),
    "task.cancel": _("{actor} cancelled the task {subject}"),
    "task.create": _("{actor} opened the task {subject}"),
    "task.edit": _("{actor} edited the task {subject}"),
    "task.set_status": _("{actor} moved the task {subject} from {was} to {now}"),
}
_TO_DO = {
    "sub_task.block": _("A planner can reassign, unblock or cancel it."),
    "sub_task.release": _("Any executor can claim it."),
}
# Where the console shows what an event is about, by the noun of its kind.
_PAGES = {"agent": "agent", "finding": "finding", "sub_task": "sub-task", "task": "task"}
# These have a place on the page of their task.
_PARTS_OF_A_TASK = ("module", "recurrence")

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
    sentence, place = _sentence(event), place_of(event)
    why = one_line(event.why, longest=LONGEST_TEXT // 2)
    whole = f"{sentence}: {why}" if why else sentence
    text = " ".join(filter(None, [_ended(whole), _to_do(event)]))
    return Message(
        title=_harmless(one_line(f"[{site.project_name}] {whole}", longest=LONGEST_TITLE)),
        text=_harmless(one_line(text, longest=LONGEST_TEXT)),
        url=site.external_url.rstrip("/") + place if site.external_url and place else "",
    )


def one_line(text: str, *, longest: int) -> str:
    """Return a text on one line, without what cannot be seen, and cut where it is too long."""
    line = _UNSEEN.sub(" ", str(text)).strip()
    return line if len(line) <= longest else f"{line[: longest - 1]}…"


def fill(event: Event, values: Mapping[str, str]) -> str:
    """Return the sentence about an event with these values in it; what is not among them is left open."""
    template = _SENTENCES.get(event.kind)
    if template is None:
        noun, _dot, verb = event.kind.replace("_", " ").partition(".")
        template = f"{{actor}}: {verb} {noun} {{subject}}"
    return str(template).format_map(_Known(values))


def words_of(event: Event) -> dict[str, str]:
    """Return what an event holds, in words on one line each, by the names that sentences have for it."""
    values = {name: one_line(value, longest=LONGEST_NAME) for name, value in event.data.items()}
    if role := event.data.get("role"):
        values["role"] = label(role)
    return values | {
        "actor": _("the clock")
        if event.actor_role == CLOCK
        else one_line(event.actor_name, longest=LONGEST_NAME),
        "subject": one_line(event.subject_name, longest=LONGEST_NAME),
        "was": label(event.was),
        "now": label(event.now),
    }


def place_of(event: Event) -> str:
    """Return the address of the page about what an event is about; empty where there is none."""
    noun = event.kind.partition(".")[0]
    if noun in _PAGES:
        return reverse(_PAGES[noun], args=[event.subject_id])
    if noun in _PARTS_OF_A_TASK and event.task_id:
        return f"{reverse('task', args=[event.task_id])}#{noun}-{event.subject_id}"
    return ""


def _sentence(event: Event) -> str:
    values = words_of(event)
    sentence = fill(event, values | {"subject": f"'{values['subject']}'"})
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
