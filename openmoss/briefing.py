"""A brief as an agent gets it: cut to the size it asked for, as JSON or as Markdown."""

import json
from collections.abc import Callable
from copy import deepcopy

from openmoss.api.lookup import short
from openmoss.selectors.details import cut

SHORTEST = 500
LONGEST = 100_000
USUAL = 8_000
SHORTEST_TEXT = 80
FRAME = 120  # what stands around the items and is not known before they are chosen

HEADINGS = {
    "rework": "Rework",
    "resume": "In progress",
    "assigned": "Assigned to you",
    "free": "Free to claim",
    "review": "Review",
    "blocked": "Blocked",
    "stranded": "Waits for cancelled work",
    "help": "Call for help",
    "unplanned": "Task without sub-tasks",
    "closable": "Ready to close",
    "repeat": "To be created again",
    "finding": "Finding",
}


def fit(brief: dict, *, max_chars: int, measure: Callable[[dict], int]) -> dict:
    """Return the brief with at most `max_chars` beside the rules; the least urgent items go first.

    The first item always stays, if need be with its texts cut.
    """
    frame = {
        "items": [],
        "left_out": len(brief["items"]),
        "rules": {"digest": brief["rules"]["digest"], "content": ""},
    }
    room = max_chars - measure(brief | frame) - FRAME
    kept: list[dict] = []
    for item in brief["items"]:
        size = measure(item)
        if size > room and not kept:
            item = _shortened(item, room, measure)
            size = measure(item)
        elif size > room:
            break
        kept.append(item)
        room -= size
    return brief | {"items": kept, "left_out": len(brief["items"]) - len(kept)}


def json_size(part: dict) -> int:
    """Return how many characters a part takes as JSON."""
    return len(json.dumps(part, ensure_ascii=False, separators=(",", ":"))) + 1


def markdown_size(part: dict) -> int:
    """Return how many characters a part takes as Markdown."""
    return len(markdown(part) if "items" in part else _item(99, part)) + 1


def markdown(brief: dict) -> str:
    """Return the brief as a language model reads it best."""
    who = brief["agent"]
    lines = [f"# {who['name']}, {who['role']}: score {who['score']}, rank {who['rank']} of {who['of']}", ""]
    if brief["rules"]["content"]:
        lines += [brief["rules"]["content"], "", f"Rules: {brief['rules']['digest']}", ""]
    elif brief["rules"]["digest"]:
        lines += [f"Rules: {brief['rules']['digest']}, unchanged since you read them.", ""]
    if brief["reflections"]:
        lines += ["## What you learnt", "", *(f"- {said['summary']}" for said in brief["reflections"]), ""]
    lines += ["## To do", ""]
    if not brief["items"]:
        lines += [f"Nothing. Stop here; look again in {brief['retry_after']} s."]
    else:
        lines += [
            "Most urgent first. Do one, write down what you did, stop. Commands are for `task-cli.py`.",
            "",
        ]
    lines += [_item(number, item) for number, item in enumerate(brief["items"], start=1)]
    if brief["left_out"]:
        lines += ["", f"{brief['left_out']} more, less urgent, left out here."]
    return "\n".join(lines)


def _item(number: int, item: dict) -> str:
    lines = [f"### {number}. {HEADINGS[item['kind']]}: {item['name']}", "", f"id: {item['id']}"]
    if not item["actionable"]:
        lines += [
            "You were heard of lately, so this may be under way in another session: leave it unless it is you."
        ]
    facts = [("priority", item.get("priority")), ("status", item.get("status")), ("since", item.get("since"))]
    # With the beginning of its id, because folders are named so.
    facts += [("task", f"{task['name']} ({short(task['id'])})")] if (task := item.get("task")) else []
    facts += [(name, (item.get(name) or {}).get("name")) for name in ("module", "assignee")]
    facts += [
        ("session", item.get("session")),
        ("for the time", item.get("occurrence")),
        ("round", item.get("round")),
        ("severity", item.get("severity")),
    ]
    lines += [", ".join(f"{name}: {value}" for name, value in facts if value)]
    if item.get("total"):
        lines += [f"{item['done']} of {item['total']} sub-tasks done"]
    for name in ("asked_by", "asks", "reason", "found", "action_taken"):
        if item.get(name):
            lines += [f"**{name.replace('_', ' ').capitalize()}**: {item[name]}"]
    for name in ("description", "deliverable", "acceptance"):
        if item.get(name):
            lines += ["", f"**{name.capitalize()}**", item[name].strip()]
    for verdict in filter(None, [item.get("review"), *item.get("earlier_rounds", ())]):
        lines += [
            "",
            f"**Review round {verdict['round']}: {verdict['result']}, {verdict['score']} of 5, by {verdict['by']}**",
        ]
        lines += [text for text in (verdict["issues"], verdict["comment"]) if text]
    if item.get("built_on"):
        lines += ["", "**Builds on**"]
        lines += [
            f"- {need['name']} ({need['id']}): {need['delivery'] or need['deliverable']}"
            for need in item["built_on"]
        ]
    if item.get("rules"):
        lines += ["", "**Guidance**", *(f"- {rule}" for rule in item["rules"])]
    if item.get("trail"):
        lines += ["", "**What was said, newest first**"]
        lines += [
            f"- {said['at']} {said['by']} ({said['action']}): {said['summary']}" for said in item["trail"]
        ]
    if item.get("cut"):
        lines += ["", item["cut"]]
    return "\n".join([*lines, "", f"Do: {'; '.join(item['do'])}", ""])


def _shortened(item: dict, room: int, measure: Callable[[dict], int]) -> dict:
    """Cut the longest texts of an item at a sentence until it fits, and say how to read the rest."""
    item = deepcopy(item) | {"cut": f"Cut to fit. Read the rest with `st get {item['id']}`."}
    for name in ("trail", "earlier_rounds", "built_on", "rules"):
        while item.get(name) and measure(item) > room:
            item[name].pop()
    while (over := measure(item) - room) > 0:
        place, name = max(_texts(item), key=lambda text: len(text[0][text[1]]))
        length = len(place[name])
        if length <= SHORTEST_TEXT:
            break
        place[name] = cut(place[name], max(SHORTEST_TEXT - 4, length - over - 4))
    return item


def _texts(item: dict) -> list[tuple[dict, str]]:
    """Return where the texts of an item stand that may be cut."""
    places = [item, *filter(None, [item.get("review")]), *item.get("earlier_rounds", ())]
    return [
        (place, name)
        for place in places
        for name, value in place.items()
        if isinstance(value, str) and name not in ("id", "cut")
    ]
