"""What waits for what in a task, laid out as a picture: from left to right, with few lines that cross."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from unicodedata import east_asian_width
from uuid import UUID

from openmoss.markdown import plain
from tasks.models import Dependency, SubTask, Task
from tasks.workflow import FINISHED, OPEN

MOST_DRAWN = 200
MOST_OPEN = 40  # what is larger is drawn, but folded away
MOST_EDGES = 1000
# A long edge goes through every layer between its ends, so a few hundred nodes can have very many bends.
MOST_BENDS = 2000
SWEEPS = 6

WIDTH, HEIGHT = 164, 44
GAP, BETWEEN, EDGE = 10, 40, 8
LETTERS = 18  # in each of two lines

Edge = tuple[UUID, UUID]


@dataclass(frozen=True)
class Box:
    """A sub-task in the picture."""

    sub_task: SubTask
    x: float
    y: float
    critical: bool

    @property
    def middle(self) -> float:
        return self.y + HEIGHT / 2

    @property
    def words(self) -> list[str]:
        """Its name in one line or two, as much of it as there is room for."""
        first, rest = _break(plain(self.sub_task.name), clip=False)
        return [first, _break(rest, clip=True)[0]] if rest else [first]


@dataclass(frozen=True)
class Line:
    """From a sub-task to one that waits for it."""

    path: str
    critical: bool
    done: bool


@dataclass(frozen=True)
class Picture:
    """The graph of a task; without boxes when there is too much of it to draw."""

    nodes: int
    boxes: Sequence[Box] = ()
    lines: Sequence[Line] = ()
    width: float = 0
    height: float = 0
    only_open: bool = False

    @property
    def is_large(self) -> bool:
        return self.nodes > MOST_OPEN

    @property
    def chain(self) -> int:
        """How many sub-tasks the longest chain of unfinished work has."""
        return sum(box.critical for box in self.boxes)


def graph_of(task: Task) -> Picture | None:
    """Return the picture of a task; None when nothing in it waits for anything.

    Of a task that is too large to draw, or that brings the same work again and again, only what is
    unfinished is drawn, and what that builds on.
    """
    rows = Dependency.objects.filter(sub_task__task=task)
    edges = list(_edges(rows)[: MOST_EDGES + 1])
    if not edges:
        return None
    ids = _ends(edges)
    only_open = task.type == "recurring" or len(ids) > MOST_DRAWN or len(edges) > MOST_EDGES
    if only_open:
        edges = list(_edges(rows.filter(sub_task__status__in=OPEN))[: MOST_EDGES + 1])
        ids = _ends(edges)
    if not edges:
        return None
    if len(ids) > MOST_DRAWN or len(edges) > MOST_EDGES:
        return Picture(nodes=len(ids), only_open=only_open)
    fields = ("pk", "name", "status", "priority", "created_at")
    nodes = list(SubTask.objects.filter(pk__in=ids).only(*fields).order_by("created_at", "pk"))
    return draw(nodes, edges, only_open=only_open)


def _edges(rows):
    # In no order, so that a large task is known for one without sorting all of it.
    return rows.order_by().values_list("needs_id", "sub_task_id")


def _ends(edges: list[Edge]) -> set[UUID]:
    return {end for edge in edges for end in edge}


def draw(nodes: list[SubTask], edges: list[Edge], *, only_open: bool = False) -> Picture:
    """Lay out sub-tasks and their edges (what is needed, who needs it)."""
    by_id = {node.pk: node for node in nodes}
    edges = sorted((need, waiting) for need, waiting in edges if need in by_id and waiting in by_id)
    depth = layers([node.pk for node in nodes], edges)
    # A circle cannot be written, but if there were one it should not keep the page from opening.
    edges = [edge for edge in edges if depth[edge[0]] < depth[edge[1]]]
    if sum(depth[waiting] - depth[need] - 1 for need, waiting in edges) > MOST_BENDS:
        return Picture(nodes=len(nodes), only_open=only_open)
    chain = longest_chain({node.pk for node in nodes if node.status not in FINISHED}, edges)
    ways = {(need, waiting): _way(need, waiting, depth) for need, waiting in edges}
    rows = _ordered([node.pk for node in nodes], depth, ways.values())
    y = _heights(rows, ways.values())
    x = {key: layer * (WIDTH + BETWEEN) + EDGE for layer, row in enumerate(rows) for key in row}
    steps = set(pairwise(chain))
    in_chain = set(chain)
    return Picture(
        nodes=len(nodes),
        boxes=[Box(by_id[pk], x[pk], y[pk], pk in in_chain) for row in rows for pk in row if pk in by_id],
        lines=sorted(
            (
                Line(_path(way, x, y), edge in steps, by_id[edge[0]].status in FINISHED)
                for edge, way in ways.items()
            ),
            key=lambda line: line.critical,
        ),
        width=len(rows) * (WIDTH + BETWEEN) - BETWEEN + 2 * EDGE,
        height=max(y.values()) + HEIGHT + EDGE,
        only_open=only_open,
    )


def layers(ids: Sequence[UUID], edges: Sequence[Edge]) -> dict[UUID, int]:
    """Put each node one layer behind the last thing that it needs."""
    after, waits = defaultdict(list), dict.fromkeys(ids, 0)
    for need, waiting in edges:
        after[need].append(waiting)
        waits[waiting] += 1
    depth = dict.fromkeys(ids, 0)
    ready = [pk for pk in ids if not waits[pk]]
    for pk in ready:
        for waiting in after[pk]:
            depth[waiting] = max(depth[waiting], depth[pk] + 1)
            waits[waiting] -= 1
            if not waits[waiting]:
                ready.append(waiting)
    return depth


def longest_chain(unfinished: set[UUID], edges: Iterable[Edge]) -> list[UUID]:
    """Return the longest chain of unfinished work, in its order: nothing shorter is the end of the task."""
    edges = [(need, waiting) for need, waiting in edges if need in unfinished and waiting in unfinished]
    depth = layers(sorted(unfinished), edges)
    last = max(depth, key=depth.get, default=None)
    if last is None or not depth[last]:
        return []
    chain = [last]
    while depth[chain[-1]]:
        chain.append(
            next(
                need for need, waiting in edges if waiting == chain[-1] and depth[need] == depth[waiting] - 1
            )
        )
    return chain[::-1]


def _way(need: UUID, waiting: UUID, depth: dict) -> list:
    """Return the places that an edge goes through: one in each layer."""
    between = range(depth[need] + 1, depth[waiting])
    return [need, *((need, waiting, layer) for layer in between), waiting]


def _ordered(ids: Sequence[UUID], depth: dict, ways: Iterable[list]) -> list[list]:
    """Order each layer so that few edges cross: everything goes to the mean of its neighbours, to and fro."""
    rows: list[list] = [[] for _ in range(max(depth.values()) + 1)]
    for pk in ids:
        rows[depth[pk]].append(pk)
    before, behind = defaultdict(list), defaultdict(list)
    for way in ways:
        for bend in way[1:-1]:
            rows[bend[2]].append(bend)
        for here, there in pairwise(way):
            before[there].append(here)
            behind[here].append(there)
    best, fewest = [list(row) for row in rows], _crossings(rows, behind)
    for sweep in range(SWEEPS):
        forwards = sweep % 2 == 0
        neighbours = before if forwards else behind
        order = rows if forwards else rows[::-1]
        for previous, row in pairwise(order):
            place = {key: index for index, key in enumerate(previous)}
            rank = {key: index for index, key in enumerate(row)}
            row.sort(
                key=lambda key: (_mean([place[other] for other in neighbours[key]], rank[key]), rank[key])
            )
        crossings = _crossings(rows, behind)
        if crossings < fewest:
            best, fewest = [list(row) for row in rows], crossings
        if not fewest:
            break
    return best


def _mean(values: list[float], otherwise: float) -> float:
    return sum(values) / len(values) if values else otherwise


def _crossings(rows: list[list], behind: dict) -> int:
    """Count the pairs of edges between neighbouring layers that cross."""
    count = 0
    for row, following in pairwise(rows):
        place = {key: index for index, key in enumerate(following)}
        passed: list[int] = [0] * len(following)
        for key in row:
            ends = sorted(place[other] for other in behind[key])
            count += sum(sum(passed[end + 1 :]) for end in ends)
            for end in ends:
                passed[end] += 1
    return count


def _heights(rows: list[list], ways: Iterable[list]) -> dict:
    """Give each place its height: near its neighbours, in the order of its layer, nothing on top of another."""
    near = defaultdict(list)
    for way in ways:
        for here, there in pairwise(way):
            near[here].append(there)
            near[there].append(here)
    step = HEIGHT + GAP
    y = {key: EDGE + index * step for row in rows for index, key in enumerate(row)}
    for order in (rows, rows[::-1], rows):
        for row in order:
            wished = [_mean([y[other] for other in near[key]], y[key]) for key in row]
            _spread(row, wished, y, step)
    top = min(y.values()) - EDGE
    return {key: round(value - top, 1) for key, value in y.items()}


def _spread(row: list, wished: list[float], y: dict, step: float) -> None:
    """Put a layer where it wishes to be; those that push each other share the distance."""
    groups: list[list] = []  # of [first wish of the group, how many]
    for wish, index in zip(wished, range(len(row)), strict=True):
        groups.append([wish, 1, index])
        while len(groups) > 1 and groups[-2][0] + groups[-2][1] * step > groups[-1][0]:
            start, many, _ = groups.pop()
            other, count, first = groups[-1]
            groups[-1] = [
                (other * count + (start - count * step) * many) / (count + many),
                count + many,
                first,
            ]
    for start, many, first in groups:
        for place in range(many):
            y[row[first + place]] = start + place * step


def _break(text: str, *, clip: bool) -> tuple[str, str]:
    """Take as many letters as there is room for in a line, up to the end of a word where that is near."""
    room, end = LETTERS, 0
    while end < len(text) and (room := room - (2 if east_asian_width(text[end]) in "WF" else 1)) >= 0:
        end += 1
    if end == len(text):
        return text, ""
    if clip:
        return f"{text[: end - 1].rstrip()}…", ""
    space = text.rfind(" ", 0, end + 1)
    if space > end // 2:
        end = space
    return text[:end].rstrip(), text[end:].lstrip()


def _path(way: list, x: dict, y: dict) -> str:
    """Draw an edge as a smooth line through its places."""
    middle = HEIGHT / 2
    place, height = x[way[0]] + WIDTH, y[way[0]] + middle
    parts = [f"M{place:g} {height:g}"]
    for key in way[1:]:
        left, lower = x[key], y[key] + middle
        half = (left - place) / 2
        parts.append(f"C{place + half:g} {height:g} {left - half:g} {lower:g} {left:g} {lower:g}")
        place, height = left, lower
        if key != way[-1]:
            place += WIDTH
            parts.append(f"H{place:g}")
    return "".join(parts)
