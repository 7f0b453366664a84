"""What work has to fulfil, as a list to check, with what the last verdict said of each point."""

import re
from dataclasses import dataclass

from reviews.models import Result, Review

_POINT = re.compile(r"^\s*(?:[-*+•]\s+(?:\[[ xX]?\]\s+)?|\d{1,2}[.)]\s+|\[[ xX]?\]\s+)")
# Something laid out like this is no list of points.
_LAID_OUT = re.compile(r"^\s*(```|~~~|#|\||>)", re.MULTILINE)
SHORTEST = 8  # fewer letters could stand anywhere
MOST = 50


@dataclass
class Criterion:
    """One point; `verdict` is `approved`, `rejected` or empty, `said` the line of the review that names it."""

    text: str
    verdict: str = ""
    said: str = ""


def criteria(acceptance: str, review: Review | None) -> list[Criterion]:
    """Return the points of an acceptance; none when it is not written as a list of them.

    Approved work fulfils them all. Of work that was sent back only those are known that the issues name.
    """
    points = [Criterion(text) for text in _points(acceptance)]
    if review is None:
        return points
    approved = review.result == Result.APPROVED
    for number, point in enumerate(points, 1):
        point.verdict = Result.APPROVED if approved else ""
        if said := _naming(point.text, number, review.issues):
            point.said = said
            point.verdict = Result.APPROVED if approved else Result.REJECTED
        else:
            point.said = _naming(point.text, number, review.comment)
    return points


def _points(acceptance: str) -> list[str]:
    lines = [line for line in acceptance.splitlines() if line.strip()]
    if _LAID_OUT.search(acceptance) or not lines:
        return []
    if not any(_POINT.match(line) for line in lines):
        return [line.strip() for line in lines] if len(lines) <= MOST else []
    points: list[str] = []
    for line in lines:
        if found := _POINT.match(line):
            points.append(line[found.end() :].strip())
        elif points and line[:1].isspace():
            points[-1] += f" {line.strip()}"
        else:
            # A heading or a sentence between the points would be lost.
            return []
    return points if len(points) <= MOST else []


def _naming(text: str, number: int, said: str) -> str:
    """Return the line that names a point, by its number or by its words."""
    words = _flat(text)
    by_number = re.compile(rf"\b(criterion|acceptance|point)\s*(no\.?\s*|#\s*)?{number}\b", re.IGNORECASE)
    for line in said.splitlines():
        if by_number.search(line) or (len(words) >= SHORTEST and words in _flat(line)):
            return _POINT.sub("", line).strip()
    return ""


def _flat(text: str) -> str:
    return " ".join(re.sub(r"[^\w\s]", " ", text.casefold()).split())
